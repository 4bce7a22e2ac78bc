import * as z from "zod";
import { AnswerMode, Citation, Evidence, Json, ModelKind, Passage } from "#schema";

/** Content as OpenAI's clients send it: a string, or parts of which pawl takes the text ones. */
const Content = z.union([
  z.string(),
  z.array(z.object({ type: z.string(), text: z.string().optional() }).loose()),
  z.null(),
]);

export const ChatCompletionBody = z
  .object({
    model: z.string().describe("`app/NAME` for an app, `provider/model` for a model itself"),
    messages: z
      .array(
        z
          .object({
            role: z.enum(["system", "developer", "user", "assistant", "tool"]),
            content: Content.optional(),
            name: z.string().optional(),
          })
          .loose(),
      )
      .min(1),
    stream: z.boolean().nullish(),
    stream_options: z.object({ include_usage: z.boolean().optional() }).loose().nullish(),
    temperature: z.number().min(0).max(2).nullish(),
    top_p: z.number().min(0).max(1).nullish(),
    max_tokens: z.int().positive().nullish(),
    max_completion_tokens: z.int().positive().nullish(),
    stop: z.union([z.string(), z.array(z.string())]).nullish(),
    seed: z.int().nullish(),
    n: z.int().nullish(),
    logprobs: z.boolean().nullish(),
    top_logprobs: z.int().min(0).max(20).nullish(),
    response_format: z
      .discriminatedUnion("type", [
        z.object({ type: z.literal("text") }),
        z.object({ type: z.literal("json_object") }),
        z.object({
          type: z.literal("json_schema"),
          json_schema: z.object({
            name: z.string(),
            schema: z.record(z.string(), Json).optional(),
            strict: z.boolean().nullish(),
            description: z.string().optional(),
          }),
        }),
      ])
      .nullish(),
    tools: z.array(z.unknown()).nullish(),
    user: z.string().nullish(),
    pawl: z
      .object({
        session: z.string().max(200).optional().describe("turns of one conversation share it"),
        answer: AnswerMode.optional().describe(
          "`model` asks for the model's wording where the release answers with a sentence",
        ),
      })
      .optional(),
  })
  .loose();
export type ChatCompletionBody = z.infer<typeof ChatCompletionBody>;

/** What pawl adds to a completion (in a stream: to the last chunk before `[DONE]`). */
export const PawlField = z.object({
  turn: z.string(),
  release: z.string(),
  session: z.string(),
  mode: AnswerMode,
  abstained: z.boolean(),
  citations: z.array(Citation),
});
export type PawlField = z.infer<typeof PawlField>;

/** The first event of an app's stream, in a chunk's `pawl.found` and never in `content`. */
export const FoundField = z.object({ found: z.object({ passages: z.array(Passage), evidence: z.array(Evidence) }) });

const LogprobContent = z.object({
  token: z.string(),
  logprob: z.number(),
  bytes: z.array(z.int()).nullable(),
  top_logprobs: z.array(z.object({ token: z.string(), logprob: z.number(), bytes: z.array(z.int()).nullable() })),
});

const UsageBody = z.object({
  prompt_tokens: z.int(),
  completion_tokens: z.int(),
  total_tokens: z.int(),
  prompt_tokens_details: z.object({ cached_tokens: z.int() }),
});

export const ChatCompletion = z.object({
  id: z.string(),
  object: z.literal("chat.completion"),
  created: z.int(),
  model: z.string(),
  choices: z.array(
    z.object({
      index: z.int(),
      message: z.object({ role: z.literal("assistant"), content: z.string(), refusal: z.null() }),
      finish_reason: z.enum(["stop", "length", "content_filter", "tool_calls"]),
      logprobs: z.object({ content: z.array(LogprobContent) }).nullable(),
    }),
  ),
  usage: UsageBody,
  pawl: PawlField.optional(),
});
export type ChatCompletion = z.infer<typeof ChatCompletion>;

export const ChatCompletionChunk = z.object({
  id: z.string(),
  object: z.literal("chat.completion.chunk"),
  created: z.int(),
  model: z.string(),
  choices: z.array(
    z.object({
      index: z.int(),
      delta: z.object({ role: z.literal("assistant").optional(), content: z.string().optional() }),
      finish_reason: z.enum(["stop", "length", "content_filter", "tool_calls"]).nullable(),
      logprobs: z.object({ content: z.array(LogprobContent) }).nullish(),
    }),
  ),
  usage: UsageBody.nullish(),
  pawl: z.union([PawlField, FoundField]).optional(),
});
export type ChatCompletionChunk = z.infer<typeof ChatCompletionChunk>;

export const EmbeddingsBody = z
  .object({
    model: z.string(),
    input: z.union([z.string(), z.array(z.string()).min(1).max(2048)]),
    encoding_format: z.enum(["float", "base64"]).nullish(),
    dimensions: z.int().nullish(),
    user: z.string().nullish(),
    pawl: z.object({ purpose: z.enum(["query", "passage"]).default("passage") }).optional(),
  })
  .loose();

export const Embeddings = z.object({
  object: z.literal("list"),
  model: z.string(),
  data: z.array(
    z.object({ object: z.literal("embedding"), index: z.int(), embedding: z.union([z.array(z.number()), z.string()]) }),
  ),
  usage: z.object({ prompt_tokens: z.int(), total_tokens: z.int() }),
});

export const ModelList = z.object({
  object: z.literal("list"),
  data: z.array(
    z.object({
      id: z.string(),
      object: z.literal("model"),
      created: z.int(),
      owned_by: z.string(),
      pawl: z.object({
        kind: ModelKind,
        state: z.enum(["ready", "not-downloaded", "key-missing", "offered", "starting", "failed"]),
        description: z.string(),
        licence: z.string().nullable(),
        contextTokens: z.int().nullable(),
        dimensions: z.int().nullable(),
        sizeBytes: z.int().nullable(),
      }),
    }),
  ),
});
