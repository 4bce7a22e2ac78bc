import { seededRandom } from "#stats";
import { type BatchShape, predicted, type Sequence } from "#tensor";

/** A row: sequences that are read one after the other in one run of the graph. */
export type Row = readonly Sequence[];

type RowShape = Pick<BatchShape, "tokens" | "picked">;

/**
 * Sequences packed into rows of at most `tokens`, of which `picked` are predicted, in an order that depends on the seed alone: shuffled, then taken
 * in groups, in each of which the longest go first and each goes into the fullest row that still holds it (best fit
 * decreasing). Groups keep the order random and the rows full.
 */
export function pack(sequences: readonly Sequence[], { tokens, picked }: RowShape, seed: number): Row[] {
  const random = seededRandom(seed);
  const shuffled = shuffle(sequences, random);
  const rows: Row[] = [];
  for (let start = 0; start < shuffled.length; start += groupSize) {
    const open: { sequences: Sequence[]; left: number; unpicked: number }[] = [];
    const group = shuffled.slice(start, start + groupSize).sort((a, b) => b.tokens.length - a.tokens.length);
    for (const sequence of group) {
      const { length } = sequence.tokens;
      let best: (typeof open)[number] | undefined;
      for (const row of open) {
        const fits = row.left >= length && row.unpicked >= predicted(sequence);
        if (fits && (best === undefined || row.left < best.left)) best = row;
      }
      if (best === undefined) {
        best = { sequences: [], left: tokens, unpicked: picked };
        open.push(best);
      }
      best.sequences.push(sequence);
      best.left -= length;
      best.unpicked -= predicted(sequence);
    }
    rows.push(...open.map((row) => row.sequences));
  }
  return shuffle(rows, random);
}

const groupSize = 256;

/** The sum of predicted tokens, or of all. */
export function predictedIn(rows: readonly Row[]): number {
  return rows.flat().reduce((sum, sequence) => sum + predicted(sequence), 0);
}

export function tokensIn(rows: readonly Row[]): number {
  return rows.flat().reduce((sum, { tokens }) => sum + tokens.length, 0);
}

type StepsOptions = { batch: RowShape; rowsPerStep: number; seed: number };

/** Rows of every step in order, epoch after epoch, without end; the same for the same seed wherever one begins. */
export class Steps {
  readonly #sequences: readonly Sequence[];
  readonly #options: StepsOptions;
  #epochs: Row[][][] = [];
  #startOf: number[] = [0];

  constructor(sequences: readonly Sequence[], options: StepsOptions) {
    this.#sequences = sequences;
    this.#options = options;
  }

  /** Steps in the first `epochs` times through the examples. */
  in(epochs: number): number {
    this.#pack(Math.ceil(epochs));
    const whole = this.#startOf[Math.floor(epochs)] ?? 0;
    const next = this.#epochs[Math.floor(epochs)]?.length ?? 0;
    return Math.max(1, whole + Math.round((epochs % 1) * next));
  }

  at(step: number): Row[] {
    while ((this.#startOf.at(-1) ?? 0) <= step) this.#pack(this.#epochs.length + 1);
    const epoch = this.#startOf.findLastIndex((start) => start <= step);
    return this.#epochs[epoch]?.[step - (this.#startOf[epoch] ?? 0)] ?? [];
  }

  #pack(epochs: number): void {
    const { batch, rowsPerStep, seed } = this.#options;
    while (this.#epochs.length < epochs) {
      const epoch = this.#epochs.length;
      const rows = pack(this.#sequences, batch, seed * 1_000_003 + epoch);
      const steps = Array.from({ length: Math.ceil(rows.length / rowsPerStep) }, (_, at) =>
        rows.slice(at * rowsPerStep, (at + 1) * rowsPerStep),
      );
      this.#epochs.push(steps);
      this.#startOf.push((this.#startOf[epoch] ?? 0) + steps.length);
    }
  }
}

/** Fisher and Yates. */
function shuffle<T>(items: readonly T[], random: () => number): T[] {
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
