import { resolve } from "node:path";
import { watch } from "chokidar";
import type { Host } from "#host";
import { dim, say } from "./draw.ts";

/** Time for an editor to finish writing. */
const settleMs = 150;

/** Calls `load` with an app's name when its file, what it imports, or a document of it changes. */
export async function watchApps(
  host: Host,
  load: (name: string) => Promise<void>,
): Promise<{ close(): Promise<void> }> {
  const watchers = [...host.apps.values()].map((served) => {
    const folder = served.loaded?.folder ?? resolve(served.path);
    const watcher = watch(folder, {
      ignoreInitial: true,
      ignored: (path) =>
        /(^|[/\\])(node_modules|\.git|\.pawl)([/\\]|$)/.test(path.slice(folder.length)) ||
        path.startsWith(host.config.folder),
      awaitWriteFinish: { stabilityThreshold: settleMs, pollInterval: 50 },
    });
    let running = false;
    let isStale = false;
    watcher.on("all", async (_, path) => {
      say(dim(`changed: ${path}`));
      isStale = true;
      if (running) return;
      running = true;
      while (isStale) {
        isStale = false;
        await load(served.name);
      }
      running = false;
    });
    return watcher;
  });
  return {
    async close() {
      await Promise.all(watchers.map((watcher) => watcher.close()));
    },
  };
}
