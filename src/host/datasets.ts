import { inArray } from "drizzle-orm";
import { findVersion, listDatasets, syncAppDatasets } from "#data";
import { PawlError, systemClock } from "#kernel";
import { documentText } from "#knowledge";
import type { DatasetVersion, Example, TurnInput } from "#schema";
import { tables } from "#store";
import { collectionOf } from "./apps.ts";
import type { HostCore } from "./core.ts";

const { documents } = tables;

/** Reads the files that the app names under `evals.data` into the store; the same file gives the same version. */
export async function syncDatasets(host: Pick<HostCore, "app" | "apps" | "store">, app: string): Promise<void> {
  const { loaded } = host.app(app);
  if (!loaded) return;
  await syncAppDatasets(
    host.store,
    { name: app, folder: loaded.folder, files: loaded.app.evals.data },
    { now: systemClock.now(), textOf: textOf(host, app) },
  );
}

/** The text of a document by its path, for the check whether an answer stands in its source. */
export function textOf(host: Pick<HostCore, "apps" | "store">, app: string): (path: string) => Promise<string | null> {
  let find: ReturnType<typeof documentsByPath> | undefined; // most examples name no source
  return async (path) => {
    find ??= documentsByPath(host, app);
    const id = (await find)(path);
    return id === undefined ? null : documentText(host.store, id);
  };
}

/**
 * Finds an app's document by its path: as stored, or by its end where only one document ends so. An app that is not
 * served here (recorded from elsewhere) has no documents.
 */
export async function documentsByPath(
  host: Pick<HostCore, "apps" | "store">,
  app: string,
): Promise<(path: string) => string | undefined> {
  const names = Object.keys(host.apps.get(app)?.loaded?.app.knowledge ?? {});
  const collections = names.map((name) => collectionOf(app, name));
  const rows = await host.store.db
    .select({ id: documents.id, path: documents.path })
    .from(documents)
    .where(inArray(documents.knowledge, collections));
  const ids = new Map(rows.map((row) => [row.path, row.id]));
  return (path) => {
    const exact = ids.get(path);
    if (exact !== undefined) return exact;
    const ending = rows.filter((row) => row.path.endsWith(`/${path}`));
    return ending.length === 1 ? ending[0]?.id : undefined;
  };
}

/** What is asked of an app for an example: its places that are left out by the documents that they are in. */
export function questionOfExample(
  { messages, without = [] }: Example,
  documentId: (path: string) => string | undefined,
): TurnInput {
  if (without.length === 0) return { messages };
  const places = without.flatMap(({ path, ...range }) => {
    const id = documentId(path);
    return id === undefined ? [] : [{ documentId: id, ...range }];
  });
  return { messages, without: places };
}

/**
 * The dataset that is meant: the named one, or the app's only one; its newest version.
 *
 * @throws PawlError `dataset-unknown`
 */
export async function datasetOf(
  host: Pick<HostCore, "app" | "apps" | "store">,
  app: string,
  name: string | undefined,
): Promise<DatasetVersion> {
  await syncDatasets(host, app);
  if (name !== undefined) return findVersion(host.store, name, app);
  const own = await listDatasets(host.store, app);
  if (own.length === 1 && own[0]) return own[0];
  throw new PawlError(
    "dataset-unknown",
    own.length === 0 ? `The app ${app} has no dataset.` : `The app ${app} has ${own.length} datasets.`,
    {
      hint:
        own.length === 0
          ? "Import one with `pawl import FILE`, name its file under `evals` in the app, or make turns examples (key e)."
          : `Name one with --data: ${own.map((version) => version.dataset).join(", ")}.`,
    },
  );
}
