import { and, asc, count, desc, eq, gt, ilike, isNull, or, sql } from "drizzle-orm";
import { PawlError } from "#kernel";
import { DatasetVersion, Example, type Split } from "#schema";
import { type Store, tables } from "#store";

const { datasetVersions, examples } = tables;

/** The newest version of a dataset of this app (null: of none); null where there is none. */
export async function newestVersion(store: Store, dataset: string, app: string | null): Promise<DatasetVersion | null> {
  const [row] = await store.db
    .select()
    .from(datasetVersions)
    .where(
      and(
        eq(datasetVersions.dataset, dataset),
        app === null ? isNull(datasetVersions.app) : eq(datasetVersions.app, app),
      ),
    )
    .orderBy(desc(datasetVersions.createdAt))
    .limit(1);
  return row ? toVersion(row) : null;
}

/**
 * A version by its id, or the newest of a dataset by its name: the app's, where there is none one of no app's.
 *
 * @throws PawlError `dataset-unknown`
 */
export async function findVersion(store: Store, name: string, app?: string): Promise<DatasetVersion> {
  const [row] = await store.db
    .select()
    .from(datasetVersions)
    .where(
      or(
        eq(datasetVersions.id, name),
        and(
          eq(datasetVersions.dataset, name),
          app === undefined ? undefined : or(eq(datasetVersions.app, app), isNull(datasetVersions.app)),
        ),
      ),
    )
    .orderBy(sql`${datasetVersions.app} nulls last`, desc(datasetVersions.createdAt))
    .limit(1);
  if (row) return toVersion(row);
  throw new PawlError("dataset-unknown", `There is no dataset ${name}.`, {
    hint: "`pawl data list` shows what there is; `pawl import FILE` brings one in.",
    details: { dataset: name },
  });
}

/** The newest version of every dataset, by name. */
export async function listDatasets(store: Store, app?: string): Promise<DatasetVersion[]> {
  const rows = await store.db
    .selectDistinctOn([datasetVersions.dataset, datasetVersions.app])
    .from(datasetVersions)
    .where(app === undefined ? undefined : or(eq(datasetVersions.app, app), isNull(datasetVersions.app)))
    .orderBy(datasetVersions.dataset, datasetVersions.app, desc(datasetVersions.createdAt));
  return rows.map(toVersion);
}

/** The examples of a version, or of one of its splits, in the order of the file. */
export async function readExamples(store: Store, version: string, split?: Split): Promise<Example[]> {
  const rows = await store.db
    .select({ body: examples.body })
    .from(examples)
    .where(and(eq(examples.version, version), split === undefined ? undefined : eq(examples.split, split)))
    .orderBy(asc(examples.ordinal));
  return rows.map((row) => Example.parse(row.body));
}

/** A page of a version's examples; `q` are words of what is asked, of the answer or of the id. */
export async function listExamples(
  store: Store,
  version: string,
  query: { split?: Split | undefined; q?: string | undefined; cursor?: string | undefined; limit: number },
): Promise<{ examples: Example[]; next: string | null; total: number }> {
  const pattern = query.q === undefined ? undefined : `%${query.q.replace(/[\\%_]/g, "\\$&")}%`;
  const matching = and(
    eq(examples.version, version),
    query.split === undefined ? undefined : eq(examples.split, query.split),
    pattern === undefined
      ? undefined
      : or(
          ilike(examples.id, pattern),
          ilike(sql`${examples.body}->>'answer'`, pattern),
          sql`exists (select from jsonb_array_elements(${examples.body}->'messages') m where m->>'content' ilike ${pattern})`,
        ),
  );
  const after = Number(query.cursor ?? -1);
  if (!Number.isInteger(after))
    throw new PawlError("bad-request", `"${query.cursor}" is no cursor.`, { hint: "Send `next` of the page before." });
  const [all] = await store.db.select({ total: count() }).from(examples).where(matching);
  const rows = await store.db
    .select({ body: examples.body, ordinal: examples.ordinal })
    .from(examples)
    .where(and(matching, gt(examples.ordinal, after)))
    .orderBy(asc(examples.ordinal))
    .limit(query.limit + 1);
  const page = rows.slice(0, query.limit);
  const last = page.at(-1);
  return {
    examples: page.map((row) => Example.parse(row.body)),
    next: rows.length > query.limit && last ? String(last.ordinal) : null,
    total: all?.total ?? 0,
  };
}

/** Examples as pawl's own JSONL; importing it gives the same version again. */
export function exportJsonl(list: readonly Example[]): string {
  return list.map((example) => `${JSON.stringify(lineOf(example))}\n`).join("");
}

function lineOf({ id, messages, answer, answers, groups, split, sources, without = [], expect, tags }: Example) {
  const [only] = messages;
  const isQuestion = messages.length === 1 && only?.role === "user" && only.name === undefined;
  return {
    id,
    ...(isQuestion ? { question: only.content } : { messages }),
    ...(answer === undefined ? {} : { answer }),
    ...(answers.length > 0 ? { answers } : {}),
    ...(groups.length === 1 ? { group: groups[0] } : { groups }),
    split,
    ...(sources.length > 0 ? { sources } : {}),
    ...(without.length > 0 ? { without } : {}),
    ...(expect.length > 0 ? { expect } : {}),
    ...(Object.keys(tags).length > 0 ? { tags } : {}),
  };
}

function toVersion({ body, ...row }: typeof datasetVersions.$inferSelect): DatasetVersion {
  return DatasetVersion.parse({ ...body, ...row, createdAt: new Date(row.createdAt).toISOString() });
}
