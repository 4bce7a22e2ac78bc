import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { PawlError } from "#kernel";
import type { DatasetVersion } from "#schema";
import type { Store } from "#store";
import type { Format, NotCarried, Refused } from "./formats/format.ts";
import { parseDataset } from "./formats/index.ts";
import { datasetName } from "./name.ts";
import { type CreateVersion, createVersion } from "./version.ts";

/** What an import did; `version` is null where every line was refused and the dataset has no version yet. */
export type Import = {
  dataset: string;
  version: DatasetVersion | null;
  imported: number;
  refused: Refused[];
  notCarried: NotCarried[];
};

export type ImportText = Omit<CreateVersion, "lines"> & {
  text: string;
  /** Its name, for messages and provenance. */
  file: string;
  format?: Format["name"] | "auto" | undefined;
};

/**
 * A file's text becomes the next version of a dataset.
 *
 * @throws PawlError `dataset-unreadable`, `dataset-empty`, `conflict`
 */
export async function importText(store: Store, { text, file, format, ...input }: ImportText): Promise<Import> {
  const { lines, refused, notCarried } = await parseDataset({ text, file, format });
  const created = await createVersion(store, { ...input, lines });
  return { dataset: input.dataset, ...created, refused: [...refused, ...created.refused], notCarried };
}

/**
 * Brings the datasets that an app names in its file (`evals.data`) into the store: each file a dataset by its name. The
 * same file gives the same version, in every store, so this may be done before every check.
 *
 * @throws PawlError `dataset-missing` for a file that is not there, and what `importText` throws
 */
export async function syncAppDatasets(
  store: Store,
  app: { name: string; folder: string; files: readonly string[] },
  options: Pick<CreateVersion, "now" | "textOf">,
): Promise<Import[]> {
  const imports: Import[] = [];
  const names = new Map<string, string>();
  for (const file of app.files) {
    const dataset = datasetName(file);
    const other = names.get(dataset);
    if (other !== undefined)
      throw new PawlError("conflict", `The files ${other} and ${file} would both be the dataset ${dataset}.`, {
        hint: "Give one of them another name.",
      });
    names.set(dataset, file);
    const text = await readFile(resolve(app.folder, file), "utf8").catch((cause) => {
      throw new PawlError(
        "dataset-missing",
        `The app ${app.name} names ${file} in \`evals.data\`, which cannot be read.`,
        {
          hint: "Its path is relative to the app file.",
          cause,
        },
      );
    });
    imports.push(await importText(store, { app: app.name, dataset, file, text, mode: "replace", ...options }));
  }
  return imports;
}
