import * as z from "zod";
import { Json, Priority } from "#schema";

const Content = z.union([
  z.string(),
  z
    .array(z.object({ type: z.literal("text"), text: z.string() }))
    .transform((parts) => parts.map(({ text }) => text).join("")),
]);

const Format = z.discriminatedUnion("type", [
  z.object({ type: z.literal("text") }),
  z.object({ type: z.literal("json_object") }),
  z.object({
    type: z.literal("json_schema"),
    json_schema: z.object({ name: z.string().default("answer"), schema: z.record(z.string(), Json) }),
  }),
]);

/** Body of `POST /v1/chat/completions`: OpenAI's names, with llama.cpp's and pawl's additions. */
export const ChatBody = z.object({
  model: z.string(),
  messages: z.array(z.object({ role: z.string(), content: Content })).min(1),
  stream: z.boolean().default(false),
  temperature: z.number().min(0).max(2).default(1),
  top_p: z.number().min(0).max(1).optional(),
  top_k: z.int().min(0).optional(),
  min_p: z.number().min(0).max(1).optional(),
  repeat_penalty: z.number().positive().optional(),
  seed: z.int().optional(),
  max_tokens: z.int().positive().optional(),
  max_completion_tokens: z.int().positive().optional(),
  stop: z.union([z.string(), z.array(z.string())]).optional(),
  response_format: Format.default({ type: "text" }),
  logprobs: z.boolean().default(false),
  top_logprobs: z.int().min(0).max(20).optional(),
  priority: Priority.default("interactive"),
  /** sha256 of an adapter in the model store. */
  pawl_adapter: z.string().optional(),
});
export type ChatBody = z.infer<typeof ChatBody>;

/** Body of `POST /v1/embeddings`; `purpose` and `query_prefix` decide about the text put before each input. */
export const EmbedBody = z.object({
  model: z.string(),
  input: z.union([z.string().transform((text) => [text]), z.array(z.string())]),
  encoding_format: z.enum(["float", "base64"]).default("float"),
  purpose: z.enum(["query", "passage"]).default("passage"),
  query_prefix: z.string().nullish(),
  pooling: z.enum(["cls", "mean"]).nullish(),
  priority: Priority.default("interactive"),
});
export type EmbedBody = z.infer<typeof EmbedBody>;

/** Body of `POST /v1/read`, which is pawl's own. */
export const ReadBody = z.object({
  model: z.string(),
  question: z.string(),
  passages: z.array(z.string()),
  priority: Priority.default("interactive"),
});
export type ReadBody = z.infer<typeof ReadBody>;

export const TokenizeBody = z.object({ model: z.string(), texts: z.array(z.string()) });
