import { type LoadedApp, loadApp, releaseOf } from "#app";
import { type ErrorCode, PawlError, type Progress, toProblem } from "#kernel";
import { documentsVersion } from "#knowledge";
import type { Models, Release } from "#schema";
import { type Store, tables } from "#store";

/** An app that the host serves, and where it stands. */
export type ServedApp = {
  readonly name: string;
  readonly path: string;
  loaded: LoadedApp | null;
  /** What answers now; null until the first ingest is done. */
  release: Release | null;
  state: "loading" | "ingesting" | "ready" | "failed";
  progress: Progress | null;
  /** Why the last load failed; an app that was served before goes on as it was. */
  error: { code: ErrorCode; message: string; hint?: string } | null;
};

/** The store's name of an app's collection: two apps may each have a collection `docs`. */
export function collectionOf(app: string, knowledge: string): string {
  return `${app}/${knowledge}`;
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
  const release = await releaseOf(loaded, models, (knowledge) =>
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
  served.release = release;
  served.state = "ready";
  served.progress = null;
  return release;
}
