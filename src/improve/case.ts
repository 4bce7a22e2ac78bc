import { judgeAll } from "#evaluate";
import type { AnswerMode, Expectation, Place, Turn } from "#schema";
import { normalizeAnswer, tokenF1 } from "#stats";
import { bare, objectOf } from "./closeness.ts";
import { holds } from "./lost.ts";

/** What a turn should have answered, as an example or a person's correction says. */
export type Expected = {
  /** null: the documents do not say. Left out: only `expect` is known. */
  answer?: string | null | undefined;
  /** Others that are right. */
  answers: readonly string[];
  /** Where the answer stands; empty: nobody said where. */
  places: readonly Place[];
  /** Documents that held the answer and are not there. */
  missing: readonly string[];
  expect: readonly Expectation[];
};

/** A turn and what it should have been; null where nobody said. */
export type Case = { turn: Turn; expected: Expected | null };

/** From this token F1 on an answer says what the reference says, in other words. */
const sameF1 = 0.5;

/** A quote with this share of the answer's words has it: "hundred kilos" is not "two hundred kilos". */
const mostWords = 0.75;

/** At least this share of a reader's words must stand in the reference. */
const ownWords = 0.5;

/**
 * Whether a turn answers as expected: its own checks pass; it abstains where nothing is to be said; else it says one of
 * the right answers, and where it could cite it cites a place that holds one. A quoted sentence is right where it says
 * the answer, is all of such a place, or is a part of it that has most of the answer's words; a reader's own words must be
 * mostly among those of an answer too, as the rest of the sentence that it cites is not what it says.
 */
export async function isRight(turn: Turn, expected: Expected): Promise<boolean> {
  const { answer } = turn;
  if (!answer) return false;
  if (!(await isInForm(turn, expected))) return false;
  if (expected.answer === null) return answer.abstained;
  const wanted = referencesOf(expected);
  if (wanted.length === 0) return expected.expect.length > 0 || !answer.abstained;
  if (answer.abstained) return false;
  const isSaid = says(answer.text, wanted);
  const isFormatted = turn.spans.some(({ kind, input }) => kind === "model" && formatOf(input) !== "text");
  if (expected.places.length === 0 || isFormatted || expected.expect.length > 0) return isSaid;
  const cited = answer.citations.filter((citation) => expected.places.some((place) => overlaps(citation, place)));
  if (modeOf(turn) === "model") return isSaid && cited.length > 0;
  // A part of the place, as half a row, may be the part that does not say it.
  const isWhole = expected.places.some((place) => holds(cited, place));
  if (modeOf(turn) === "reader" && !isSaid && wanted.every((one) => shareSaid(one, [bare(answer.text)]) < ownWords))
    return false;
  return isSaid || isWhole || cited.some(({ quote }) => shareSaid(quote, wanted) >= mostWords);
}

/** Whether an answer keeps the form that is expected: the example's checks, and JSON where the reference is JSON. */
export async function isInForm(turn: Turn, expected: Expected): Promise<boolean> {
  const outcome = await judgeAll(expected.expect, turn);
  if (outcome) return outcome.passed;
  return typeof expected.answer !== "string" || !isObject(expected.answer) || isObject(turn.answer?.text ?? "");
}

export function referencesOf({ answer, answers }: Expected): string[] {
  return [...(typeof answer === "string" ? [answer] : []), ...answers];
}

/** True where a text has one of the answers in it, word for word in normal form, or says the same in other words. */
export function says(text: string, wanted: readonly string[]): boolean {
  const plain = bare(text);
  const normal = ` ${normalizeAnswer(plain)} `;
  return (
    wanted.some((one) => normalizeAnswer(one) !== "" && normal.includes(` ${normalizeAnswer(one)} `)) ||
    tokenF1(plain, wanted) >= sameF1
  );
}

/** The share of an answer's words that stand in a text, of the answer that has most there. */
export function shareSaid(text: string, wanted: readonly string[]): number {
  const there = new Set(normalizeAnswer(text).split(" "));
  const shares = wanted.map((one) => {
    const words = normalizeAnswer(one).split(" ").filter(Boolean);
    return words.filter((word) => there.has(word)).length / Math.max(words.length, 1);
  });
  return Math.max(0, ...shares);
}

/** How the turn was answered: by the passages' best sentence, by a reader's words, or in the model's. */
export function modeOf(turn: Turn): AnswerMode {
  const name = turn.spans.find(({ kind }) => kind === "answer")?.name;
  return name === "sentence" || name === "reader" ? name : "model";
}

export function questionOf(turn: Turn): string {
  return turn.input.messages.at(-1)?.content ?? turn.question;
}

function overlaps(a: Place, b: Place): boolean {
  return a.documentId === b.documentId && a.start < b.end && b.start < a.end;
}

export const isObject = (text: string): boolean => objectOf(text) !== null;

function formatOf(input: unknown): string {
  const format = typeof input === "object" && input !== null && "format" in input ? input.format : null;
  return typeof format === "object" && format !== null && "type" in format ? String(format.type) : "text";
}
