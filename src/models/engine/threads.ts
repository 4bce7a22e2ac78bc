import { availableParallelism } from "node:os";

const cores = Math.min(16, availableParallelism());

/** Single tokens are bound by memory: more threads than this are slower. */
export const decodeThreads = Math.max(1, Math.min(8, Math.floor(cores / 2)));

/** All cores: what prompts, bound by arithmetic, use on a machine that does nothing else. */
export const allThreads = cores;

const firstPauseMs = 30_000;
const longestPauseMs = 600_000;

/**
 * How many threads evaluate a prompt. llama.cpp's threads wait for each other by spinning, so on cores that other
 * programs use as well, many threads are far slower than few (measured on 2 busy cores: 19 tokens/s with two, 70 with
 * one). So each chunk is timed: all cores are used while they are quicker than few were, and where they are not they
 * are tried again after a pause that doubles.
 */
export class PromptThreads {
  readonly #all: number;
  readonly #few: number;
  #fewMsPerToken: number | undefined;
  #notBeforeMs = 0;
  #pauseMs = firstPauseMs;

  constructor(all = allThreads, few = decodeThreads) {
    this.#all = all;
    this.#few = few;
  }

  /** `load` is the system's load average; where it says that the cores are taken (never on Windows), none is tried. */
  choose(nowMs: number, load = 0): number {
    const isTaken = load > this.#all * 1.5;
    return isTaken || this.#fewMsPerToken === undefined || nowMs < this.#notBeforeMs ? this.#few : this.#all;
  }

  /** A chunk of `tokens` took `ms` with `threads`. */
  record(threads: number, tokens: number, ms: number, nowMs: number): void {
    const msPerToken = ms / tokens;
    if (threads === this.#few) {
      this.#fewMsPerToken = msPerToken;
    } else if (this.#fewMsPerToken !== undefined && msPerToken > this.#fewMsPerToken) {
      this.#notBeforeMs = nowMs + this.#pauseMs;
      this.#pauseMs = Math.min(longestPauseMs, this.#pauseMs * 2);
    } else {
      this.#pauseMs = firstPauseMs;
    }
  }
}
