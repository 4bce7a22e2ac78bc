import { seededRandom } from "#stats";
import type { EncodedText, EncoderExample } from "#tensor";
import { shuffle } from "./pack.ts";

/** What one run of an encoder's graph reads: rows of texts, and the examples they belong to. */
export type TextBatch = { rows: readonly (readonly EncodedText[])[]; examples: readonly EncoderExample[] };

type Rows = { rows: number; tokens: number; examples: number };

/** The texts of an example, which are read in one run: they may compete in its loss. */
export function textsOf(example: EncoderExample): readonly EncodedText[] {
  switch (example.kind) {
    case "spans":
      return example.texts.map(({ text }) => text);
    case "classes":
      return [example.text];
    case "pairs":
      return example.texts;
  }
}

/**
 * Examples packed into batches of `rows` rows, each of at most `tokens` tokens, in an order that depends on the seed alone.
 * As in {@link pack}: shuffled, then in groups the longest first, each into the first batch whose rows hold all its texts.
 */
export function packTexts(examples: readonly EncoderExample[], shape: Rows, seed: number): TextBatch[] {
  const random = seededRandom(seed);
  const shuffled = shuffle(examples, random);
  const batches: Filling[] = [];
  for (let start = 0; start < shuffled.length; start += groupSize) {
    const group = shuffled.slice(start, start + groupSize);
    const open: Filling[] = [];
    for (const example of group.toSorted((a, b) => tokensOf([b]) - tokensOf([a]))) {
      if (open.some((batch) => place(batch, example, shape))) continue;
      const rows = Array.from({ length: shape.rows }, () => ({ texts: [], left: shape.tokens }));
      const batch: Filling = { rows, examples: [] };
      if (!place(batch, example, shape)) throw new Error("An example is longer than a batch.");
      open.push(batch);
    }
    batches.push(...open);
  }
  return shuffle(batches, random).map((batch) => ({
    rows: batch.rows.map(({ texts }) => texts),
    examples: batch.examples,
  }));
}

const groupSize = 256;

type Filling = { rows: { texts: EncodedText[]; left: number }[]; examples: EncoderExample[] };

/** Puts an example's texts into the fullest rows that hold them; false where they do not all fit. */
function place(batch: Filling, example: EncoderExample, shape: Rows): boolean {
  if (batch.examples.length === shape.examples) return false;
  const left = batch.rows.map((row) => row.left);
  const places: { row: number; text: EncodedText }[] = [];
  for (const text of textsOf(example).toSorted((a, b) => b.tokens.length - a.tokens.length)) {
    let best = -1;
    for (const [row, free] of left.entries()) {
      if (free >= text.tokens.length && (best < 0 || free < (left[best] ?? 0))) best = row;
    }
    if (best < 0) return false;
    left[best] = (left[best] ?? 0) - text.tokens.length;
    places.push({ row: best, text });
  }
  for (const { row, text } of places) batch.rows[row]?.texts.push(text);
  for (const [row, free] of left.entries()) {
    const filled = batch.rows[row];
    if (filled !== undefined) filled.left = free;
  }
  batch.examples.push(example);
  return true;
}

export function tokensOf(examples: readonly EncoderExample[]): number {
  return examples.flatMap(textsOf).reduce((sum, { tokens }) => sum + tokens.length, 0);
}
