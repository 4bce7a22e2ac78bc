import type { Llama, LlamaContext, LlamaContextSequence, LlamaModel, Token } from "node-llama-cpp";
import { PawlError } from "#kernel";
import type { Priority } from "#schema";
import { Lane } from "./lane.ts";
import { allThreads } from "./threads.ts";

/**
 * The measure in which a known prefix is taken over. Attention rounds by the tiles of this many queries that a batch is
 * cut into; as every batch begins and ends at a multiple of it, whatever the batch's size, a prompt whose beginning is
 * known gets the same digits as one that is evaluated from its first token.
 */
export const chunkTokens = 64;
/**
 * Prompt tokens evaluated in one turn on the lane, by who asks. Tokens/s of a fresh prompt of 640 (2 quiet cores, Q8_0):
 * 441 with 64, 484 with 128, 507 with 256 and more. Background work keeps the lane for a shorter time.
 */
export const batchTokens: Record<Priority, number> = { interactive: 256, background: 64 };

/** One sequence of a context, with the last prompt that it evaluated. */
export type Slot = { sequence: LlamaContextSequence; prompt: Token[]; usedAt: number; busy: boolean };

export type SlotsOptions = {
  contextTokens: number;
  count: number;
  /** A GGUF file of LoRA weights: they are fixed when a context is made. */
  adapter: string | null;
};

/** One context of a model, with or without an adapter: sequences that requests take by turns. */
export class Slots {
  readonly #context: LlamaContext;
  readonly #slots: Slot[];
  readonly #lane: Lane;

  private constructor(context: LlamaContext, count: number) {
    this.#context = context;
    this.#lane = new Lane(count);
    this.#slots = Array.from({ length: count }, () => ({
      sequence: context.getSequence(),
      prompt: [],
      usedAt: 0,
      busy: false,
    }));
  }

  static async make(llama: Llama, model: LlamaModel, { contextTokens, count, adapter }: SlotsOptions): Promise<Slots> {
    llama.maxThreads = allThreads; // a context never uses more than are allowed when it is made
    const context = await model.createContext({
      contextSize: contextTokens,
      sequences: count,
      threads: allThreads,
      batchSize: batchTokens.interactive,
      // Of 900 tokens, 470 a second with it and 395 without; single tokens 36 and 40 (2 cores, Q8_0, AVX-512).
      flashAttention: true,
      ...(adapter === null ? {} : { lora: adapter }),
    });
    return new Slots(context, count);
  }

  /** Waits for a free slot; the request keeps it until `release` is called. */
  async enter(
    prompt: readonly Token[],
    priority: Priority,
    signal: AbortSignal,
  ): Promise<{ slot: Slot; release: () => void }> {
    const leave = await new Promise<() => void>((resolve, reject) => {
      const held = () => new Promise<void>((release) => resolve(release));
      this.#lane.run(priority, signal, held).catch(reject);
    });
    const slot = this.#choose(prompt);
    slot.busy = true;
    return {
      slot,
      release: () => {
        slot.busy = false;
        slot.usedAt = performance.now();
        leave();
      },
    };
  }

  async close(): Promise<void> {
    await this.#context.dispose();
  }

  /** The free slot that knows most of the prompt; among equals the one that was used longest ago. */
  #choose(prompt: readonly Token[]): Slot {
    const free = this.#slots.filter((slot) => !slot.busy);
    free.sort((a, b) => knownTokens(b.prompt, prompt) - knownTokens(a.prompt, prompt) || a.usedAt - b.usedAt);
    const [best] = free;
    if (best === undefined) throw new PawlError("internal", "The engine has no free sequence.");
    return best;
  }
}

/** Length of the common prefix in whole chunks, always leaving at least the prompt's last token to evaluate. */
export function knownTokens(known: readonly Token[], prompt: readonly Token[]): number {
  const limit = Math.min(known.length, prompt.length - 1);
  let common = 0;
  while (common < limit && known[common] === prompt[common]) common += 1;
  return Math.floor(common / chunkTokens) * chunkTokens;
}
