import type { Example, HealthNote } from "#schema";
import { nearlySame } from "./near.ts";
import { normalQuestion, normalText } from "./normal.ts";

/** Fewer examples in a split than this are noted; what so many can show is told before an experiment. */
const fewExamples = 20;

/** The text of a document by its path, null where there is none. */
export type TextOf = (path: string) => Promise<string | null>;

/** What was noticed; `unread` is a path among the sources whose text was not there, null if all were. */
export type Health = { notes: HealthNote[]; unread: string | null };

/** What a person should know about a dataset on arrival. Nothing here refuses an example. */
export async function healthOf(examples: readonly Example[], textOf: TextOf = async () => null): Promise<Health> {
  const questions = examples.map(({ messages }) => normalQuestion(messages));
  const elsewhere = await answersElsewhere(examples, textOf);
  const notes = [
    ...sameQuestions(examples, questions),
    ...nearQuestions(examples, questions),
    ...emptyAnswers(examples),
    ...elsewhere.notes,
    ...smallSplits(examples),
  ];
  return { notes, unread: elsewhere.unread };
}

function sameQuestions(examples: readonly Example[], questions: readonly string[]): HealthNote[] {
  const bunches = new Map<string, Example[]>();
  for (const [index, example] of examples.entries()) {
    const question = questions[index] ?? "";
    const bunch = bunches.get(question);
    if (bunch) bunch.push(example);
    else bunches.set(question, [example]);
  }
  return [...bunches.values()].filter((bunch) => bunch.length > 1).map(sameQuestion);
}

function sameQuestion(bunch: readonly Example[]): HealthNote {
  const ids = bunch.map(({ id }) => id);
  const asked = quoted(bunch[0]);
  const different = new Set(bunch.filter(({ answer }) => answer !== undefined).map(answerKey));
  const agree = bunch.some(({ answer, answers }) => {
    const right = new Set([answer ?? "", ...answers].map(normalText));
    return bunch.every((other) => typeof other.answer === "string" && right.has(normalText(other.answer)));
  });
  if (different.size > 1 && !agree)
    return {
      kind: "contradiction",
      examples: ids,
      message: `${ids.length} examples ask ${asked} and have different answers.`,
    };
  return {
    kind: "duplicate",
    examples: ids,
    message: `${ids.length} examples ask ${asked}: it counts ${ids.length} times.`,
  };
}

function answerKey({ answer }: Example): string {
  return answer === null || answer === undefined ? "null" : `text ${normalText(answer)}`;
}

function nearQuestions(examples: readonly Example[], questions: readonly string[]): HealthNote[] {
  // The same question is noted as a duplicate: here it stands once.
  const first = [
    ...new Map([...questions.entries()].reverse().map(([index, question]) => [question, index])).values(),
  ].sort((a, b) => a - b);
  return nearlySame(first.map((index) => questions[index] ?? "")).map((members) => {
    const bunch = members.flatMap((member) => examples[first[member] ?? -1] ?? []);
    const splits = [...new Set(bunch.map(({ split }) => split))];
    const ids = bunch.map(({ id }) => id);
    const what = `${ids.length} examples ask nearly the same as ${quoted(bunch[0])}`;
    return splits.length > 1
      ? { kind: "split-leak", examples: ids, message: `${what}, in the splits ${splits.join(", ")}.` }
      : { kind: "near-duplicate", examples: ids, message: `${what}.` };
  });
}

function emptyAnswers(examples: readonly Example[]): HealthNote[] {
  const empty = examples.filter(({ answer }) => typeof answer === "string" && answer.trim() === "");
  if (empty.length === 0) return [];
  return [
    {
      kind: "empty-answer",
      examples: empty.map(({ id }) => id),
      message: `${empty.length} answers are empty: write null where the documents do not say, or leave the answer out.`,
    },
  ];
}

/** An answer stands in its sources if one of its wordings has at least half of its words there. */
async function answersElsewhere(examples: readonly Example[], textOf: TextOf): Promise<Health> {
  const texts = new Map<string, string | null>();
  for (const path of new Set(examples.flatMap(({ sources }) => sources.map((source) => source.path))))
    texts.set(path, await textOf(path));
  const elsewhere: string[] = [];
  const outside: string[] = [];
  for (const { id, answer, answers, sources } of examples) {
    const passages = sources.map(({ path, start, end }) => ({ text: texts.get(path) ?? null, start, end }));
    if (passages.some(({ text, end }) => text !== null && end > text.length)) outside.push(id);
    else if (typeof answer === "string" && sources.length > 0 && passages.every(({ text }) => text !== null)) {
      const there = new Set(wordsOf(passages.map(({ text, start, end }) => text?.slice(start, end)).join("\n")));
      if (![answer, ...answers].some((wording) => shareIn(wording, there) >= 0.5)) elsewhere.push(id);
    }
  }
  const note = (ids: string[], message: string): HealthNote[] =>
    ids.length === 0 ? [] : [{ kind: "answer-not-in-source", examples: ids, message: `${ids.length} ${message}` }];
  return {
    notes: [
      ...note(elsewhere, "answers share few words with the passages that are to support them."),
      ...note(outside, "sources end behind the end of their document: was it changed?"),
    ],
    unread: [...texts].find(([, text]) => text === null)?.[0] ?? null,
  };
}

function shareIn(text: string, there: ReadonlySet<string>): number {
  const words = wordsOf(text);
  return words.filter((word) => there.has(word)).length / Math.max(words.length, 1);
}

function wordsOf(text: string): string[] {
  return normalText(text).match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
}

function smallSplits(examples: readonly Example[]): HealthNote[] {
  const bySplit = Map.groupBy(examples, ({ split }) => split);
  const notes: HealthNote[] = [...bySplit]
    .filter(([, list]) => list.length < fewExamples)
    .map(([split, list]) => ({
      kind: "split-small",
      examples: list.map(({ id }) => id),
      message: `${split} has ${list.length === 1 ? "one example" : `${list.length} examples`}.`,
    }));
  const training = ["train", "validation", "test"].some((split) => bySplit.has(split as Example["split"])); // a name of the list above
  const missing = training ? [] : (["development", "gate", "report"] as const).filter((split) => !bySplit.has(split));
  return [
    ...notes,
    ...missing.map(
      (split): HealthNote => ({ kind: "split-small", examples: [], message: `${split} has no examples.` }),
    ),
  ];
}

function quoted(example: Example | undefined): string {
  const text = example?.messages.findLast(({ role }) => role === "user")?.content ?? "";
  return `"${text.length > 80 ? `${text.slice(0, 79)}…` : text}"`;
}
