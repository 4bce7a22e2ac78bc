import { asPawlError, contentId, PawlError, type Report, sha256 } from "#kernel";
import { type Example, type ExampleResult, Experiment, type Spending, type Turn } from "#schema";
import { type Store, tables } from "#store";
import { readResults, resultWriter } from "./results.ts";
import type { Scorer } from "./scorer.ts";

const { experiments } = tables;

export type ExperimentParts = {
  store: Store;
  scorers: readonly Scorer[];
  /** Asks a release: one recorded turn under this id. `beside` is what another release made of the same example. */
  ask(
    release: string,
    example: Example,
    options: { id: string; beside: Turn | null; signal: AbortSignal },
  ): Promise<Turn>;
  /** A stored turn; null where there is none. */
  turn(id: string): Promise<Turn | null>;
  /** Which of these turns are stored. */
  recorded(ids: readonly string[]): Promise<Set<string>>;
  documentId(path: string): string | undefined;
  /** What the experiment's own calls took, when all are made. */
  spent(seconds: number): Promise<Spending>;
  /** How many examples are asked at the same time: 1 for the embedded engine, whose digits change with company. */
  concurrency: number;
};

/** Longest that one scorer may take for one example. */
const scoreMs = 30_000;
/** An example that failed is tried again in a later run, so many times in all. */
const maxAttempts = 5;

/**
 * Runs what is missing of an experiment: every example on every release, each answer recorded before it is scored.
 * Interrupted at any moment it goes on where it was: a turn's id follows from release and example, so an answer that was
 * recorded is never asked for again, by this experiment or another. What was asked and not yet recorded is asked again:
 * at most `concurrency` calls for each interruption.
 */
export async function runExperiment(
  parts: ExperimentParts,
  experiment: Experiment,
  examples: readonly Example[],
  options: { signal: AbortSignal; report: Report },
): Promise<Experiment> {
  const { store } = parts;
  const from = performance.now();
  const done = new Map(
    (await readResults(store, experiment.id)).map((result) => [`${result.release} ${result.example}`, result]),
  );
  const queue = examples.filter((example) =>
    experiment.releases.some((release) => {
      const result = done.get(`${release} ${example.id}`);
      return !result || result.error !== null;
    }),
  );
  const recorded = await parts.recorded(
    queue.flatMap((example) => experiment.releases.map((release) => turnId(release, example, 0))),
  );
  const writer = resultWriter(store, experiment.id);
  let finished = examples.length - queue.length;
  let errors = 0;
  const tell = () =>
    options.report({ task: "asking examples", done: finished, total: examples.length, unit: "examples" });
  tell();
  await inParallel(parts.concurrency, queue, async (example) => {
    options.signal.throwIfAborted();
    let beside: Turn | null = null;
    for (const release of experiment.releases) {
      const known = done.get(`${release} ${example.id}`);
      if (known && known.error === null) {
        beside = known.turn === null ? null : await parts.turn(known.turn);
        continue;
      }
      const { result, turn } = await answerExample({ ...parts, ...options }, recorded, release, example, beside);
      if (result.error) errors += 1;
      await writer.add(result, { done: finished, errors });
      done.set(`${release} ${example.id}`, result);
      beside = turn ?? beside;
    }
    finished += 1;
    tell();
  }).finally(writer.flush);
  const all = [...done.values()];
  const seconds = experiment.seconds + (performance.now() - from) / 1000;
  const spent = await parts.spent(seconds);
  return updateExperiment(store, experiment.id, {
    status: "done",
    done: examples.length,
    errors: all.filter((result) => result.error !== null).length,
    seconds,
    spent,
    costUsd: spent.costUsd,
  });
}

type Asking = ExperimentParts & { signal: AbortSignal };

/** The id of the turn that a release makes of an example: whoever asks the same finds the same. */
export function turnId(release: string, example: Example, attempt: number): string {
  return contentId("trn", sha256(`${release}\n${example.hash}\n${attempt}`));
}

async function answerExample(
  parts: Asking,
  recorded: Set<string>,
  release: string,
  example: Example,
  beside: Turn | null,
): Promise<{ result: ExampleResult; turn: Turn | null }> {
  const result: ExampleResult = { example: example.id, release, turn: null, scores: {}, error: null };
  try {
    const turn = await recordedOrAsked(parts, recorded, release, example, beside);
    result.turn = turn.id;
    result.scores = await scoresOf(parts, example, turn);
    const same = beside === null ? [] : sameSteps(beside, turn);
    return { result: same.length > 0 ? { ...result, same } : result, turn };
  } catch (thrown) {
    if (parts.signal.aborted) throw thrown;
    const { code, message } = asPawlError(thrown);
    return { result: { ...result, scores: {}, error: { code, message } }, turn: null };
  }
}

/**
 * Steps that are given nothing but the example and the release's settings: where their keys are equal, they are equal on
 * every example. A later step is given what earlier ones gave, which may be equal on these examples by chance.
 */
const firstSteps: readonly Turn["spans"][number]["kind"][] = ["retrieve"];

/** The first steps that both turns did on the same input in the same version, as their keys prove. */
function sameSteps(before: Turn, after: Turn): string[] {
  const keysOf = ({ spans }: Turn, of: string) => spans.flatMap(({ kind, key }) => (kind === of ? [key] : [])).join();
  return firstSteps.filter((kind) => keysOf(after, kind) !== "" && keysOf(before, kind) === keysOf(after, kind));
}

async function recordedOrAsked(
  parts: Asking,
  recorded: Set<string>,
  release: string,
  example: Example,
  beside: Turn | null,
): Promise<Turn> {
  const { signal } = parts;
  let last: Turn | null = null;
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const id = turnId(release, example, attempt);
    last = attempt > 0 || recorded.has(id) ? await parts.turn(id) : null;
    recorded.add(id); // another example may ask the same
    if (!last) return parts.ask(release, example, { id, beside, signal });
    if (last.status === "done") return last;
  }
  throw new PawlError("provider-failed", `${maxAttempts} attempts failed: ${last?.error?.message ?? ""}`);
}

/** Throws where a scorer throws, answers no finite number, or does not answer: that is an error, never a zero. */
async function scoresOf(parts: ExperimentParts, example: Example, turn: Turn): Promise<Record<string, number>> {
  const scores: Record<string, number> = {};
  for (const { info, score } of parts.scorers) {
    const value = await inTime(info.name, () => score({ example, turn, documentId: parts.documentId }));
    const [least, most] = info.range;
    if (value === null) continue;
    if (!Number.isFinite(value))
      throw new PawlError("scorer-failed", `The scorer ${info.name} gave ${value}.`, {
        hint: "A score is a finite number, or null where it does not apply.",
      });
    if (value < least || (most !== null && value > most))
      throw new PawlError("scorer-failed", `The scorer ${info.name} gave ${value}, outside of its range.`, {
        hint: `It declares ${least} to ${most ?? "no limit"}.`,
      });
    scores[info.name] = value;
  }
  return scores;
}

async function inTime(name: string, work: () => number | null | Promise<number | null>): Promise<number | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new PawlError("scorer-failed", `The scorer ${name} did not answer within ${scoreMs / 1000} s.`)),
      scoreMs,
    );
  });
  try {
    return await Promise.race([Promise.resolve().then(work), late]);
  } catch (cause) {
    if (cause instanceof PawlError) throw cause;
    throw new PawlError(
      "scorer-failed",
      `The scorer ${name} failed: ${cause instanceof Error ? cause.message : cause}.`,
      { cause },
    );
  } finally {
    clearTimeout(timer);
  }
}

/** So many at a time, in order; the first error stops the rest. */
async function inParallel<T>(size: number, items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const waiting = items.values();
  const lane = async () => {
    for (const item of waiting) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(size, items.length) }, lane));
}

/** Takes down a new experiment; one that is there stays as it is. */
export async function addExperiment(store: Store, experiment: Experiment): Promise<void> {
  const { id, app, status, createdAt } = experiment;
  await store.db.insert(experiments).values({ id, app, status, createdAt, body: experiment }).onConflictDoNothing();
}

/** Changes these members and no other: whoever plans an experiment may do so while a job is at it. */
export async function updateExperiment(store: Store, id: string, changes: Partial<Experiment>): Promise<Experiment> {
  const [row] = await store.query({
    sql: `update experiments set body = body || $2::jsonb, status = coalesce($3, status) where id = $1 returning body`,
    params: [id, JSON.stringify(changes), changes.status ?? null],
  });
  if (!row) throw new PawlError("internal", `The experiment ${id} is gone.`);
  return Experiment.parse(row.body);
}
