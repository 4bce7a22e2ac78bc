import type { WrittenQuestion } from "#schema";
import { nearlySame } from "../near.ts";
import { normalText } from "../normal.ts";
import type { Attempt, Source, Written } from "./write.ts";

/** A question that form and the way back allow, and whose words were too unlikely while others were to be had. */
export const ofUnlikelyWords = "of unlikely words";

/** What is kept so far, and why the rest is not. */
export class Collected {
  written = 0;
  #answerable: Attempt[] = [];
  #unanswerable: WrittenQuestion[] = [];
  readonly #faults = new Map<string, number>();
  readonly #documents: Map<string, { path: string; written: number }>;
  readonly #wanted: { answerable: number; unanswerable: number };
  readonly #answersNowhere: (question: WrittenQuestion) => Promise<boolean>;

  /** @param answersNowhere whether nothing answers a question where its place is left out */
  constructor(
    sources: readonly Source[],
    wanted: { answerable: number; unanswerable: number },
    answersNowhere: (question: WrittenQuestion) => Promise<boolean>,
  ) {
    this.#answersNowhere = answersNowhere;
    this.#documents = new Map(sources.map(({ documentId, path }) => [documentId, { path, written: 0 }]));
    this.#wanted = wanted;
  }

  kept(): number {
    return this.#answerable.length + this.#unanswerable.length;
  }

  isOpen(): boolean {
    return this.kept() < this.#wanted.answerable + this.#wanted.unanswerable;
  }

  /** Takes the best of a passage's questions, if any is good and new. */
  async add(attempts: readonly Attempt[]): Promise<void> {
    this.written += attempts.length;
    for (const { documentId } of attempts) {
      const document = this.#documents.get(documentId);
      if (document) document.written += 1;
    }
    await this.#take(attempts);
  }

  /** Takes a question that was put aside before, or says what else is wrong with it. */
  async reconsider(attempt: Attempt): Promise<void> {
    this.#count(ofUnlikelyWords, -1);
    await this.#take([attempt]);
  }

  async #take(attempts: readonly Attempt[]): Promise<void> {
    const good = attempts.filter(({ fault }) => fault === null).sort((a, b) => goodness(b) - goodness(a));
    const isNew = (one: Attempt) => {
      const all = [...this.#answerable, ...this.#unanswerable, one].map(({ question }) => normalText(question));
      return !nearlySame(all, 0.7).some((bunch) => bunch.includes(all.length - 1));
    };
    const best = good.find(isNew);
    for (const { fault } of attempts) if (fault !== null) this.#count(fault);
    for (const one of good)
      if (one !== best)
        this.#count(best === undefined ? "nearly the same as another" : "another of its passage was kept");
    if (best === undefined) return;
    const { fault: _, likelihood: __, ...question } = best;
    if (this.#answerable.length < this.#wanted.answerable && !this.#isTurnOfUnanswerable()) this.#answerable.push(best);
    else if (await this.#answersNowhere(question)) this.#unanswerable.push({ ...question, answer: null });
    else if (this.#answerable.length < this.#wanted.answerable) this.#answerable.push(best);
    else this.#count("answered elsewhere too");
  }

  result(): Written {
    const questions = [
      ...this.#answerable.map(({ fault: _, likelihood: __, ...question }) => question),
      ...this.#unanswerable,
    ];
    const keptOf = (id: string) => questions.filter(({ documentId }) => documentId === id).length;
    return {
      written: this.written,
      kept: questions.length,
      questions,
      documents: [...this.#documents].map(([id, document]) => ({ id, ...document, kept: keptOf(id) })),
      faults: [...this.#faults]
        .map(([fault, count]) => ({ fault, count }))
        .filter(({ count }) => count > 0)
        .sort((a, b) => b.count - a.count),
    };
  }

  /** Questions without an answer are taken all along, so that they are of all documents too. */
  #isTurnOfUnanswerable(): boolean {
    const { answerable, unanswerable } = this.#wanted;
    return this.#unanswerable.length < Math.floor((this.#answerable.length * unanswerable) / Math.max(1, answerable));
  }

  #count(fault: string, by = 1): void {
    this.#faults.set(fault, (this.#faults.get(fault) ?? 0) + by);
  }
}

/** Of a passage's questions the likeliest is kept; of models that do not tell, the one that the reader is surest of. */
function goodness({ likelihood, support }: Attempt): number {
  return likelihood ?? support;
}
