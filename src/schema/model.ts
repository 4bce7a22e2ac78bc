import * as z from "zod";
import { Json } from "./text.ts";

export const ModelKind = z.enum(["app", "chat", "embed", "rerank", "classify", "read"]);
export type ModelKind = z.infer<typeof ModelKind>;

export const Role = z.enum(["system", "user", "assistant", "tool"]);
export const Message = z.object({ role: Role, content: z.string(), name: z.string().optional() });
export type Message = z.infer<typeof Message>;

const samplingFields = {
  temperature: z.number().min(0).max(2),
  topP: z.number().min(0).max(1),
  topK: z.int().min(0),
  minP: z.number().min(0).max(1),
  seed: z.int(),
  maxTokens: z.int().positive(),
  stop: z.array(z.string()).max(16),
  repeatPenalty: z.number().positive(),
};

/** How tokens are chosen, as far as somebody says so. */
export const SamplingOverride = z.object(samplingFields).partial();
export type SamplingOverride = z.infer<typeof SamplingOverride>;

/** How tokens are chosen. `temperature` 0 is greedy. */
export const Sampling = SamplingOverride.extend({
  temperature: samplingFields.temperature.default(0),
  maxTokens: samplingFields.maxTokens.default(256),
  stop: samplingFields.stop.default([]),
});
export type Sampling = z.infer<typeof Sampling>;

/** What the answer must look like. A schema is JSON Schema (draft 2020-12 subset that a grammar can hold). */
export const ResponseFormat = z.discriminatedUnion("type", [
  z.object({ type: z.literal("text") }),
  z.object({ type: z.literal("json_object") }),
  z.object({ type: z.literal("json_schema"), name: z.string().default("answer"), schema: z.record(z.string(), Json) }),
]);
export type ResponseFormat = z.infer<typeof ResponseFormat>;

export const Usage = z.object({
  inputTokens: z.int(),
  outputTokens: z.int(),
  /** Prompt tokens whose state was known from an earlier request. */
  cachedTokens: z.int().default(0),
});
export type Usage = z.infer<typeof Usage>;

export const FinishReason = z.enum(["stop", "length", "content-filter", "tool-calls", "cancelled"]);
export type FinishReason = z.infer<typeof FinishReason>;

/** One generated token with its natural-log probability and the most likely alternatives at its place. */
export const TokenLogprob = z.object({
  token: z.string(),
  logprob: z.number(),
  top: z.array(z.object({ token: z.string(), logprob: z.number() })),
});
export type TokenLogprob = z.infer<typeof TokenLogprob>;

/** Whether somebody waits for it, or it may wait for whoever does; a local model's work. */
export const Priority = z.enum(["interactive", "background"]);
export type Priority = z.infer<typeof Priority>;

/** What is asked of a chat model, whoever runs it. */
export const ChatRequest = z.object({
  /** `provider/model`, for example `local/smollm2-135m-instruct`. */
  model: z.string(),
  messages: z.array(Message).min(1),
  sampling: Sampling,
  format: ResponseFormat.default({ type: "text" }),
  /** Ask for log-probabilities, with this many alternatives for each token. */
  topLogprobs: z.int().min(0).max(20).optional(),
  /** sha256 of an adapter in the model store, to be used with the model. */
  adapter: z.string().optional(),
  priority: Priority.optional(),
});
export type ChatRequest = z.infer<typeof ChatRequest>;

export const ChatResponse = z.object({
  text: z.string(),
  finish: FinishReason,
  usage: Usage,
  logprobs: z.array(TokenLogprob).optional(),
  /** Milliseconds from the request to the first token. */
  firstTokenMs: z.number().optional(),
});
export type ChatResponse = z.infer<typeof ChatResponse>;

/** A model as `GET /v1/models` and `pawl models` show it. */
export const ModelInfo = z.object({
  id: z.string(),
  kind: ModelKind,
  provider: z.string(),
  description: z.string(),
  licence: z.string().nullable(),
  contextTokens: z.int().nullable(),
  dimensions: z.int().nullable(),
  sizeBytes: z.int().nullable(),
  sha256: z.string().nullable(),
  state: z.enum(["ready", "not-downloaded", "key-missing", "offered"]),
});
export type ModelInfo = z.infer<typeof ModelInfo>;

/**
 * The way to models that higher rooms use; `gateway` makes one.
 * `version` names what would answer (a sha256 for a local file), so that a step can be identified.
 */
export type Models = {
  chat(
    request: ChatRequest,
    options: { signal: AbortSignal; onDelta?: (text: string) => Promise<void> },
  ): Promise<ChatResponse>;
  /** One unit vector for each text. `purpose` decides about the query prefix. */
  embed(request: EmbedRequest, options: { signal: AbortSignal }): Promise<EmbedResponse>;
  /** The spans of passages that answer a question; only a reader can. Throws `model-kind-wrong`. */
  read(request: ReadRequest, options: { signal: AbortSignal } & OnSpans): Promise<ReadResponse>;
  /** What a model is now; throws `model-unknown`, `provider-unknown`. */
  describe(model: string): Promise<{ id: string; kind: ModelKind; version: string; contextTokens: number | null }>;
  /** Tokens of a text as the model counts them. */
  countTokens(model: string, texts: readonly string[], options: { signal: AbortSignal }): Promise<number[]>;
};

export type EmbedRequest = {
  model: string;
  texts: readonly string[];
  purpose: "query" | "passage";
  /** Overrides of what the catalog says, from the knowledge settings. */
  queryPrefix?: string | null;
  pooling?: "cls" | "mean" | null;
  /** Background work waits for interactive work on the engine's compute lane. */
  priority?: Priority;
};
export type EmbedResponse = { vectors: Float32Array[]; dimensions: number; inputTokens: number };

/** What is asked of a reader: which words of the passages answer the question. */
export type ReadRequest = {
  model: string;
  question: string;
  passages: readonly string[];
  priority?: Priority;
};
/**
 * Characters [start, end) of a passage that answer, the best of each passage, most supported first. `support` is the
 * probability that they do, 0.5 where it is as likely that nothing in the passages answers.
 */
export const ReadSpan = z.object({ passage: z.int(), start: z.int(), end: z.int(), support: z.number() });
export type ReadSpan = z.infer<typeof ReadSpan>;
/** What is found in the first passages while the others are being read; it may still be outdone. */
export type OnSpans = { onSpans?: (spans: ReadSpan[]) => Promise<void> };
/** `others`: the next best spans of any passage, as many as may be asked about. */
export type ReadResponse = { spans: ReadSpan[]; others: ReadSpan[]; inputTokens: number };
