import type { ReadSpan } from "#schema";
import type { ReaderText } from "./texts.ts";

/** What the head says of a text's tokens ({@link writeServedEncoder}). */
export type SpanLogits = { start: Float32Array; end: Float32Array; none: number };

/** Logits as a probability: 1 / (1 + exp(−(scale · margin + bias))). */
export type Calibration = { scale: number; bias: number };

/** Tokens of the longest answer. */
const longestSpan = 40;

/** Spans that are told besides the best of each passage. */
const otherSpans = 20;

/**
 * The best span of each passage and the next best of any, most supported first. A span's margin is its start and end against
 * "none" of all texts together, as they competed in training (the mean of two choices: a first token or none, a last token
 * or none).
 */
export function spansOf(
  passages: readonly string[],
  texts: readonly ReaderText[],
  logits: readonly SpanLogits[],
  { scale, bias }: Calibration,
): { spans: ReadSpan[]; others: ReadSpan[] } {
  const none = 2 * logSumExp(logits.map((one) => one.none));
  const bests = new Map<number, Scored>();
  const others = new Best(otherSpans);
  for (const [at, text] of texts.entries()) {
    const found = logits[at];
    if (found === undefined) continue;
    const own = bestSpan(passages[text.passage] ?? "", text, found, others);
    const leading = bests.get(text.passage);
    const [best, outdone] =
      own !== null && own.score > (leading?.score ?? Number.NEGATIVE_INFINITY) ? [own, leading] : [leading, own];
    if (best) bests.set(text.passage, best);
    if (outdone) others.add(outdone);
  }
  const supported = ({ passage, start, end, score }: Scored): ReadSpan => {
    const support = 1 / (1 + Math.exp(-(scale * (score - none) + bias)));
    return { passage, start, end, support };
  };
  return {
    spans: [...bests.values()].sort((a, b) => b.score - a.score).map(supported),
    others: others.all.map(supported),
  };
}

type Scored = { passage: number; start: number; end: number; score: number };

/** The spans with the largest scores, in order. */
class Best {
  readonly all: Scored[] = [];
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  takes(score: number): boolean {
    return this.all.length < this.#most || score > (this.all.at(-1)?.score ?? Number.NEGATIVE_INFINITY);
  }

  add(span: Scored): void {
    if (!this.takes(span.score)) return;
    const at = this.all.findIndex(({ score }) => score < span.score);
    this.all.splice(at < 0 ? this.all.length : at, 0, span);
    if (this.all.length > this.#most) this.all.pop();
  }
}

/**
 * The span with the largest start + end that neither begins nor ends within a word, nor goes over the border of a table's
 * cell or a paragraph; null in an empty passage. The other ones go to `others`.
 */
function bestSpan(passage: string, text: ReaderText, { start, end }: SpanLogits, others: Best): Scored | null {
  const { secondFrom, starts, ends } = text;
  const isBeyondBorder = starts.map((_, at) => /\||\n\s*\n/.test(passage.slice(ends[at - 1] ?? starts[0], ends[at])));
  const isCut = ends.map((to) => isWithinWord(passage, to));
  let best: Scored | null = null;
  for (const [first, from] of starts.entries()) {
    if (isWithinWord(passage, from)) continue;
    const begun = start[secondFrom + first] ?? Number.NEGATIVE_INFINITY;
    for (let last = first; last < Math.min(ends.length, first + longestSpan); last += 1) {
      if (last > first ? isBeyondBorder[last] : passage[from] === "|") break;
      if (isCut[last]) continue;
      const score = begun + (end[secondFrom + last] ?? Number.NEGATIVE_INFINITY);
      const isBest = score > (best?.score ?? Number.NEGATIVE_INFINITY);
      if (!isBest && !others.takes(score)) continue;
      const span = { passage: text.passage, start: from, end: ends[last] ?? from, score };
      const outdone: Scored | null = isBest ? best : span;
      if (outdone) others.add(outdone);
      if (isBest) best = span;
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
