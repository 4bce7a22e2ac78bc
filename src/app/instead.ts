import { readerSupport, type TokenLogprob } from "#schema";
import { exactMatch, tokenF1 } from "#stats";

/** What a model that quotes passages said: its words without marks, null where it abstained; each token's log-probability, where it tells. */
export type Said = { words: string | null; logprobs: readonly TokenLogprob[] | undefined };
/** Words that a reader found, and the probability that they answer. */
export type Held = { text: string; support: number };

/** The reader outdoes an abstention from this support on. */
const overAbstention = 0.9;
/** And words of the model's from this one on. */
const overWords = 0.7;
/** Nats that the model lacks for each of its tokens, and log-odds that the reader gives its own words before the model's: what both weigh. */
const surenessNeeded = 0.3;
const readersWeight = 0.05;
/** Log-odds; what the reader would not have thought of lies as far. */
const furthest = 3.5;

/**
 * Whether a reader's best words are likelier right than what a model with the answering skill said of the same passages. Two
 * models that err differently: each says how sure it is, the model by the mean log-probability of its tokens, the reader by
 * how much likelier it holds its own words than the model's. The weights were fitted on 245 questions of titles that
 * neither was trained on (`recipes/answering`): exact 0.54 of the model alone and 0.51 of the reader became 0.60.
 *
 * @param held the reader's best words, and its next best: the model's may be among them
 */
export function isReaderSurer({ words, logprobs }: Said, held: readonly Held[]): boolean {
  const [best, ...others] = held;
  if (best === undefined) return false;
  if (words === null) return best.support >= overAbstention;
  if (best.support < overWords || isSame(words, best.text) || !logprobs?.length) return false;
  const unsure = -logprobs.reduce((sum, { logprob }) => sum + logprob, 0) / logprobs.length;
  const own = others.filter(({ text }) => isSame(text, words)).map(({ support }) => support);
  const before = own.length === 0 ? furthest : Math.min(furthest, logOdds(best.support) - logOdds(Math.max(...own)));
  return unsure + readersWeight * before > surenessNeeded;
}

/** Whether a reader could outdo a model at all: where it could, the model's words wait for their end. */
export function mayBeSurer(best: Held | undefined): boolean {
  return best !== undefined && best.support >= overWords;
}

/** What a reader says of an answer that is not its own; null where they agree. `where`: the title of its passage. */
export function otherwiseRead(words: string | null, best: Held | undefined, where: string): string | null {
  if (best === undefined || best.support < readerSupport) {
    return words === null ? null : "The reader finds no answer in the passages.";
  }
  if (words !== null && tokenF1(words, [best.text]) > 0) return null;
  return `The reader finds "${best.text}" in ${where} (support ${best.support.toFixed(2)}).`;
}

function isSame(a: string, b: string): boolean {
  return exactMatch(a, [b]) === 1;
}

function logOdds(probability: number): number {
  return Math.log(probability / (1 - probability));
}
