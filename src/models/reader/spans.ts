import type { ReadSpan } from "#schema";
import type { ReaderText } from "./texts.ts";

/** What the head says of a text's tokens ({@link writeServedEncoder}). */
export type SpanLogits = { start: Float32Array; end: Float32Array; none: number };

/** Logits as a probability: 1 / (1 + exp(−(scale · margin + bias))). */
export type Calibration = { scale: number; bias: number };

/** Tokens of the longest answer. */
const longestSpan = 40;

/**
 * The best span of each passage, most supported first. A span's margin is its start and end against "none" of all texts
 * together, as they competed in training (the mean of two choices: a first token or none, a last token or none).
 */
export function spansOf(
  passages: readonly string[],
  texts: readonly ReaderText[],
  logits: readonly SpanLogits[],
  { scale, bias }: Calibration,
): ReadSpan[] {
  const none = 2 * logSumExp(logits.map((one) => one.none));
  const best = new Map<number, ReadSpan & { margin: number }>();
  for (const [at, text] of texts.entries()) {
    const found = logits[at];
    const passage = passages[text.passage] ?? "";
    const span = found === undefined ? null : bestSpan(passage, text, found);
    if (span === null) continue;
    const margin = span.score - none;
    if (margin <= (best.get(text.passage)?.margin ?? Number.NEGATIVE_INFINITY)) continue;
    const support = 1 / (1 + Math.exp(-(scale * margin + bias)));
    best.set(text.passage, { passage: text.passage, start: span.start, end: span.end, support, margin });
  }
  return [...best.values()].sort((a, b) => b.margin - a.margin).map(({ margin: _, ...span }) => span);
}

/**
 * The span with the largest start + end that neither begins nor ends within a word, nor goes over the border of a table's
 * cell or a paragraph; null in an empty passage.
 */
function bestSpan(passage: string, text: ReaderText, { start, end }: SpanLogits) {
  const { secondFrom, starts, ends } = text;
  const isBeyondBorder = starts.map((_, at) => /\||\n\s*\n/.test(passage.slice(ends[at - 1] ?? starts[0], ends[at])));
  let best: { score: number; start: number; end: number } | null = null;
  for (const [first, from] of starts.entries()) {
    if (isWithinWord(passage, from)) continue;
    const begun = start[secondFrom + first] ?? Number.NEGATIVE_INFINITY;
    for (let last = first; last < Math.min(ends.length, first + longestSpan); last += 1) {
      if (last > first ? isBeyondBorder[last] : passage[from] === "|") break;
      const score = begun + (end[secondFrom + last] ?? Number.NEGATIVE_INFINITY);
      const to = ends[last] ?? from;
      if (score > (best?.score ?? Number.NEGATIVE_INFINITY) && !isWithinWord(passage, to)) {
        best = { score, start: from, end: to };
      }
    }
  }
  return best;
}

const letter = /[\p{L}\p{N}]/u;

function isWithinWord(text: string, at: number): boolean {
  return letter.test(text[at - 1] ?? "") && letter.test(text[at] ?? "");
}

function logSumExp(values: readonly number[]): number {
  const most = Math.max(...values);
  return most + Math.log(values.reduce((sum, value) => sum + Math.exp(value - most), 0));
}
