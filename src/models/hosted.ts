import type { EmbeddingModel, LanguageModel, ModelMessage } from "ai";
import * as z from "zod";
import { asPawlError, PawlError } from "#kernel";
import type { ChatRequest, ChatResponse, EmbedResponse, FinishReason, ModelInfo, TokenLogprob } from "#schema";
import type { Env } from "./files.ts";
import { hostedInfo } from "./openai-compatible.ts";
import type { Provider } from "./provider.ts";
import { type Asked, adapterRefused, broken, keyMissing, refusal, timeout, unreachable } from "./provider-errors.ts";

/** A provider of the AI SDK's ecosystem (`createMistral()`, `createGroq()`, …): what pawl needs of it. */
export type SdkProvider = {
  languageModel(model: string): LanguageModel;
  embeddingModel(model: string): EmbeddingModel;
};

type Hosted = {
  name: string;
  /** Variables that may hold the key; the first is the one that errors name. */
  keyEnv: readonly string[];
  baseURLEnv: string;
  /** Shown in the list of models; any other name works as well. */
  models: readonly string[];
  open(options: { apiKey: string; baseURL?: string }): Promise<SdkProvider>;
};

const hosted: readonly Hosted[] = [
  {
    name: "openai",
    keyEnv: ["OPENAI_API_KEY"],
    baseURLEnv: "OPENAI_BASE_URL",
    models: ["gpt-5-mini", "text-embedding-3-small"],
    async open(options) {
      const { createOpenAI } = await import("@ai-sdk/openai");
      const provider = createOpenAI(options);
      // Chat completions, not responses: it has stop sequences and log-probabilities, and every proxy speaks it.
      return { languageModel: (model) => provider.chat(model), embeddingModel: (model) => provider.embedding(model) };
    },
  },
  {
    name: "anthropic",
    keyEnv: ["ANTHROPIC_API_KEY"],
    baseURLEnv: "ANTHROPIC_BASE_URL",
    models: ["claude-haiku-4-5"],
    async open(options) {
      const { createAnthropic } = await import("@ai-sdk/anthropic");
      return createAnthropic(options);
    },
  },
  {
    name: "google",
    keyEnv: ["GOOGLE_GENERATIVE_AI_API_KEY", "GEMINI_API_KEY"],
    baseURLEnv: "GOOGLE_GENERATIVE_AI_BASE_URL",
    models: ["gemini-2.5-flash", "gemini-embedding-001"],
    async open(options) {
      const { createGoogleGenerativeAI } = await import("@ai-sdk/google");
      return createGoogleGenerativeAI(options);
    },
  },
];

/** Longest silence of a hosted model: reasoning models think before their first token. */
const silenceMs = 120_000;

/** OpenAI, Anthropic and Google, each with its key from the environment. Nothing is asked of one without a request for it. */
export function hostedProviders(env: Env, options: { silenceMs?: number } = {}): Provider[] {
  return hosted.map((entry) => {
    const key = () => entry.keyEnv.map((name) => env[name]).find((value) => value !== undefined && value !== "");
    const [variable] = entry.keyEnv;
    const open = () => {
      const apiKey = key();
      if (apiKey === undefined) throw keyMissing(entry.name, variable ?? "its key");
      const baseURL = env[entry.baseURLEnv];
      return entry.open({ apiKey, ...(baseURL === undefined || baseURL === "" ? {} : { baseURL }) });
    };
    return sdkProvider({ name: entry.name, keyEnv: variable }, open, {
      silenceMs: options.silenceMs ?? silenceMs,
      list: () =>
        entry.models.map((model) => hostedInfo(entry.name, model, key() === undefined ? "key-missing" : "offered")),
    });
  });
}

/** Any AI SDK provider as pawl's. */
export function sdkProvider(
  asked: Asked,
  open: () => Promise<SdkProvider> | SdkProvider,
  options: { silenceMs?: number; list?: () => ModelInfo[] } = {},
): Provider {
  const idOf = (model: string) => `${asked.name}/${model}`;
  const limit = options.silenceMs ?? silenceMs;
  return {
    name: asked.name,
    chat: async (model, request, callOptions) =>
      chat(asked, (await open()).languageModel(model), request, limit, callOptions),
    async embed(model, request, { signal }): Promise<EmbedResponse> {
      const { embedMany } = await import("ai");
      const prefix = request.purpose === "query" ? (request.queryPrefix ?? "") : "";
      const provider = await open();
      const silence = AbortSignal.timeout(limit);
      try {
        const { embeddings, usage } = await embedMany({
          model: provider.embeddingModel(model),
          values: request.texts.map((text) => prefix + text),
          maxRetries: 0,
          abortSignal: AbortSignal.any([signal, silence]),
        });
        const vectors = embeddings.map((embedding) => unit(Float32Array.from(embedding)));
        return { vectors, dimensions: vectors[0]?.length ?? 0, inputTokens: usage.tokens || 0 };
      } catch (error) {
        throw await explained(asked, error, { signal, isSilent: silence.aborted, isStarted: false, limit });
      }
    },
    countTokens: async (model) => {
      throw new PawlError("unsupported-option", `${asked.name} does not count tokens of ${model}.`);
    },
    describe: async (model) => ({
      id: idOf(model),
      kind: hostedInfo(asked.name, model, "ready").kind,
      version: idOf(model),
      contextTokens: null,
    }),
    list: async () => options.list?.() ?? [],
    close: async () => {},
  };
}

async function chat(
  asked: Asked,
  model: LanguageModel,
  request: ChatRequest,
  limit: number,
  options: { signal: AbortSignal; onDelta?: (text: string) => Promise<void> },
): Promise<ChatResponse> {
  if (request.topLogprobs !== undefined && asked.name !== "openai") {
    throw new PawlError("unsupported-option", `${asked.name} gives no log-probabilities.`, {
      hint: "Ask a local model, OpenAI, or an OpenAI-compatible server.",
    });
  }
  if (request.adapter !== undefined) throw adapterRefused(asked.name);
  const { jsonSchema, Output, streamText } = await import("ai");
  const { sampling, format } = request;
  const silence = new AbortController();
  const arm = () => setTimeout(() => silence.abort(), limit);
  let timer = arm();
  let text = "";
  let finish: FinishReason | undefined;
  let logprobs: TokenLogprob[] | undefined;
  let firstTokenMs: number | undefined;
  const usage = { inputTokens: 0, outputTokens: 0, cachedTokens: 0 };
  const startMs = performance.now();
  try {
    const { fullStream } = streamText({
      model,
      messages: request.messages.map(sdkMessage),
      allowSystemInMessages: true,
      temperature: sampling.temperature,
      maxOutputTokens: sampling.maxTokens,
      maxRetries: 0,
      abortSignal: AbortSignal.any([options.signal, silence.signal]),
      onError: () => {}, // the stream below reports it; the SDK's default writes it to the console
      ...(sampling.topP === undefined ? {} : { topP: sampling.topP }),
      ...(sampling.topK === undefined ? {} : { topK: sampling.topK }),
      ...(sampling.seed === undefined ? {} : { seed: sampling.seed }),
      ...(sampling.stop.length === 0 ? {} : { stopSequences: sampling.stop }),
      ...(format.type === "text"
        ? {}
        : {
            output:
              format.type === "json_object" ? Output.json() : Output.object({ schema: jsonSchema(format.schema) }),
          }),
      ...(request.topLogprobs === undefined ? {} : { providerOptions: { openai: { logprobs: request.topLogprobs } } }),
    });
    for await (const part of fullStream) {
      clearTimeout(timer);
      timer = arm();
      if (part.type === "error") throw part.error;
      if (part.type === "text-delta" && part.text !== "") {
        firstTokenMs ??= performance.now() - startMs;
        text += part.text;
        await options.onDelta?.(part.text);
      } else if (part.type === "finish-step") {
        logprobs = openaiLogprobs(part.providerMetadata);
      } else if (part.type === "finish") {
        finish = finishReason(part.finishReason);
        usage.inputTokens = part.totalUsage.inputTokens ?? 0;
        usage.outputTokens = part.totalUsage.outputTokens ?? 0;
        usage.cachedTokens = part.totalUsage.inputTokenDetails.cacheReadTokens ?? 0;
      } else if (part.type === "abort") {
        throw new DOMException("aborted", "AbortError");
      }
    }
  } catch (error) {
    throw await explained(asked, error, {
      signal: options.signal,
      isSilent: silence.signal.aborted,
      isStarted: firstTokenMs !== undefined,
      limit,
    });
  } finally {
    clearTimeout(timer);
  }
  if (finish === undefined) throw broken(asked, undefined);
  return {
    text,
    finish,
    usage,
    ...(request.topLogprobs === undefined || logprobs === undefined ? {} : { logprobs }),
    ...(firstTokenMs === undefined ? {} : { firstTokenMs }),
  };
}

function sdkMessage({ role, content }: ChatRequest["messages"][number]): ModelMessage {
  // Results of tools come with their calls, which chat requests do not carry yet: as text they are the user's.
  return { role: role === "tool" ? "user" : role, content };
}

const OpenaiLogprobs = z.object({
  openai: z.object({
    logprobs: z.array(
      z.object({
        token: z.string(),
        logprob: z.number(),
        top_logprobs: z.array(z.object({ token: z.string(), logprob: z.number() })).default([]),
      }),
    ),
  }),
});

function openaiLogprobs(metadata: unknown): TokenLogprob[] | undefined {
  const parsed = OpenaiLogprobs.safeParse(metadata);
  if (!parsed.success) return undefined;
  return parsed.data.openai.logprobs.map(({ token, logprob, top_logprobs: top }) => ({ token, logprob, top }));
}

async function explained(
  asked: Asked,
  error: unknown,
  state: { signal: AbortSignal; isSilent: boolean; isStarted: boolean; limit: number },
): Promise<PawlError> {
  if (error instanceof PawlError) return error;
  if (state.signal.aborted) return asPawlError(state.signal.reason);
  if (state.isSilent) return timeout(asked, state.limit);
  const { APICallError } = await import("ai");
  if (APICallError.isInstance(error)) {
    if (error.statusCode === undefined) return unreachable(asked, error.cause ?? error);
    // The call's error holds the request; only what the provider said goes on.
    return refusal(asked, error.statusCode, error.responseBody ?? error.message, new Headers(error.responseHeaders));
  }
  if (!state.isStarted && error instanceof TypeError) return unreachable(asked, error);
  return broken(asked, error);
}

function finishReason(reason: string): FinishReason | undefined {
  switch (reason) {
    case "length":
    case "content-filter":
    case "tool-calls":
      return reason;
    case "error":
      return undefined;
    default:
      return "stop";
  }
}

function unit(vector: Float32Array): Float32Array {
  const norm = Math.hypot(...vector);
  return norm === 0 ? vector : vector.map((value) => value / norm);
}
