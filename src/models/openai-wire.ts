import { createParser } from "eventsource-parser";
import * as z from "zod";
import { asPawlError, PawlError } from "#kernel";
import {
  type ChatRequest,
  type ChatResponse,
  type EmbedRequest,
  type EmbedResponse,
  type FinishReason,
  type OnSpans,
  type ReadRequest,
  type ReadResponse,
  ReadSpan,
  type TokenLogprob,
} from "#schema";
import { type Asked, adapterRefused, broken, refusal, timeout, unreachable } from "./provider-errors.ts";

/** A server that speaks OpenAI's protocol: the local engine, another pawl, vLLM, llama-server, Ollama. */
export type Endpoint = Asked & {
  /** Up to and with `/v1`. */
  baseURL: string;
  headers: Readonly<Record<string, string>>;
  /** Longest silence, before the first byte and between two. */
  silenceMs: number;
  /** pawl's own engine: takes the fields that OpenAI's protocol does not have. */
  isEngine: boolean;
};

type CallOptions = { signal: AbortSignal };

const Logprobs = z
  .object({
    content: z
      .array(
        z.object({
          token: z.string(),
          logprob: z.number().nullable(),
          top_logprobs: z.array(z.object({ token: z.string(), logprob: z.number().nullable() })).default([]),
        }),
      )
      .nullish(),
  })
  .nullish();

const Chunk = z.object({
  choices: z
    .array(
      z.object({
        delta: z.object({ content: z.string().nullish() }).default({}),
        finish_reason: z.string().nullish(),
        logprobs: Logprobs,
      }),
    )
    .default([]),
  usage: z
    .object({
      prompt_tokens: z.number().default(0),
      completion_tokens: z.number().default(0),
      prompt_tokens_details: z.object({ cached_tokens: z.number().nullish() }).nullish(),
    })
    .nullish(),
});

const Embeddings = z.object({
  data: z.array(z.object({ index: z.int(), embedding: z.union([z.string(), z.array(z.number())]) })),
  usage: z.object({ prompt_tokens: z.number().default(0) }).nullish(),
});

/** One chat answer, streamed. `onDelta` is awaited: a slow reader slows the model, no buffer grows. */
export async function wireChat(
  endpoint: Endpoint,
  model: string,
  request: ChatRequest,
  options: CallOptions & { onDelta?: (text: string) => Promise<void> },
): Promise<ChatResponse> {
  const startMs = performance.now();
  let firstTokenMs: number | undefined;
  let text = "";
  let finish: FinishReason | undefined;
  const usage = { inputTokens: 0, outputTokens: 0, cachedTokens: 0 };
  const logprobs: TokenLogprob[] = [];
  for await (const data of stream(endpoint, "/chat/completions", chatBody(endpoint, model, request), options.signal)) {
    const chunk = Chunk.parse(data);
    for (const choice of chunk.choices.slice(0, 1)) {
      const delta = choice.delta.content ?? "";
      if (delta !== "") {
        firstTokenMs ??= performance.now() - startMs;
        text += delta;
        await options.onDelta?.(delta);
      }
      for (const { token, logprob, top_logprobs: top } of choice.logprobs?.content ?? []) {
        logprobs.push({
          token,
          logprob: finite(logprob),
          top: top.map((t) => ({ token: t.token, logprob: finite(t.logprob) })),
        });
      }
      if (choice.finish_reason) finish = finishReason(choice.finish_reason);
    }
    if (chunk.usage) {
      usage.inputTokens = chunk.usage.prompt_tokens;
      usage.outputTokens = chunk.usage.completion_tokens;
      usage.cachedTokens = chunk.usage.prompt_tokens_details?.cached_tokens ?? 0;
    }
  }
  if (finish === undefined) throw broken(endpoint, undefined);
  return {
    text,
    finish,
    usage,
    ...(request.topLogprobs === undefined ? {} : { logprobs }),
    ...(firstTokenMs === undefined ? {} : { firstTokenMs }),
  };
}

/** One vector per text, of unit length whatever the server gives. */
export async function wireEmbed(
  endpoint: Endpoint,
  model: string,
  request: EmbedRequest,
  options: CallOptions,
): Promise<EmbedResponse> {
  if (request.texts.length === 0) return { vectors: [], dimensions: 0, inputTokens: 0 };
  const prefix = request.purpose === "query" ? (request.queryPrefix ?? "") : "";
  const body = endpoint.isEngine
    ? {
        model,
        input: request.texts,
        encoding_format: "base64",
        purpose: request.purpose,
        query_prefix: request.queryPrefix ?? null,
        pooling: request.pooling ?? null,
        priority: request.priority ?? "interactive",
      }
    : { model, input: request.texts.map((text) => prefix + text), encoding_format: "float" };
  const answer = Embeddings.parse(await json(endpoint, "/embeddings", body, options.signal));
  const vectors = new Array<Float32Array>(request.texts.length);
  for (const { index, embedding } of answer.data) vectors[index] = unit(floats(embedding));
  if (answer.data.length !== request.texts.length) throw broken(endpoint, undefined);
  return { vectors, dimensions: vectors[0]?.length ?? 0, inputTokens: answer.usage?.prompt_tokens ?? 0 };
}

const Reading = z.union([
  z.object({ spans: z.array(ReadSpan), others: z.array(ReadSpan), inputTokens: z.int() }),
  z.object({ spans: z.array(ReadSpan) }), // while it reads on
]);

/** The spans that answer a question; only pawl's engine can be asked. `onSpans` is awaited. */
export async function wireRead(
  endpoint: Endpoint,
  model: string,
  { question, passages, priority = "interactive" }: ReadRequest,
  options: CallOptions & OnSpans,
): Promise<ReadResponse> {
  if (passages.length === 0) return { spans: [], others: [], inputTokens: 0 };
  let answer: ReadResponse | undefined;
  for await (const data of stream(endpoint, "/read", { model, question, passages, priority }, options.signal)) {
    const told = Reading.parse(data);
    if ("inputTokens" in told) answer = told;
    else await options.onSpans?.(told.spans);
  }
  if (answer === undefined) throw broken(endpoint, undefined);
  return answer;
}

/** Tokens of each text; only pawl's engine can be asked. */
export async function wireCount(endpoint: Endpoint, model: string, texts: readonly string[], options: CallOptions) {
  const root: Endpoint = { ...endpoint, baseURL: endpoint.baseURL.replace(/\/v1$/, "") };
  const answer = await json(root, "/tokenize", { model, texts }, options.signal);
  return z.object({ counts: z.array(z.int()) }).parse(answer).counts;
}

/** The ids of the models a server offers. */
export async function wireModels(endpoint: Endpoint, options: CallOptions): Promise<string[]> {
  const response = await call(endpoint, "/models", { method: "GET" }, options.signal);
  const answer = z.object({ data: z.array(z.object({ id: z.string() })) }).parse(await response.response.json());
  response.done();
  return answer.data.map(({ id }) => id);
}

function chatBody(endpoint: Endpoint, model: string, request: ChatRequest): Record<string, unknown> {
  const { sampling, format } = request;
  if (request.adapter !== undefined && !endpoint.isEngine) throw adapterRefused(endpoint.name);
  return {
    model,
    messages: request.messages,
    stream: true,
    stream_options: { include_usage: true },
    temperature: sampling.temperature,
    max_tokens: sampling.maxTokens,
    ...(sampling.topP === undefined ? {} : { top_p: sampling.topP }),
    ...(sampling.seed === undefined ? {} : { seed: sampling.seed }),
    ...(sampling.stop.length === 0 ? {} : { stop: sampling.stop }),
    ...(request.topLogprobs === undefined ? {} : { logprobs: true, top_logprobs: request.topLogprobs }),
    ...(format.type === "text" ? {} : { response_format: responseFormat(format) }),
    ...(endpoint.isEngine
      ? {
          priority: request.priority ?? "interactive",
          top_k: sampling.topK,
          min_p: sampling.minP,
          repeat_penalty: sampling.repeatPenalty,
          pawl_adapter: request.adapter,
        }
      : {}),
  };
}

function responseFormat(format: Exclude<ChatRequest["format"], { type: "text" }>) {
  if (format.type === "json_object") return { type: "json_object" };
  return { type: "json_schema", json_schema: { name: format.name, schema: format.schema, strict: true } };
}

async function json(endpoint: Endpoint, path: string, body: unknown, signal: AbortSignal): Promise<unknown> {
  const answer = await call(endpoint, path, { method: "POST", body }, signal);
  try {
    return await answer.response.json();
  } catch (error) {
    throw answer.explain(error);
  } finally {
    answer.done();
  }
}

/** The data of each server-sent event, parsed. Throws what an event reports as an error. */
async function* stream(endpoint: Endpoint, path: string, body: unknown, signal: AbortSignal): AsyncGenerator<unknown> {
  const answer = await call(endpoint, path, { method: "POST", body }, signal);
  const events: string[] = [];
  const parser = createParser({ onEvent: ({ data }) => events.push(data) });
  const decoder = new TextDecoder();
  let isEnded = false;
  try {
    if (answer.response.body === null) throw broken(endpoint, undefined);
    for await (const bytes of answer.response.body) {
      answer.heard();
      parser.feed(decoder.decode(bytes, { stream: true }));
      for (const data of events.splice(0)) {
        if (data === "[DONE]") isEnded = true;
        else yield checked(endpoint, data);
      }
      if (isEnded) return;
    }
  } catch (error) {
    throw answer.explain(error);
  } finally {
    answer.done();
  }
}

function checked(endpoint: Endpoint, data: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch (error) {
    throw broken(endpoint, error);
  }
  if (typeof value === "object" && value !== null && "error" in value && value.error) {
    throw refusal(endpoint, 500, data, new Headers());
  }
  return value;
}

type Answer = {
  response: Response;
  /** A byte came: the time-out starts again. */
  heard(): void;
  done(): void;
  explain(error: unknown): PawlError;
};

async function call(
  endpoint: Endpoint,
  path: string,
  request: { method: string; body?: unknown },
  signal: AbortSignal,
): Promise<Answer> {
  const silence = new AbortController();
  const arm = () => setTimeout(() => silence.abort(), endpoint.silenceMs);
  let timer = arm();
  let started = false;
  const explain = (error: unknown): PawlError => {
    clearTimeout(timer);
    if (error instanceof PawlError) return error;
    if (signal.aborted) return asPawlError(signal.reason);
    if (silence.signal.aborted) return timeout(endpoint, endpoint.silenceMs);
    return started ? broken(endpoint, error) : unreachable(endpoint, error);
  };
  try {
    const response = await fetch(`${endpoint.baseURL}${path}`, {
      method: request.method,
      headers: { "content-type": "application/json", ...endpoint.headers },
      ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
      signal: AbortSignal.any([signal, silence.signal]),
    });
    started = true;
    if (!response.ok) throw refusal(endpoint, response.status, await response.text(), response.headers);
    return {
      response,
      heard: () => {
        clearTimeout(timer);
        timer = arm();
      },
      done: () => {
        clearTimeout(timer);
        silence.abort(); // a reader that left early leaves no connection behind
      },
      explain,
    };
  } catch (error) {
    throw explain(error);
  }
}

function finishReason(reason: string): FinishReason {
  switch (reason) {
    case "length":
      return "length";
    case "content_filter":
    case "content-filter":
      return "content-filter";
    case "tool_calls":
    case "tool-calls":
      return "tool-calls";
    default:
      return "stop";
  }
}

/** JSON has no -Infinity: a token of probability 0 comes as null. */
function finite(logprob: number | null): number {
  return logprob ?? Number.NEGATIVE_INFINITY;
}

function floats(embedding: string | number[]): Float32Array {
  if (typeof embedding !== "string") return Float32Array.from(embedding);
  const bytes = Buffer.from(embedding, "base64");
  const copy = new ArrayBuffer(bytes.length); // aligned, whatever offset the pool gave
  new Uint8Array(copy).set(bytes);
  return new Float32Array(copy);
}

function unit(vector: Float32Array): Float32Array {
  let squares = 0;
  for (const value of vector) squares += value * value;
  const norm = Math.sqrt(squares);
  return norm === 0 || Math.abs(norm - 1) < 1e-6 ? vector : vector.map((value) => value / norm);
}
