import { eq } from "drizzle-orm";
import { findAppFile, type LoadedApp, loadApp, releaseOf } from "#app";
import type { Gateway } from "#gateway";
import { type ErrorCode, PawlError, type Progress, toProblem } from "#kernel";
import { documentsVersion, indexOf } from "#knowledge";
import { Release, type ReleaseSpec } from "#schema";
import { onDocumentsOf, type ReadLock, readLock, releaseId, sameButDocuments } from "#ship";
import { dropIndexes, type Store, tables } from "#store";
import { adapterOf } from "./adapters.ts";

/** An app that the host serves, and where it stands. */
export type ServedApp = {
  /** The app's own name; its path as long as its file could not be loaded. */
  name: string;
  readonly path: string;
  loaded: LoadedApp | null;
  /** What answers now; null until the first ingest is done. */
  release: Release | null;
  /** What the app file is now, where that is not live: an edit that nobody shipped. */
  candidate: Release | null;
  state: "loading" | "ingesting" | "ready" | "failed";
  progress: Progress | null;
  /** Why the last load failed; an app that was served before goes on as it was. */
  error: { code: ErrorCode; message: string; hint?: string } | null;
  /** What a person should know: the lock file names another live release; a model of the route is left out here. */
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
      candidate: null,
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

/** The release that an app's file is now, over the documents that are there now; stored. */
export async function currentRelease(
  store: Store,
  models: Gateway,
  loaded: LoadedApp,
): Promise<{ current: Release; notes: string[] }> {
  const { release, notes } = await releaseOf(
    loaded,
    models,
    (knowledge) => documentsVersion(store, collectionOf(loaded.app.name, knowledge)),
    (route) => adapterOf(loaded, route, models),
    () => models.findReader(),
  );
  return { current: await saveRelease(store, release.spec), notes };
}

export async function saveRelease(store: Store, spec: ReleaseSpec): Promise<Release> {
  const known = await readRelease(store, releaseId(spec)).catch(notThere); // asked at each poll, written once
  if (known) return known;
  const release: Release = { id: releaseId(spec), app: spec.app, createdAt: new Date().toISOString(), spec };
  await store.db
    .insert(tables.releases)
    .values({ id: release.id, app: release.app, createdAt: release.createdAt, body: release })
    .onConflictDoNothing();
  return release;
}

function notThere(error: unknown): null {
  if (error instanceof PawlError && error.code === "not-found") return null;
  throw error;
}

const read = new WeakMap<Store, Map<string, Release>>();

/** A release never changes: each is read once. Throws PawlError `not-found`. */
export async function readRelease(store: Store, id: string): Promise<Release> {
  const known = read.get(store) ?? new Map<string, Release>();
  read.set(store, known);
  const release = known.get(id) ?? (await readStored(store, id));
  known.set(id, release);
  return release;
}

async function readStored(store: Store, id: string): Promise<Release> {
  const [row] = await store.db
    .select({ body: tables.releases.body })
    .from(tables.releases)
    .where(eq(tables.releases.id, id));
  if (!row) throw new PawlError("not-found", `There is no release ${id}.`, { hint: "GET /api/releases lists them." });
  return Release.parse(row.body);
}

/** The spec that answers, before today's documents are looked at: this store's own traffic, else what git approved. */
export async function liveSpec(store: Store, served: ServedApp, lock: ReadLock | null): Promise<ReleaseSpec | null> {
  const own = await liveId(store, served.name).then(
    (id) => readRelease(store, id),
    () => null, // nothing is live here yet
  );
  if (own && lock && !sameButDocuments(own.spec, lock.lock.live.spec)) {
    served.notes.push(
      `pawl.lock.json says ${lock.lock.live.release} is live; this host serves ${own.id} and keeps it. \`pawl ship --adopt\` takes what the file says.`,
    );
  }
  return own?.spec ?? lock?.lock.live.spec ?? null;
}

/** @throws PawlError `not-ready` before anything is live */
export async function liveId(store: Store, app: string): Promise<string> {
  const [row] = await store.db
    .select({ body: tables.traffic.body })
    .from(tables.traffic)
    .where(eq(tables.traffic.app, app));
  if (typeof row?.body.live === "string") return row.body.live;
  throw new PawlError("not-ready", `No release of ${app} is live yet.`);
}

export async function setTraffic(store: Store, app: string, release: string): Promise<void> {
  if ((await liveId(store, app).catch(() => null)) === release) return; // asked at every start, written once
  const updatedAt = new Date().toISOString();
  const body = { live: release };
  await store.db
    .insert(tables.traffic)
    .values({ app, updatedAt, body })
    .onConflictDoUpdate({ target: tables.traffic.app, set: { updatedAt, body } });
}

/**
 * Decides what is live and what is a candidate after the app file or the documents were read: without a lock file the
 * file itself is live; with one what was shipped is, over today's documents, and a file that differs is a candidate.
 */
export async function liveAndCandidate(
  store: Store,
  models: Gateway,
  served: ServedApp,
): Promise<{ live: Release; candidate: Release | null }> {
  const { loaded } = served;
  if (!loaded) throw new PawlError("not-ready", `The app ${served.name} is not loaded yet.`);
  const { current, notes } = await currentRelease(store, models, loaded);
  served.notes = notes;
  const lock = await readLock(loaded.folder, served.name);
  const spec = lock ? await liveSpec(store, served, lock) : null;
  if (!spec || sameButDocuments(spec, current.spec)) return { live: current, candidate: null };
  return { live: await saveRelease(store, onDocumentsOf(spec, current.spec)), candidate: current };
}

/** Forgets the indexes that neither the live release nor the candidate searches. */
export async function dropUnusedIndexes(
  store: Store,
  models: Gateway,
  served: ServedApp,
  releases: readonly Release[],
): Promise<void> {
  const names = new Set(releases.flatMap((release) => Object.keys(release.spec.knowledge)));
  for (const name of names) {
    const collection = collectionOf(served.name, name);
    const settings = releases.flatMap((release) => release.spec.knowledge[name]?.settings ?? []);
    const keep = await Promise.all(settings.map((one) => indexOf(models, collection, one)));
    await store.batch(dropIndexes(collection, keep));
  }
}
