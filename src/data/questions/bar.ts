/** The share of the written questions that is likely enough, by the mean log-probability of their tokens. */
const likeliest = 0.25;
/** Before so many were written the bar is the usual one; it never leaves these bounds. */
const enoughSeen = 40;
const [lowestBar, usualBar, highestBar] = [-0.5, -0.42, -0.35];

/**
 * How likely a question's words must be. A writer finds the words of documents like those that it learned from likelier, good
 * questions and bad ones, so what counts is which of its questions over these documents are the likeliest.
 */
export class Bar {
  readonly #seen: number[] = [];

  saw(likelihood: number | null): void {
    if (likelihood !== null) this.#seen.push(likelihood);
  }

  /** A mean log-probability. */
  value(): number {
    if (this.#seen.length < enoughSeen) return usualBar;
    const at = [...this.#seen].sort((a, b) => b - a)[Math.floor(likeliest * this.#seen.length)] ?? usualBar;
    return Math.min(highestBar, Math.max(lowestBar, at));
  }
}
