import { availableParallelism } from "node:os";

const cores = Math.min(16, availableParallelism());

/** Single tokens are bound by memory: more threads than this are slower. */
export const decodeThreads = Math.max(1, Math.min(8, Math.floor(cores / 2)));

/** All cores: what prompts, bound by arithmetic, use on a machine that does nothing else. */
export const allThreads = cores;

const firstPauseMs = 30_000;
const longestPauseMs = 600_000;

/** Less of its cores than this, and another program uses them as well. */
const ownShare = 0.85;

/**
 * How many threads evaluate a prompt. llama.cpp's threads wait for each other by spinning, so on cores that other
 * programs use as well, many threads are far slower than few (measured on 2 busy cores: 19 tokens/s with two, 70 with
 * one). A thread that spins uses its core without a pause: where all of them together got clearly less processor time
 * than there was, the cores are shared, and few are used until a pause is over, which doubles each time.
 */
export class PromptThreads {
  readonly #all: number;
  readonly #few: number;
  #notBeforeMs = 0;
  #pauseMs = firstPauseMs;

  constructor(all = allThreads, few = decodeThreads) {
    this.#all = all;
    this.#few = few;
  }

  /** `load` is the system's load average; where it says that the cores are taken (never on Windows), none is tried. */
  choose(nowMs: number, load = 0): number {
    return load > this.#all * 1.5 || nowMs < this.#notBeforeMs ? this.#few : this.#all;
  }

  /** A batch took `ms` with `threads`, and `cpuMs` of this process's processor time. */
  record({ threads, ms, cpuMs, nowMs }: { threads: number; ms: number; cpuMs: number; nowMs: number }): void {
    if (threads === this.#few) return;
    if (cpuMs < ms * threads * ownShare) {
      this.#notBeforeMs = nowMs + this.#pauseMs;
      this.#pauseMs = Math.min(longestPauseMs, this.#pauseMs * 2);
    } else {
      this.#pauseMs = firstPauseMs;
    }
  }
}
