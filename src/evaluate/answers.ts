import { skill } from "#app";
import type { Report } from "#kernel";
import type { AnswersArm, Message, TuneLine } from "#schema";
import { exactMatch, mean, median, tokenF1 } from "#stats";

/** A question with its passages, and all answers that count as right. */
export type AnswersLine = TuneLine & { answers: string[] };

export type AnswersOptions = {
  lines: readonly AnswersLine[];
  instructions: string;
  examples: readonly Message[];
  /** What the model says to each arm's prompt. */
  arms: Readonly<Record<string, (messages: Message[]) => Promise<string>>>;
  report: Report;
  signal: AbortSignal;
};

/**
 * Answers over passages that are given, in their order, without retrieval: each line is asked in every arm.
 * `f1` and `exact` (SQuAD's normal form) are means over the answerable lines, where abstaining counts 0; `citation` is
 * the share of the answers to lines with a citation whose first `[n]` is it; `abstention` and `falseAbstention` are shares
 * of the unanswerable and of the answerable lines. A share of nothing is null.
 */
export async function benchAnswers(options: AnswersOptions): Promise<Record<string, AnswersArm>> {
  const { lines, instructions, examples, signal } = options;
  const { skillPrompt } = await skill();
  const told = Object.entries(options.arms).map(([name, ask]) => ({ name, ask, said: [] as Said[] }));
  for (const [done, line] of lines.entries()) {
    options.report({ task: "answering", done, total: lines.length, unit: "examples" });
    const messages = skillPrompt({ instructions, examples, passages: line.passages, question: line.question });
    for (const { ask, said } of told) {
      signal.throwIfAborted();
      const startMs = performance.now();
      const text = await ask(messages);
      said.push({ line, text, ms: performance.now() - startMs });
    }
  }
  const { isAbstention, ownMark } = await skill();
  return Object.fromEntries(
    told.map(({ name, said }) => [
      name,
      figures(
        said.map(({ line, text, ms }) => ({
          line,
          ms,
          abstained: isAbstention(text),
          answer: text.replace(ownMark, "").trim(),
          cited: Number([...text.matchAll(ownMark)][0]?.[1] ?? Number.NaN),
        })),
      ),
    ]),
  );
}

type Said = { line: AnswersLine; text: string; ms: number };
type Read = { line: AnswersLine; ms: number; abstained: boolean; answer: string; cited: number };

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
