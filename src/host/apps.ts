import { findAppFile, type LoadedApp, loadApp, releaseOf } from "#app";
import { type ErrorCode, PawlError, type Progress, toProblem } from "#kernel";
import { documentsVersion } from "#knowledge";
import type { Models, Release } from "#schema";
import { type Store, tables } from "#store";

/** An app that the host serves, and where it stands. */
export type ServedApp = {
  /** The app's own name; its path as long as its file could not be loaded. */
  name: string;
  readonly path: string;
  loaded: LoadedApp | null;
  /** What answers now; null until the first ingest is done. */
  release: Release | null;
  state: "loading" | "ingesting" | "ready" | "failed";
  progress: Progress | null;
  /** Why the last load failed; an app that was served before goes on as it was. */
  error: { code: ErrorCode; message: string; hint?: string } | null;
  /** What a person should know: a model of the route that is left out here. */
  notes: string[];
};

/** The store's name of an app's collection: two apps may each have a collection `docs`. */
export function collectionOf(app: string, knowledge: string): string {
  return `${app}/${knowledge}`;
}

/**
 * The apps at these paths, by name. One whose file cannot be loaded is there with its error: it may be mended.
 *
 * @throws PawlError `app-file-missing`, `conflict` where two have one name
 */
export async function openApps(paths: readonly string[]): Promise<Map<string, ServedApp>> {
  const apps = new Map<string, ServedApp>();
  for (const path of paths) {
    await findAppFile(path);
    const served: ServedApp = {
      name: path,
      path,
      loaded: null,
      release: null,
      state: "loading",
      progress: null,
      error: null,
      notes: [],
    };
    const loaded = await loadInto(served).catch(() => null); // the error stays on the app
    rename(apps, served, loaded?.app.name ?? path);
  }
  return apps;
}

/** Enters an app under another name. Throws `conflict` where another app has it. */
export function rename(apps: Map<string, ServedApp>, served: ServedApp, name: string): void {
  const other = apps.get(name);
  if (other && other !== served)
    throw new PawlError("conflict", `Two apps are called ${name}.`, { hint: "Give each app its own name." });
  if (apps.get(served.name) === served) apps.delete(served.name);
  served.name = name;
  apps.set(name, served);
}

/** Loads an app's file; a failure is kept on the app and thrown. */
export async function loadInto(served: ServedApp): Promise<LoadedApp> {
  try {
    const loaded = await loadApp(served.path);
    served.loaded = loaded;
    served.error = null;
    return loaded;
  } catch (error) {
    const problem = toProblem(error);
    served.error = { code: problem.code, message: problem.title, ...(problem.hint ? { hint: problem.hint } : {}) };
    if (!served.release) served.state = "failed";
    throw error;
  }
}

/** Makes the release that the app is now, stores it and lets it answer. */
export async function makeLive(store: Store, models: Models, served: ServedApp): Promise<Release> {
  const { loaded } = served;
  if (!loaded) throw new PawlError("not-ready", `The app ${served.name} is not loaded yet.`);
  const { release, notes } = await releaseOf(loaded, models, (knowledge) =>
    documentsVersion(store, collectionOf(loaded.app.name, knowledge)),
  );
  await store.db
    .insert(tables.releases)
    .values({ id: release.id, app: release.app, createdAt: release.createdAt, body: release })
    .onConflictDoNothing();
  await store.db
    .insert(tables.traffic)
    .values({ app: release.app, updatedAt: release.createdAt, body: { live: release.id } })
    .onConflictDoUpdate({
      target: tables.traffic.app,
      set: { updatedAt: release.createdAt, body: { live: release.id } },
    });
  if (!served.release) served.error = null; // what kept it from answering is over
  served.release = release;
  served.notes = notes;
  served.state = "ready";
  served.progress = null;
  return release;
}
