/** Turns tokens (the engine's branded numbers) back into text. `before` are the tokens that came earlier. */
type Detokenize<T> = (tokens: readonly T[], before: readonly T[]) => string;

/** No character needs more byte tokens than this; what is still broken then is broken in the model's output. */
const maxPending = 8;

/**
 * Text from tokens as they come: a character that is split over several tokens is held back until it is whole, and
 * text that may be the beginning of a stop string until it is known not to be.
 */
export class TextStream<T> {
  readonly #detokenize: Detokenize<T>;
  readonly #stops: readonly string[];
  #before: T[] = [];
  #pending: T[] = [];
  #held = "";
  /** True when a stop string was met; the text before it was given out, the string itself is not. */
  stopped = false;

  constructor(detokenize: Detokenize<T>, stops: readonly string[]) {
    this.#detokenize = detokenize;
    this.#stops = stops.filter((stop) => stop !== "");
  }

  /** Takes a token; returns the text that can be given out now. */
  push(token: T): string {
    this.#pending.push(token);
    const text = this.#detokenize(this.#pending, this.#before);
    if (text.endsWith("\uFFFD") && this.#pending.length < maxPending) return "";
    this.#before = [...this.#before, ...this.#pending].slice(-maxPending);
    this.#pending = [];
    return this.#release(text);
  }

  /** What is still held back at the end. */
  end(): string {
    const rest = this.#pending.length === 0 ? "" : this.#detokenize(this.#pending, this.#before);
    this.#pending = [];
    const text = this.#release(rest) + (this.stopped ? "" : this.#held);
    this.#held = "";
    return text;
  }

  #release(text: string): string {
    if (this.stopped) return "";
    const all = this.#held + text;
    const found = this.#stops.map((stop) => all.indexOf(stop)).filter((index) => index >= 0);
    if (found.length > 0) {
      this.stopped = true;
      this.#held = "";
      return all.slice(0, Math.min(...found));
    }
    const keep = Math.max(0, ...this.#stops.map((stop) => overlap(all, stop)));
    this.#held = all.slice(all.length - keep);
    return all.slice(0, all.length - keep);
  }
}

/** Length of the longest suffix of `text` that is a proper prefix of `stop`. */
function overlap(text: string, stop: string): number {
  for (let length = Math.min(text.length, stop.length - 1); length > 0; length -= 1) {
    if (text.endsWith(stop.slice(0, length))) return length;
  }
  return 0;
}
