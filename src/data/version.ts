import { contentId, hashOf, PawlError, sha256 } from "#kernel";
import type { DatasetVersion, Example, ExampleLine } from "#schema";
import type { Statement, Store } from "#store";
import type { Refused, SourceLine } from "./formats/format.ts";
import { type Health, healthOf, type TextOf } from "./health.ts";
import { normalQuestion } from "./normal.ts";
import { newestVersion, readExamples } from "./read.ts";
import { assignSplits } from "./splits.ts";

export type CreateVersion = {
  app: string | null;
  dataset: string;
  lines: readonly SourceLine[];
  /** `append` adds to the newest version; a line with the id of one of its examples takes that example's place. */
  mode: "replace" | "append";
  /** Milliseconds since the Unix epoch. */
  now: number;
  /** To see whether answers stand in their sources. */
  textOf?: TextOf | undefined;
};

/** Several people may append at once; each try starts from what the other left. */
const tries = 8;

/**
 * A dataset's next version: complete examples, each in one split, and what was noticed about them. The same content has
 * the same id and is stored once. Lines that would leak from one split into another are refused; where none is left,
 * there is no version.
 */
export async function createVersion(
  store: Store,
  input: CreateVersion,
): Promise<{ version: DatasetVersion | null; imported: number; refused: Refused[] }> {
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const newest = await newestVersion(store, input.dataset, input.app);
    const before = newest && input.mode === "append" ? await readExamples(store, newest.id) : [];
    const { examples, refused, imported } = place(before, input);
    if (imported === 0) return { version: newest, imported, refused };
    const id = versionId(input, examples);
    if (newest?.id === id) {
      const version = (await lookAgain(store, newest, examples, input.textOf)) ?? newest;
      return { version, imported, refused };
    }
    const health = await healthOf(examples, input.textOf);
    await store.batch(
      insertVersion({ ...input, id, examples, health, after: input.mode === "append" ? (newest?.id ?? "") : null }),
    );
    const written = await newestVersion(store, input.dataset, input.app);
    if (written?.id === id) return { version: written, imported, refused };
    if (input.mode === "replace" && written) return { version: written, imported, refused };
  }
  throw new PawlError("conflict", `The dataset ${input.dataset} is being changed by others.`, { hint: "Try again." });
}

type Draft = Omit<Example, "split"> & { split?: Example["split"] | undefined };

/** The health of a version that was stored before its documents were there; null where nothing changes it. */
async function lookAgain(
  store: Store,
  version: DatasetVersion,
  examples: readonly Example[],
  textOf: TextOf | undefined,
): Promise<DatasetVersion | null> {
  if (!textOf) return null;
  const [row] = await store.query({
    sql: "select body->>'unread' as unread from dataset_versions where id = $1",
    params: [version.id],
  });
  if (typeof row?.unread !== "string" || (await textOf(row.unread)) === null) return null;
  const { notes, unread } = await healthOf(examples, textOf);
  await store.query({
    sql: "update dataset_versions set body = body || $2::jsonb where id = $1",
    params: [version.id, JSON.stringify({ health: notes, unread })],
  });
  return { ...version, health: notes };
}

/** The examples of the new version: those that were there and the lines, each with a split. */
function place(
  before: readonly Example[],
  input: CreateVersion,
): { examples: Example[]; refused: Refused[]; imported: number } {
  const refused: Refused[] = [];
  const drafts = new Map<string, Draft>();
  const known = new Map(before.map((example) => [example.id, example]));
  for (const { line, at, source } of input.lines) {
    const draft = complete(line, { source, at, importedAt: new Date(input.now).toISOString() }, drafts);
    const other = drafts.get(draft.id);
    if (other) refused.push({ at, message: `The id ${draft.id} is taken by ${other.provenance.at}.` });
    else drafts.set(draft.id, { ...draft, split: draft.split ?? known.get(draft.id)?.split });
  }
  const all: Draft[] = [...before.filter(({ id }) => !drafts.has(id)), ...drafts.values()];
  const grouped = withGroups(all);
  const splits = assignSplits(
    grouped.map(({ groups, messages, split, provenance }) => ({
      keys: [
        ...groups.map((group) => ({ name: `group ${group}`, as: `the group ${group}` })),
        { name: `question ${normalQuestion(messages)}`, as: "the same question" },
      ],
      split,
      at: provenance.at,
    })),
  );
  const examples: Example[] = [];
  let imported = 0;
  for (const [index, draft] of grouped.entries()) {
    const result = splits[index];
    if (result && "split" in result) {
      examples.push({ ...draft, split: result.split });
      if (drafts.has(draft.id)) imported += 1;
    } else refused.push({ at: draft.provenance.at, message: capital(result?.refusal ?? "") });
  }
  return { examples, refused, imported };
}

/** A line with everything filled in but its split; without an id it gets one by its content. */
function complete(line: ExampleLine, provenance: Example["provenance"], taken: ReadonlyMap<string, unknown>): Draft {
  const given = storable(line);
  const messages = given.messages ?? [{ role: "user" as const, content: given.question ?? "" }];
  const expected = {
    ...(given.answer === undefined ? {} : { answer: given.answer }),
    answers: given.answers ?? [],
    sources: (given.sources ?? []).map(({ path, start, end }) => ({ path, start, end })),
    ...(given.without?.length ? { without: given.without.map(({ path, start, end }) => ({ path, start, end })) } : {}),
    expect: given.expect ?? [],
  };
  const hash = hashOf({ messages, ...expected });
  let id = given.id ?? `ex_${hash.slice(0, 24)}`;
  for (let copy = 2; given.id === undefined && taken.has(id); copy += 1) id = `ex_${hash.slice(0, 24)}-${copy}`;
  const own = [...new Set([given.group ?? [], given.groups ?? []].flat())];
  const groups =
    own.length > 0 ? own : [...new Set([...expected.sources, ...(expected.without ?? [])].map(({ path }) => path))];
  return { id, hash, messages, ...expected, groups, split: given.split, tags: given.tags ?? {}, provenance };
}

/** An example without group or source is a group of its own, together with those that ask the same. */
function withGroups(drafts: readonly Draft[]): Draft[] {
  const first = new Map<string, string>();
  return drafts.map((draft) => {
    if (draft.groups.length > 0) return draft;
    const question = normalQuestion(draft.messages);
    const group = first.get(question) ?? draft.id;
    first.set(question, group);
    return { ...draft, groups: [group] };
  });
}

/** As PostgreSQL can hold it, so that what is hashed is what is stored. */
function storable(line: ExampleLine): ExampleLine {
  return JSON.parse(JSON.stringify(line), (_, value) =>
    typeof value === "string" ? value.toWellFormed().replaceAll("\0", "\ufffd") : value,
  );
}

function versionId({ app, dataset }: CreateVersion, examples: readonly Example[]): string {
  const lines = examples.map(({ id, hash, groups, split, tags }) => hashOf({ id, hash, groups, split, tags })).sort();
  return contentId("dst", sha256([dataset, app ?? "", ...lines].join("\n")));
}

/**
 * One atomic batch: the version where the newest is still `after` (null: whatever it is), then its examples where the
 * version is there. A version that was stored before becomes the newest again.
 */
function insertVersion(version: {
  id: string;
  app: string | null;
  dataset: string;
  now: number;
  examples: readonly Example[];
  health: Health;
  after: string | null;
}): Statement[] {
  const { id, app, dataset, examples, health, after } = version;
  const splits: Record<string, number> = {};
  for (const { split } of examples) splits[split] = (splits[split] ?? 0) + 1;
  const rows = examples.map((example, ordinal) => JSON.stringify({ ordinal, example }));
  const parts: string[] = [];
  for (let at = 0; at < rows.length; at += 500) parts.push(`[${rows.slice(at, at + 500).join(",")}]`);
  return [
    { sql: "select pg_advisory_xact_lock(7_214_012, hashtext($1))", params: [dataset] },
    {
      sql: `with newest as (select id, created_at from dataset_versions
          where dataset = $2 and app is not distinct from $3 order by created_at desc limit 1)
        insert into dataset_versions (id, dataset, app, created_at, body)
        select $1, $2, $3, greatest($4::timestamptz, (select created_at + interval '1 millisecond' from newest)), $5::jsonb
        where $6::text is null or $6 = coalesce((select id from newest), '')
        on conflict (id) do update set created_at = excluded.created_at`,
      params: [
        id,
        dataset,
        app,
        new Date(version.now).toISOString(),
        JSON.stringify({ examples: examples.length, splits, health: health.notes, unread: health.unread }),
        after,
      ],
    },
    ...parts.map((part) => ({
      sql: `insert into examples (version, id, ordinal, split, hash, body)
        select $1, e->'example'->>'id', (e->>'ordinal')::int, e->'example'->>'split', e->'example'->>'hash', e->'example'
        from jsonb_array_elements($2::jsonb) e
        where exists (select from dataset_versions where id = $1)
        on conflict do nothing`,
      params: [id, part],
    })),
  ];
}

function capital(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
