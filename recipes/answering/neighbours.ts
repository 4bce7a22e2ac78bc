import { words } from "./facts.ts";

/** BM25 (k1 1.2, b 0.75) over the passages of one source: which of them look as if they answered a question. */
export class Neighbours {
  readonly #postings = new Map<string, { passage: number; count: number }[]>();
  readonly #lengths: number[];
  readonly #mean: number;

  readonly passages: readonly string[];

  constructor(passages: readonly string[]) {
    this.passages = passages;
    this.#lengths = passages.map((text, passage) => {
      const counts = new Map<string, number>();
      const all = words(text).map(stem);
      for (const word of all) counts.set(word, (counts.get(word) ?? 0) + 1);
      for (const [word, count] of counts) {
        const list = this.#postings.get(word) ?? [];
        list.push({ passage, count });
        this.#postings.set(word, list);
      }
      return all.length;
    });
    this.#mean = this.#lengths.reduce((sum, length) => sum + length, 0) / Math.max(1, passages.length);
  }

  /** How much a word tells: the logarithm of how few passages hold it. */
  weight(word: string): number {
    const holders = this.#postings.get(stem(word))?.length ?? 0;
    return Math.log(1 + (this.passages.length - holders + 0.5) / (holders + 0.5));
  }

  /** The passages that share words with the question, best first. */
  near(question: string, count: number): string[] {
    const scores = new Map<number, number>();
    for (const word of new Set(words(question))) {
      const weight = this.weight(word);
      for (const { passage, count } of this.#postings.get(stem(word)) ?? []) {
        const length = 1.2 * (1 - 0.75 + (0.75 * this.#lengths[passage]!) / this.#mean);
        scores.set(passage, (scores.get(passage) ?? 0) + (weight * count * 2.2) / (count + length));
      }
    }
    return [...scores]
      .sort((a, b) => b[1] - a[1])
      .slice(0, count)
      .map(([passage]) => this.passages[passage]!);
  }
}

/** Words that begin alike count as one: enough to see that two passages speak of the same. */
export function stem(word: string): string {
  return word.length > 5 ? word.slice(0, 5) : word;
}
