import type { Priority } from "#schema";

/**
 * The compute lane: a fixed number of holders at a time, interactive before background, first come first served
 * within each. Cores shared by two native computations are many times slower than cores used in turn.
 */
export class Lane {
  readonly #waiting: Record<Priority, (() => void)[]> = { interactive: [], background: [] };
  #free: number;

  constructor(holders = 1) {
    this.#free = holders;
  }

  /** Runs `work` when it is its turn. Throws the signal's reason when it is aborted while it waits. */
  async run<T>(priority: Priority, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    await this.#enter(priority, signal);
    try {
      return await work();
    } finally {
      this.#leave();
    }
  }

  #enter(priority: Priority, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#free > 0) {
      this.#free -= 1;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const queue = this.#waiting[priority];
      const turn = () => {
        signal.removeEventListener("abort", abandon);
        resolve();
      };
      const abandon = () => {
        queue.splice(queue.indexOf(turn), 1);
        reject(signal.reason);
      };
      signal.addEventListener("abort", abandon, { once: true });
      queue.push(turn);
    });
  }

  #leave(): void {
    const next = this.#waiting.interactive.shift() ?? this.#waiting.background.shift();
    if (next === undefined) this.#free += 1;
    else next();
  }
}
