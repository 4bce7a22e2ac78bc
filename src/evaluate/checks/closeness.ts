import { type Check, holds } from "./check.ts";
import { brokenCheck, numberOption } from "./options.ts";
import { treebankTokens } from "./treebank.ts";

/** At most `threshold` (default 5) insertions, deletions or changes of characters lead to the value. */
const levenshtein: Check = ({ text, options }) => {
  const { value } = options;
  if (typeof value !== "string") throw brokenCheck("levenshtein", "it has no text in `value`.");
  return holds(isWithin(text, value, numberOption("levenshtein", options, "threshold", 5)));
};

/** ROUGE-1 against the value, without case, is at least `threshold` (default 0.75); its score is ROUGE-1 itself. */
const rougeN: Check = ({ text, options }) => {
  const { value } = options;
  if (typeof value !== "string") throw brokenCheck("rouge-n", "it has no text in `value`.");
  const score = rouge1(text, value);
  return { passed: score >= numberOption("rouge-n", options, "threshold", 0.75), score };
};

export const closenessChecks: Readonly<Record<string, Check>> = { levenshtein, "rouge-n": rougeN };

/** Whether the Levenshtein distance (1966), in UTF-16 code units, is at most `most`. One row; ends early. */
export function isWithin(a: string, b: string, most: number): boolean {
  if (Math.abs(a.length - b.length) > most) return false;
  const row = Uint32Array.from({ length: b.length + 1 }, (_, j) => j); // distances of a's beginning to b's beginnings
  for (let i = 1; i <= a.length; i++) {
    let diagonal = i - 1;
    let least = i;
    row[0] = i;
    for (let j = 1; j <= b.length; j++) {
      const above = row[j] ?? 0;
      const change = diagonal + Number(a.charCodeAt(i - 1) !== b.charCodeAt(j - 1));
      const here = Math.min(change, above + 1, (row[j - 1] ?? 0) + 1);
      diagonal = above;
      row[j] = here;
      if (here < least) least = here;
    }
    if (least > most) return false;
  }
  return (row[b.length] ?? 0) <= most;
}

/** F-measure of common words, each counted as often as both have it: ROUGE-N with N = 1 (Lin 2004), Treebank words. */
export function rouge1(candidate: string, reference: string): number {
  const told = treebankTokens(candidate.toLowerCase());
  const wanted = treebankTokens(reference.toLowerCase());
  const left = new Map<string, number>();
  for (const word of wanted) left.set(word, (left.get(word) ?? 0) + 1);
  let common = 0;
  for (const word of told) {
    const count = left.get(word) ?? 0;
    if (count === 0) continue;
    left.set(word, count - 1);
    common += 1;
  }
  return common === 0 ? 0 : (2 * common) / (told.length + wanted.length);
}
