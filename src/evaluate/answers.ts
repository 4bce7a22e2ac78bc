import { instead, skill } from "#app";
import type { Report } from "#kernel";
import { type AnswersArm, type ChatResponse, type Message, readerSupport, type TuneLine } from "#schema";
import { bounds, exactMatch, mean, median, single, tokenF1 } from "#stats";

/** A question with its passages, and all answers that count as right. */
export type AnswersLine = TuneLine & { answers: string[] };

/** What is answered to a line; `cited` is the number of a passage, from 1. */
export type Reply = { abstained: boolean; answer: string; cited: number | null };
/** A way to answer a question from its passages. */
export type Arm = (line: AnswersLine) => Promise<Reply>;

/** A line's replies by arm, and how long each took, in milliseconds. */
export type AnsweredLine = Record<string, Reply & { ms: number }>;

export type AnswersOptions = {
  lines: readonly AnswersLine[];
  arms: Readonly<Record<string, Arm>>;
  /** What was answered before an interruption, by the line's index. */
  recorded(line: number): AnsweredLine | undefined;
  record(line: number, answered: AnsweredLine): Promise<void>;
  report: Report;
  signal: AbortSignal;
};

/** Words that a reader finds in the passages of a line, likeliest first: of each passage the best, then others. */
export type Reading = (line: AnswersLine) => Promise<{ text: string; passage: number; support: number }[]>;

/**
 * The arm of a chat model: asked in the layout of the answering skill, its answer read as that skill writes it.
 *
 * @param read a reader beside the model: the surer of the two answers, as in a turn
 */
export function chatArm(
  { instructions, examples }: { instructions: string; examples: readonly Message[] },
  ask: (messages: Message[]) => Promise<Pick<ChatResponse, "text" | "logprobs">>,
  read?: Reading,
): Arm {
  return async (line) => {
    const { passages, question } = line;
    const { isAbstention, ownMark, skillPrompt } = await skill();
    const found = (await read?.(line)) ?? [];
    const { text, logprobs } = await ask(skillPrompt({ instructions, examples, passages, question }));
    const abstained = isAbstention(text);
    const answer = text.replace(ownMark, "").trim();
    const [best] = found;
    const { isReaderSurer } = await instead();
    if (best !== undefined && isReaderSurer({ words: abstained ? null : answer, logprobs }, found)) {
      return { abstained: false, answer: best.text, cited: best.passage + 1 };
    }
    const [mark] = text.matchAll(ownMark);
    return { abstained, answer, cited: mark === undefined ? null : Number(mark[1]) };
  };
}

/** The arm of a reader: the words that it holds for likeliest, none where no answer is likelier. */
export function readerArm(read: Reading): Arm {
  return async (line) => {
    const [best] = await read(line);
    return {
      abstained: best === undefined || best.support < readerSupport,
      answer: best?.text ?? "",
      cited: best === undefined ? null : best.passage + 1,
    };
  };
}

/**
 * Answers over passages that are given, in their order, without retrieval: each line is asked in every arm.
 * `f1` and `exact` (SQuAD's normal form) are means over the answerable lines, where abstaining counts 0, with 95 % intervals
 * (lines over the same passages may resemble each other; null with fewer than two sets of passages); `citation` is
 * the share of the answers to lines with a citation whose first `[n]` is it; `abstention` and `falseAbstention` are shares
 * of the unanswerable and of the answerable lines. A share of nothing is null.
 */
export async function benchAnswers(options: AnswersOptions): Promise<Record<string, AnswersArm>> {
  const { lines, signal } = options;
  const answered: AnsweredLine[] = [];
  for (const [at, line] of lines.entries()) {
    options.report({ task: "answering", done: at, total: lines.length, unit: "examples" });
    const replies = options.recorded(at) ?? {};
    const isNew = Object.keys(replies).length === 0;
    for (const [name, arm] of isNew ? Object.entries(options.arms) : []) {
      signal.throwIfAborted();
      const startMs = performance.now();
      const reply = await arm(line);
      replies[name] = { ...reply, ms: performance.now() - startMs };
    }
    if (isNew) await options.record(at, replies);
    answered.push(replies);
  }
  const readOf = (name: string) =>
    lines.flatMap((line, at) => {
      const reply = answered[at]?.[name];
      return reply === undefined ? [] : [{ ...reply, line }];
    });
  return Object.fromEntries(Object.keys(options.arms).map((name) => [name, figures(readOf(name))]));
}

type Read = AnsweredLine[string] & { line: AnswersLine };

function figures(all: readonly Read[]): AnswersArm {
  const answerable = all.filter(({ line }) => line.answer !== null);
  const unanswerable = all.filter(({ line }) => line.answer === null);
  const answered = answerable.filter(({ abstained }) => !abstained);
  const scores = (of: (answer: string, references: readonly string[]) => number) =>
    answerable.map(({ abstained, answer, line }) => ({
      value: abstained ? 0 : of(answer, referencesOf(line)),
      cluster: line.passages.join("\n"),
    }));
  const [f1, exact] = [scores(tokenF1), scores(exactMatch)];
  const meanOf = (all: typeof f1) => (all.length === 0 ? 0 : mean(all.map(({ value }) => value)));
  const share = (among: readonly Read[], holds: (read: Read) => boolean) =>
    among.length === 0 ? null : among.filter(holds).length / among.length;
  return {
    f1: meanOf(f1),
    f1Interval: bounds(single(f1, [0, 1])),
    exact: meanOf(exact),
    exactInterval: bounds(single(exact, [0, 1])),
    citation: share(
      answered.filter(({ line }) => line.citation !== undefined),
      ({ cited, line }) => cited === line.citation,
    ),
    abstention: share(unanswerable, ({ abstained }) => abstained),
    falseAbstention: share(answerable, ({ abstained }) => abstained),
    p50Ms: median(all.map(({ ms }) => ms)),
  };
}

function referencesOf({ answer, answers }: AnswersLine): readonly string[] {
  return answers.length > 0 ? answers : [answer ?? ""];
}
