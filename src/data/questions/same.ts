import { tokenF1 } from "#stats";
import { normalText } from "../normal.ts";

/** Token F1 of what the reader finds with the words that were asked for, from which on it is the same answer. */
const sameAnswer = 0.6;
/** It may also be those words with so many around them: "on Tuesdays at 10:00" for "10:00". */
const wordsAround = 4;

/** The same words for the most part, the same number of things, or these words with a few around them. */
export function isSame(said: string, answer: string): boolean {
  const [long, short] = [normalText(said), normalText(answer)];
  const around = long.split(" ").length - short.split(" ").length;
  const [number, wanted] = [numberIn(long), numberIn(short)];
  return (
    tokenF1(said, [answer]) >= sameAnswer ||
    (number !== null && number === wanted && around <= 0) ||
    (` ${long} `.includes(` ${short} `) && around <= wordsAround)
  );
}

const numbers = "zero one two three four five six seven eight nine ten eleven twelve".split(" ");

/** The number that a text begins with, in digits. */
function numberIn(text: string): string | null {
  const [first = ""] = text.split(/[\s-]/);
  const at = numbers.indexOf(first);
  return at >= 0 ? String(at) : /^\d+$/.test(first) ? first : null;
}
