import { seededRandom } from "#stats";
import { type BatchShape, ownTokens, predicted, type Sequence } from "#tensor";

/** A row: sequences that are read one after the other in one run of the graph; some may share their beginning. */
export type Row = readonly Sequence[];

type RowShape = Pick<BatchShape, "tokens" | "picked">;

/**
 * Sequences packed into rows of at most `tokens`, of which `picked` are predicted, in an order that depends on the seed
 * alone. Those that begin alike (questions on the same passages) share what they have in common, and are one piece. Pieces
 * are shuffled, then taken in groups, in each of which the longest go first and each goes into the fullest row that still
 * holds it (best fit decreasing). Groups keep the order random and the rows full.
 */
export function pack(sequences: readonly Sequence[], shape: RowShape, seed: number): Row[] {
  const random = seededRandom(seed);
  const pieces = shuffle(
    alike(sequences).flatMap((family) => sharing(shuffle(family, random), shape)),
    random,
  );
  const rows: Row[] = [];
  for (let start = 0; start < pieces.length; start += groupSize) {
    const open: { sequences: Sequence[]; left: number; unpicked: number }[] = [];
    const sized = pieces.slice(start, start + groupSize).map((piece) => ({ piece, length: tokensIn([piece]) }));
    for (const { piece, length } of sized.sort((a, b) => b.length - a.length)) {
      const needed = predictedIn([piece]);
      let best: (typeof open)[number] | undefined;
      for (const row of open) {
        const fits = row.left >= length && row.unpicked >= needed;
        if (fits && (best === undefined || row.left < best.left)) best = row;
      }
      if (best === undefined) {
        best = { sequences: [], left: shape.tokens, unpicked: shape.picked };
        open.push(best);
      }
      best.sequences.push(...piece);
      best.left -= length;
      best.unpicked -= needed;
    }
    rows.push(...open.map((row) => row.sequences));
  }
  return shuffle(rows, random);
}

const groupSize = 256;

/** Sequences by what they begin with: the next in the order of their tokens has at least half of itself in common. */
function alike(sequences: readonly Sequence[]): Sequence[][] {
  const families: Sequence[][] = [];
  for (const sequence of sequences.toSorted((a, b) => compared(a.tokens, b.tokens))) {
    const last = families.at(-1)?.at(-1);
    if (last !== undefined && 2 * common(last, sequence) >= sequence.tokens.length) families.at(-1)?.push(sequence);
    else families.push([sequence]);
  }
  return families;
}

/** A family in pieces that a row holds; in each the first is whole, and the others share its beginning. */
function sharing(family: readonly Sequence[], { tokens, picked }: RowShape): Row[] {
  const pieces: Sequence[][] = [];
  let [left, unpicked] = [0, 0];
  for (const sequence of family) {
    const stem = pieces.at(-1)?.[0];
    const shared = stem === undefined ? 0 : common(stem, sequence);
    const member = { ...sequence, shared };
    if (2 * shared >= sequence.tokens.length && ownTokens(member) <= left && predicted(member) <= unpicked) {
      pieces.at(-1)?.push(member);
      left -= ownTokens(member);
      unpicked -= predicted(member);
      continue;
    }
    pieces.push([sequence]);
    left = tokens - sequence.tokens.length;
    unpicked = picked - predicted(sequence);
  }
  return pieces;
}

/** With how many same tokens two sequences begin; what the second predicts is not counted. */
function common(first: Sequence, second: Sequence): number {
  const most = Math.min(first.tokens.length, second.trainedFrom - 1);
  let at = 0;
  while (at < most && first.tokens[at] === second.tokens[at]) at += 1;
  return at;
}

function compared(a: readonly number[], b: readonly number[]): number {
  for (let at = 0; at < Math.min(a.length, b.length); at += 1) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** The sum of predicted tokens. */
export function predictedIn(rows: readonly Row[]): number {
  return rows.flat().reduce((sum, sequence) => sum + predicted(sequence), 0);
}

/** What rows take of the graph; shared tokens count once. */
export function tokensIn(rows: readonly Row[]): number {
  return rows.flat().reduce((sum, sequence) => sum + ownTokens(sequence), 0);
}

/** Fisher and Yates. */
export function shuffle<T>(items: readonly T[], random: () => number): T[] {
  const result = [...items];
  for (let at = result.length - 1; at > 0; at -= 1) {
    const other = Math.floor(random() * (at + 1));
    const [a, b] = [result[at], result[other]];
    if (a === undefined || b === undefined) continue;
    result[at] = b;
    result[other] = a;
  }
  return result;
}
