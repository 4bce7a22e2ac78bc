import * as z from "zod";
import {
  ChatCompletion,
  ChatCompletionBody,
  ChatCompletionChunk,
  Embeddings,
  EmbeddingsBody,
  ModelList,
} from "../openai.ts";
import type { Route } from "../route.ts";

/** Other programs' protocols: OpenAI's, and OpenTelemetry's. */
export const openaiRoutes = {
  chat: {
    method: "POST",
    path: "/v1/chat/completions",
    tag: "openai",
    summary: "Ask an app (`app/NAME`) or a model (`provider/model`)",
    body: ChatCompletionBody,
    out: ChatCompletion,
    events: ChatCompletionChunk,
  },

  embeddings: {
    method: "POST",
    path: "/v1/embeddings",
    tag: "openai",
    summary: "Embed texts",
    body: EmbeddingsBody,
    out: Embeddings,
  },

  models: {
    method: "GET",
    path: "/v1/models",
    tag: "openai",
    summary: "Apps and models, each with its kind",
    out: ModelList,
  },

  traces: {
    method: "POST",
    path: "/v1/traces",
    tag: "otlp",
    summary: "Spans of other programs by OTLP/HTTP (protobuf or JSON): traces that ask a model become turns",
    upload: true,
    out: z.object({ partialSuccess: z.object({ rejectedSpans: z.int(), errorMessage: z.string() }).optional() }),
  },
} as const satisfies Record<string, Route>;
