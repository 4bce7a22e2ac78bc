import { normalQuestion } from "#data";
import type { FeedbackRow } from "#feedback";
import { type Case, type Expected, isRight, wantedOf } from "#improve";
import type { AskedQuestion, Example, Passage, Release, Turn } from "#schema";
import type { HostCore } from "./core.ts";
import { documentsByPath } from "./datasets.ts";
import type { Evaluating } from "./evaluating.ts";

/** Turns that were held to be failures, and turns that are right, each with what it should have answered. */
export type Judged = { failed: Case[]; right: Case[] };

type What = {
  app: string;
  release: Release;
  dataset?: string | undefined;
  /** Questions that pawl wrote from the documents, and the turns that answered them. */
  written?: readonly AskedQuestion[] | undefined;
  /** Whose reactions count; none: all. */
  isHeard?: ((turn: Turn) => boolean) | undefined;
};
type Doing = Parameters<Evaluating["run"]>[2] & {
  /** Asks a turn of an older release of the release that is looked at. */
  askAgain(turn: Turn): Promise<Turn>;
};

/** Most turns with a thumb down or a correction that are looked at: the newest. */
const mostSaid = 200;

/**
 * What people held to be failures, questions that pawl wrote from the documents and that were lost, and where a dataset is
 * named its development examples that the release answers wrong: what a remedy learns from may not judge it. A turn is
 * known to be right or wrong by its correction, or by the example that asks the same.
 */
export async function judgedTurns(host: HostCore, evaluating: Evaluating, what: What, doing: Doing): Promise<Judged> {
  const documentId = await documentsByPath(host, what.app);
  const judged: Judged = { failed: [], right: [] };
  const asked = what.dataset === undefined ? [] : await examplesAsked(evaluating, what, what.dataset, doing);
  const expectedOf = new Map(
    asked.map(({ example }) => [normalQuestion(example.messages), expectedOfExample(example, documentId)]),
  );
  const reactions: { stored: Turn; question: string; rows: FeedbackRow[] }[] = [];
  // What a question should have been answered: the newest correction of any turn that asked it, else the example's answer.
  const corrected = new Map<string, Expected>();
  for (const [id, rows] of await saidOf(host, what.app)) {
    doing.signal.throwIfAborted();
    const stored = await host.turn(id);
    if (what.isHeard && !what.isHeard(stored)) continue;
    const question = normalQuestion(stored.input.messages);
    reactions.push({ stored, question, rows });
    const expected = await expectedOfCorrection(
      host,
      stored,
      rows.find(({ body }) => body.kind === "correction"),
    );
    if (expected && !corrected.has(question)) corrected.set(question, expected);
  }
  const said = new Set<string>();
  for (const { stored, question, rows } of reactions) {
    doing.signal.throwIfAborted();
    const isFailed = rows.some(({ body }) => body.kind === "correction") || thumbsOf(rows) < 0;
    if (isFailed) {
      said.add(question);
      const turn = stored.release === what.release.id ? stored : await doing.askAgain(stored);
      judged.failed.push({ turn, expected: corrected.get(question) ?? expectedOf.get(question) ?? null });
    } else if (thumbsOf(rows) > 0 && stored.release === what.release.id)
      judged.right.push({ turn: stored, expected: expectedOfUp(stored) });
  }
  for (const one of what.written ?? []) {
    doing.signal.throwIfAborted();
    const stored = await host.turn(one.turn);
    const question = normalQuestion(stored.input.messages);
    if (said.has(question) || expectedOf.has(question)) continue;
    const turn = stored.release === what.release.id ? stored : await doing.askAgain(stored);
    const expected = await expectedOfWritten(host, one);
    ((await isRight(turn, expected)) ? judged.right : judged.failed).push({ turn, expected });
  }
  for (const { example, turn } of asked) {
    if (said.has(normalQuestion(example.messages))) continue;
    const turnOf = await host.turn(turn);
    const expected = expectedOfExample(example, documentId);
    const isKnown = expected.answer !== undefined || expected.answers.length > 0 || expected.expect.length > 0;
    if (isKnown) ((await isRight(turnOf, expected)) ? judged.right : judged.failed).push({ turn: turnOf, expected });
  }
  return judged;
}

async function examplesAsked(evaluating: Evaluating, { app, release }: What, dataset: string, doing: Doing) {
  const { experiment, examples } = await evaluating.plan({ app, dataset, split: "development", releases: [release] });
  await evaluating.run(experiment, examples, doing);
  const results = new Map((await evaluating.results(experiment.id)).map((result) => [result.example, result.turn]));
  return examples.flatMap((example) => {
    const turn = results.get(example.id);
    return turn ? [{ example, turn }] : [];
  });
}

/** What was said of each turn of the app, newest turns first. */
async function saidOf(host: HostCore, app: string): Promise<Map<string, FeedbackRow[]>> {
  const said = new Map<string, FeedbackRow[]>();
  for (let cursor: string | undefined; ; ) {
    const page = await host.feedbackList({ app, limit: 500, cursor });
    for (const row of page.feedback) said.set(row.turn, [...(said.get(row.turn) ?? []), row]);
    if (page.next === null || said.size >= mostSaid) return new Map([...said].slice(0, mostSaid));
    cursor = page.next;
  }
}

function thumbsOf(rows: readonly FeedbackRow[]): number {
  return rows.reduce((sum, { body }) => sum + (body.kind === "thumb" ? body.value : 0), 0);
}

function expectedOfExample(example: Example, documentId: (path: string) => string | undefined): Expected {
  const places = example.sources.flatMap(({ path, start, end }) => {
    const id = documentId(path);
    return id === undefined ? [] : [{ documentId: id, start, end }];
  });
  const missing = example.sources.filter(({ path }) => documentId(path) === undefined).map(({ path }) => path);
  return { answer: example.answer, answers: example.answers, places, missing, expect: example.expect };
}

async function expectedOfWritten(
  host: HostCore,
  { answer, documentId, start, end, path }: AskedQuestion,
): Promise<Expected> {
  const isThere = await hasDocument(host, documentId);
  const places = answer !== null && isThere ? [{ documentId, start, end }] : [];
  const missing = answer === null || isThere ? [] : [path];
  return { answer, answers: [], places, missing, expect: [] };
}

/** Who liked an answer holds it to be right, with the places it cites. */
function expectedOfUp({ answer }: Turn): Expected {
  const text = answer?.text.replace(/\s*\[\d+\]/g, "");
  return {
    answer: answer?.abstained ? null : text,
    answers: [],
    places: answer?.citations ?? [],
    missing: [],
    expect: [],
  };
}

async function expectedOfCorrection(
  host: HostCore,
  turn: Turn,
  correction: FeedbackRow | undefined,
): Promise<Expected | null> {
  if (correction?.body.kind !== "correction") return null;
  const { value, passage } = correction.body;
  const isThere = passage !== undefined && (await hasDocument(host, passage.documentId));
  // A document that is gone is named by the path that the turn's passages remember.
  const gone = passage !== undefined && !isThere ? [pathIn(turn, passage.documentId)] : [];
  return { answer: wantedOf(value), answers: [], places: isThere ? [passage] : [], missing: gone, expect: [] };
}

async function hasDocument(host: HostCore, id: string): Promise<boolean> {
  const rows = await host.store.query({ sql: "select 1 from documents where id = $1", params: [id] });
  return rows.length > 0;
}

function pathIn(turn: Turn, documentId: string): string {
  const passages = turn.spans.flatMap(({ kind, output }): Passage[] =>
    kind === "retrieve" && typeof output === "object" && output !== null && "passages" in output
      ? (output.passages as Passage[]) // the kind's output
      : [],
  );
  return passages.find((passage) => passage.documentId === documentId)?.path ?? "";
}
