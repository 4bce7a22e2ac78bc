import { loadavg } from "node:os";
import type { Llama, LlamaModel, Token } from "node-llama-cpp";
import { PawlError } from "#kernel";
import type { FinishReason, Priority, Sampling, TokenLogprob, Usage } from "#schema";
import type { TemplateMessage } from "../template.ts";
import { Contexts } from "./contexts.ts";
import { createGrammarState, type Format } from "./grammar.ts";
import type { Lane } from "./lane.ts";
import { batchTokens, chunkTokens, knownTokens, type Slot, type Slots } from "./slots.ts";
import { TextStream } from "./text-stream.ts";
import { decodeThreads, PromptThreads } from "./threads.ts";
import { ChatTokens } from "./tokens.ts";

export type ChatJob = {
  messages: readonly TemplateMessage[];
  sampling: Sampling;
  format: Format;
  topLogprobs: number | undefined;
  priority: Priority;
  /** The file of a LoRA adapter to be used, or none. */
  adapter: string | null;
};

export type ChatEvent = { text: string; logprobs: TokenLogprob[] };
export type ChatEnd = { finish: FinishReason; usage: Usage };

/** The engine's JSON grammars allow line breaks after the value (after a number, too); a small model would write them to the end. */
const grammarEnd = "\n\n\n\n";
/** A repeat penalty looks back over this many tokens, as llama.cpp's default does. */
const penalisedTokens = 64;

/** One loaded chat model; each sequence of its contexts keeps the last prompt it evaluated. */
export class ChatModel {
  readonly #llama: Llama;
  readonly #model: LlamaModel;
  readonly #tokens: ChatTokens;
  readonly #contexts: Contexts;
  readonly #promptThreads = new PromptThreads();
  readonly contextTokens: number;

  private constructor(llama: Llama, model: LlamaModel, contexts: Contexts, contextTokens: number) {
    this.#llama = llama;
    this.#model = model;
    this.#contexts = contexts;
    this.contextTokens = contextTokens;
    this.#tokens = new ChatTokens(model);
  }

  static async load(llama: Llama, path: string, options: { contextTokens: number; slots: number }): Promise<ChatModel> {
    const model = await llama.loadModel({ modelPath: path });
    const contextTokens = Math.min(options.contextTokens, model.trainContextSize);
    const contexts = new Contexts(llama, model, { ...options, modelPath: path, contextTokens });
    return new ChatModel(llama, model, contexts, contextTokens);
  }

  async close(): Promise<void> {
    await this.#model.dispose();
  }

  countTokens(text: string): number {
    return this.#model.tokenize(text, false).length;
  }

  /** Answers; yields text as it comes and returns how it ended. Throws `context-overflow`, `adapter-wrong-base`, or the signal's reason. */
  async *chat(job: ChatJob, lane: Lane, signal: AbortSignal): AsyncGenerator<ChatEvent, ChatEnd> {
    const prompt = this.#tokens.prompt(job.messages);
    if (prompt.length >= this.contextTokens) {
      throw new PawlError(
        "context-overflow",
        `The prompt has ${prompt.length} tokens; the model holds ${this.contextTokens} with its answer.`,
        {
          hint: "Give it fewer or shorter passages, a shorter conversation, or a model with a longer context.",
          details: { promptTokens: prompt.length, contextTokens: this.contextTokens },
        },
      );
    }
    return yield* this.#contexts.use(job.adapter, (slots) => this.#take(slots, prompt, job, lane, signal));
  }

  async *#take(
    slots: Slots,
    prompt: Token[],
    job: ChatJob,
    lane: Lane,
    signal: AbortSignal,
  ): AsyncGenerator<ChatEvent, ChatEnd> {
    const { slot, release } = await slots.enter(prompt, job.priority, signal);
    try {
      return yield* this.#generate(slot, prompt, job, lane, signal);
    } finally {
      release();
    }
  }

  async *#generate(
    slot: Slot,
    prompt: Token[],
    job: ChatJob,
    lane: Lane,
    signal: AbortSignal,
  ): AsyncGenerator<ChatEvent, ChatEnd> {
    const cachedTokens = await this.#prefill(slot, prompt, job.priority, lane, signal);
    const recent = prompt.slice(-penalisedTokens);
    // Attention of a single query is shared out by thread, and rounds by it: it always has the same number of threads.
    const isSingle = prompt.length - slot.sequence.nextTokenIndex === 1;
    const steps = await this.#sample(slot, prompt, job, recent);
    const detokenize = (pending: readonly Token[], before: readonly Token[]) =>
      this.#model.detokenize(pending, false, before);
    const stops = job.format.type === "text" ? job.sampling.stop : [...job.sampling.stop, grammarEnd];
    const stream = new TextStream<Token>(detokenize, stops);
    const maxTokens = Math.min(job.sampling.maxTokens, this.contextTokens - prompt.length);
    let outputTokens = 0;
    let finish: FinishReason = "length";
    let held: TokenLogprob[] = [];
    let said = "";
    let isWhole = false;
    try {
      while (outputTokens < maxTokens) {
        const next = await lane.run(job.priority, signal, () => {
          this.#llama.maxThreads =
            outputTokens === 0 && !isSingle
              ? this.#promptThreads.choose(performance.now(), loadavg()[0])
              : decodeThreads;
          return steps.next();
        });
        slot.prompt = prompt; // its last token was evaluated with the first step
        if (next.done) {
          finish = "stop";
          break;
        }
        outputTokens += 1;
        const { token, probabilities } = next.value;
        recent.push(token);
        if (job.topLogprobs !== undefined && probabilities !== undefined) {
          held.push(this.#logprob(token, probabilities, job.topLogprobs));
        }
        const text = stream.push(token);
        if (text !== "") {
          yield { text, logprobs: held };
          held = [];
        }
        said += text;
        isWhole = job.format.type !== "text" && isWholeJson(said);
        if (stream.stopped || isWhole) {
          finish = "stop";
          break;
        }
        signal.throwIfAborted();
      }
    } finally {
      await steps.return();
    }
    const rest = isWhole ? "" : stream.end();
    if (rest !== "" || held.length > 0) yield { text: rest, logprobs: held };
    return { finish, usage: { inputTokens: prompt.length, outputTokens, cachedTokens } };
  }

  async #sample(
    slot: Slot,
    prompt: readonly Token[],
    { sampling, format, topLogprobs }: ChatJob,
    recent: readonly Token[],
  ): Promise<AsyncGenerator<{ token: Token; probabilities?: Map<Token, number> }, void, void>> {
    const grammar = await createGrammarState(this.#llama, this.#model, format);
    const penalty = sampling.repeatPenalty;
    const options = {
      temperature: sampling.temperature,
      ...(sampling.topK === undefined ? {} : { topK: sampling.topK }),
      ...(sampling.topP === undefined ? {} : { topP: sampling.topP }),
      ...(sampling.minP === undefined ? {} : { minP: sampling.minP }),
      ...(sampling.seed === undefined ? {} : { seed: sampling.seed }),
      ...(grammar === undefined ? {} : { grammarEvaluationState: grammar }),
      ...(penalty === undefined || penalty === 1
        ? {}
        : {
            repeatPenalty: {
              penalty,
              punishTokens: () => recent.slice(-penalisedTokens),
              maxPunishTokens: penalisedTokens,
            },
          }),
    };
    const rest = prompt.slice(slot.sequence.nextTokenIndex);
    return topLogprobs === undefined
      ? slot.sequence.evaluateWithMetadata(rest, {}, options)
      : slot.sequence.evaluateWithMetadata(rest, { probabilities: true }, options);
  }

  /** Evaluates the prompt but for what its last chunk leaves to the first sampling step; returns the tokens taken over. */
  async #prefill(slot: Slot, prompt: Token[], priority: Priority, lane: Lane, signal: AbortSignal): Promise<number> {
    const known = knownTokens(slot.prompt, prompt);
    slot.prompt = prompt.slice(0, known);
    const { sequence } = slot;
    if (known < sequence.nextTokenIndex) {
      await lane.run(priority, signal, () =>
        sequence.eraseContextTokenRanges([{ start: known, end: sequence.nextTokenIndex }]),
      );
    }
    while (prompt.length - sequence.nextTokenIndex > chunkTokens) {
      const start = sequence.nextTokenIndex;
      const whole = Math.floor((prompt.length - 1) / chunkTokens) * chunkTokens;
      const end = Math.min(whole, start + batchTokens[priority]);
      await lane.run(priority, signal, async () => {
        const startMs = performance.now();
        const before = process.cpuUsage();
        const threads = this.#promptThreads.choose(startMs, loadavg()[0]);
        this.#llama.maxThreads = threads;
        await sequence.evaluateWithoutGeneratingNewTokens(prompt.slice(start, end));
        const nowMs = performance.now();
        const { user, system } = process.cpuUsage(before);
        this.#promptThreads.record({ threads, ms: nowMs - startMs, cpuMs: (user + system) / 1000, nowMs });
      });
      slot.prompt = prompt.slice(0, end);
    }
    return known;
  }

  #logprob(token: Token, probabilities: Map<Token, number>, count: number): TokenLogprob {
    const top: TokenLogprob["top"] = [];
    for (const [candidate, probability] of probabilities) {
      if (top.length >= count) break;
      top.push({ token: this.#text(candidate), logprob: Math.log(probability) });
    }
    return { token: this.#text(token), logprob: Math.log(probabilities.get(token) ?? 0), top };
  }

  #text(token: Token): string {
    return this.#model.detokenize([token], true);
  }
}

/** True when nothing but white space can follow. A number may go on, so it is never known to be whole. */
function isWholeJson(text: string): boolean {
  const value = text.trim();
  if (!/^(\{.*\}|\[.*\]|".+")$/s.test(value)) return false;
  try {
    JSON.parse(value);
    return true;
  } catch {
    return false;
  }
}
