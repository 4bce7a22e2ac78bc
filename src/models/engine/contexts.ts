import type { Llama, LlamaModel } from "node-llama-cpp";
import { PawlError } from "#kernel";
import { adapterMisfit } from "../adapters.ts";
import { Slots } from "./slots.ts";

/** Contexts with an adapter that stay in memory (each has a key-value cache of its own). */
const maxAdapted = 2;

export type ContextsOptions = {
  /** The model's own file, which an adapter must fit. */
  modelPath: string;
  contextTokens: number;
  slots: number;
};

type Held = { slots: Promise<Slots>; users: number; usedAt: number };

/** The contexts of one model: one for the model as it is, one for each adapter in use. All share its weights. */
export class Contexts {
  readonly #llama: Llama;
  readonly #model: LlamaModel;
  readonly #options: ContextsOptions;
  /** By the adapter's file; null: none. */
  readonly #held = new Map<string | null, Held>();

  constructor(llama: Llama, model: LlamaModel, options: ContextsOptions) {
    this.#llama = llama;
    this.#model = model;
    this.#options = options;
  }

  /**
   * Runs `work` with the context for an adapter's file, or for none; it stays until `work` has ended.
   *
   * @throws PawlError `adapter-wrong-base`, `engine-unavailable` where a context cannot be made
   */
  async *use<Event, End>(
    adapter: string | null,
    work: (slots: Slots) => AsyncGenerator<Event, End>,
  ): AsyncGenerator<Event, End> {
    const held = this.#hold(adapter);
    held.users += 1;
    try {
      return yield* work(await held.slots);
    } finally {
      held.users -= 1;
      held.usedAt = performance.now();
      await this.#dropUnused();
    }
  }

  #hold(adapter: string | null): Held {
    const known = this.#held.get(adapter);
    if (known !== undefined) return known;
    const held: Held = { slots: this.#make(adapter), users: 0, usedAt: performance.now() };
    this.#held.set(adapter, held);
    held.slots.catch(() => this.#held.delete(adapter)); // the next request tries again
    return held;
  }

  async #make(adapter: string | null): Promise<Slots> {
    const { modelPath, contextTokens, slots: count } = this.#options;
    const misfit = adapter === null ? null : await adapterMisfit(adapter, modelPath);
    if (misfit !== null) throw misfit;
    try {
      return await Slots.make(this.#llama, this.#model, { contextTokens, count, adapter });
    } catch (error) {
      const of = adapter === null ? "the model" : "the adapter";
      throw new PawlError("engine-unavailable", `The engine could not make a context for ${of}.`, {
        hint: "Most likely memory is short.",
        cause: error,
        details: { contextTokens, adapter, reason: error instanceof Error ? error.message : "unknown" },
      });
    }
  }

  /** Where more adapters are in memory than stay, those leave that were not used for the longest time. */
  async #dropUnused(): Promise<void> {
    const adapted = [...this.#held].filter(([adapter]) => adapter !== null);
    const idle = adapted.filter(([, { users }]) => users === 0).sort(([, a], [, b]) => a.usedAt - b.usedAt);
    for (const [adapter, { slots }] of idle.slice(0, Math.max(0, adapted.length - maxAdapted))) {
      this.#held.delete(adapter);
      const made = await slots.catch(() => null); // what could not be made needs no closing
      await made?.close();
    }
  }
}
