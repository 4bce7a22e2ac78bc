import { relative, resolve } from "node:path";
import { type FSWatcher, watch } from "chokidar";
import type { Host, ServedApp } from "#host";
import { folderOf } from "./connect.ts";
import { dim, say } from "./draw.ts";

/** Time for an editor to finish writing. */
const settleMs = 150;

export type Watching = { close(): Promise<void> };

/** Loads each app, and again whenever its file, what that imports, or a document of it changes. */
export function watchApps(host: Host, load: (name: string) => Promise<void>): Watching {
  const watching = [...host.apps.values()].map((served) => watchApp(host, served, () => load(served.name)));
  return {
    async close() {
      await Promise.all(watching.map((one) => one.close()));
    },
  };
}

function watchApp(host: Host, served: ServedApp, load: () => Promise<void>): Watching {
  const folder = folderOf(served.path);
  let watcher: FSWatcher | undefined;
  let watched = "";
  let isStale = false;
  let isClosed = false;
  const closing = Promise.withResolvers<void>();
  let working: Promise<void> | undefined;

  const places = () => placesOf(served, folder).join("\n");

  /** Watches first and reads then: what changes while the app is read is not missed. */
  async function work(): Promise<void> {
    while (isStale && !isClosed) {
      isStale = false;
      if (places() !== watched) await watchPlaces();
      if (isClosed) break;
      await load();
      isStale ||= places() !== watched; // its file may name other documents now
    }
    working = undefined;
  }

  function changed(): void {
    isStale = true;
    working ??= work();
  }

  async function watchPlaces(): Promise<void> {
    watched = places();
    await watcher?.close();
    if (isClosed) return;
    const started = watch(watched.split("\n"), {
      ignoreInitial: true,
      ignored: (path) =>
        /(^|[/\\])(node_modules|\.git|\.pawl)([/\\]|$)/.test(relative(folder, path)) ||
        path.startsWith(host.config.folder),
      awaitWriteFinish: { stabilityThreshold: settleMs, pollInterval: 50 },
    });
    watcher = started;
    // A watcher that is closed before it is ready never says so.
    await Promise.race([new Promise<void>((done) => started.once("ready", done)), closing.promise]);
    started.on("all", (_, path) => {
      say(dim(`changed: ${path}`));
      changed();
    });
  }

  changed();
  return {
    async close() {
      isClosed = true;
      closing.resolve();
      await watcher?.close();
      await working;
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
