import { relative, resolve } from "node:path";
import { watch } from "chokidar";
import type { Host, ServedApp } from "#host";
import { folderOf } from "./connect.ts";
import { dim, say } from "./draw.ts";

/** Time for an editor to finish writing. */
const settleMs = 150;

/** Calls `load` with an app's name when its file, what it imports, or a document of it changes. */
export async function watchApps(
  host: Host,
  load: (name: string) => Promise<void>,
): Promise<{ close(): Promise<void> }> {
  const watchers = [...host.apps.values()].map((served) => {
    const folder = folderOf(served.path);
    const watcher = watch(placesOf(served, folder), {
      ignoreInitial: true,
      ignored: (path) =>
        /(^|[/\\])(node_modules|\.git|\.pawl)([/\\]|$)/.test(relative(folder, path)) ||
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
        watcher.add(placesOf(served, folder)); // the app may name other ones now
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

/** The app's folder, and what its file imports or names as documents elsewhere. */
function placesOf({ loaded }: ServedApp, folder: string): string[] {
  if (!loaded) return [folder];
  const sources = Object.values(loaded.app.knowledge).flatMap((knowledge) => knowledge.sources);
  const roots = sources.map((source) => resolve(folder, source.replace(/[*?[\]{}!()].*$/, "")));
  return [folder, ...loaded.files, ...roots];
}
