import type { Example, MetricInfo, Turn } from "#schema";

/** What a scorer sees: the example, what a release made of it, and how to find a document by its path. */
export type Scored = {
  example: Example;
  turn: Turn;
  /** The id of the document at a path of the app's folder; undefined where there is none. */
  documentId(path: string): string | undefined;
};

/**
 * A function that gives a score. It declares what its score is, so that a difference can be judged.
 * `null`: the example says nothing about this (an F1 without a reference answer).
 */
export type Scorer = {
  info: MetricInfo;
  /** The hash of a user's function: with other code it is another scorer. */
  version?: string;
  /** Whether it will say anything about an example, as far as that is known before it is asked; default yes. */
  speaksOf?(example: Example): boolean;
  score(input: Scored): number | null | Promise<number | null>;
};

/** The answer as a reader without marks would quote it. */
export function answerText(turn: Turn): string {
  return (turn.answer?.text ?? "").replace(/\s*\[\d+\]/g, "").trim();
}

/** Every answer that counts as right. */
export function references(example: Example): string[] {
  return [...(typeof example.answer === "string" ? [example.answer] : []), ...example.answers];
}

export function isAnswerable(example: Example): boolean {
  return typeof example.answer === "string" || example.answers.length > 0;
}
