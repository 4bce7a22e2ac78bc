import { skill } from "#app";
import type { Report } from "#kernel";
import type { AnswersArm, Message, TuneLine } from "#schema";
import { exactMatch, mean, median, tokenF1 } from "#stats";

/** A question with its passages, and all answers that count as right. */
export type AnswersLine = TuneLine & { answers: string[] };

/** What is answered to a line; `cited` is the number of a passage, from 1. */
export type Reply = { abstained: boolean; answer: string; cited: number | null };
/** A way to answer a question from its passages. */
export type Arm = (line: AnswersLine) => Promise<Reply>;

export type AnswersOptions = {
  lines: readonly AnswersLine[];
  arms: Readonly<Record<string, Arm>>;
  report: Report;
  signal: AbortSignal;
};

/** The arm of a chat model: asked in the layout of the answering skill, its answer read as that skill writes it. */
export function chatArm(
  { instructions, examples }: { instructions: string; examples: readonly Message[] },
  ask: (messages: Message[]) => Promise<string>,
): Arm {
  return async ({ passages, question }) => {
    const { isAbstention, ownMark, skillPrompt } = await skill();
    const text = await ask(skillPrompt({ instructions, examples, passages, question }));
    const [mark] = text.matchAll(ownMark);
    return {
      abstained: isAbstention(text),
      answer: text.replace(ownMark, "").trim(),
      cited: mark === undefined ? null : Number(mark[1]),
    };
  };
}

/**
 * Answers over passages that are given, in their order, without retrieval: each line is asked in every arm.
 * `f1` and `exact` (SQuAD's normal form) are means over the answerable lines, where abstaining counts 0; `citation` is
 * the share of the answers to lines with a citation whose first `[n]` is it; `abstention` and `falseAbstention` are shares
 * of the unanswerable and of the answerable lines. A share of nothing is null.
 */
export async function benchAnswers(options: AnswersOptions): Promise<Record<string, AnswersArm>> {
  const { lines, signal } = options;
  const told = Object.entries(options.arms).map(([name, arm]) => ({ name, arm, read: [] as Read[] }));
  for (const [done, line] of lines.entries()) {
    options.report({ task: "answering", done, total: lines.length, unit: "examples" });
    for (const { arm, read } of told) {
      signal.throwIfAborted();
      const startMs = performance.now();
      const reply = await arm(line);
      read.push({ ...reply, line, ms: performance.now() - startMs });
    }
  }
  return Object.fromEntries(told.map(({ name, read }) => [name, figures(read)]));
}

type Read = Reply & { line: AnswersLine; ms: number };

function figures(all: readonly Read[]): AnswersArm {
  const answerable = all.filter(({ line }) => line.answer !== null);
  const unanswerable = all.filter(({ line }) => line.answer === null);
  const answered = answerable.filter(({ abstained }) => !abstained);
  const score = (of: (answer: string, references: readonly string[]) => number) =>
    answerable.map(({ abstained, answer, line }) => (abstained ? 0 : of(answer, referencesOf(line))));
  const share = (among: readonly Read[], holds: (read: Read) => boolean) =>
    among.length === 0 ? null : among.filter(holds).length / among.length;
  return {
    f1: answerable.length === 0 ? 0 : mean(score(tokenF1)),
    exact: answerable.length === 0 ? 0 : mean(score(exactMatch)),
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
