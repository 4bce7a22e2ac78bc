import { timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type * as z from "zod";
import { asPawlError, PawlError, toProblem } from "#kernel";
import type { ChatEnd, ChatEvent, ChatJob } from "./chat.ts";
import type { LoadedModels } from "./loaded.ts";
import { ChatBody, EmbedBody, ReadBody, TokenizeBody } from "./requests.ts";

/** The largest body: a batch of long passages. */
const maxBodyBytes = 64 * 1024 * 1024;

/** The engine's HTTP door: OpenAI's protocol on loopback, for whoever has the token. */
export function engineServer(models: LoadedModels, token: string): Server {
  return createServer((request, response) => {
    const gone = new AbortController();
    response.on("close", () => gone.abort(new PawlError("cancelled", "The client went away.")));
    handle(models, token, request, response, gone.signal).catch((error: unknown) => fail(response, error));
  });
}

async function handle(
  models: LoadedModels,
  token: string,
  request: IncomingMessage,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  if (!isAllowed(request, token)) throw new PawlError("unauthorized", "The engine's token is missing or wrong.");
  switch (`${request.method} ${request.url}`) {
    case "GET /health":
      return sendJson(response, { status: "ok", loaded: models.ids(), rssBytes: process.memoryUsage.rss() });
    case "GET /v1/models":
      return sendJson(response, { object: "list", data: models.ids().map((id) => ({ id, object: "model" })) });
    case "POST /v1/chat/completions":
      return chat(models, await body(request, ChatBody), response, signal);
    case "POST /v1/embeddings":
      return embeddings(models, await body(request, EmbedBody), response, signal);
    case "POST /v1/read":
      return read(models, await body(request, ReadBody), response, signal);
    case "POST /tokenize": {
      const { model, texts } = await body(request, TokenizeBody);
      const counts = await models.use(model, null, async (loaded) => texts.map((text) => loaded.countTokens(text)));
      return sendJson(response, { counts });
    }
    default:
      throw new PawlError("not-found", `The engine has no ${request.method} ${request.url}.`);
  }
}

async function chat(
  models: LoadedModels,
  asked: ChatBody,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  const id = `chatcmpl-${crypto.randomUUID()}`;
  const head = { id, created: Math.floor(Date.now() / 1000), model: asked.model };
  await models.use(asked.model, "chat", async (model) => {
    const adapter = asked.pawl_adapter === undefined ? null : await models.adapter(asked.pawl_adapter);
    const events = model.chat(jobOf(asked, adapter), models.lane, signal);
    if (!asked.stream) {
      const { all, end } = await drain(events);
      return sendJson(response, {
        ...head,
        object: "chat.completion",
        choices: [
          {
            index: 0,
            message: { role: "assistant", content: all.map(({ text }) => text).join("") },
            logprobs: asked.logprobs ? wireLogprobs(all) : null,
            finish_reason: end.finish,
          },
        ],
        usage: wireUsage(end),
      });
    }
    const chunk = { ...head, object: "chat.completion.chunk" };
    for (;;) {
      const next = await events.next();
      if (next.done) {
        await sendEvent(response, { ...chunk, choices: [{ index: 0, delta: {}, finish_reason: next.value.finish }] });
        await sendEvent(response, { ...chunk, choices: [], usage: wireUsage(next.value) });
        response.end("data: [DONE]\n\n");
        return;
      }
      const logprobs = asked.logprobs ? { logprobs: wireLogprobs([next.value]) } : {};
      const delta = { role: "assistant", content: next.value.text };
      await sendEvent(response, { ...chunk, choices: [{ index: 0, delta, ...logprobs, finish_reason: null }] });
    }
  });
}

function jobOf(asked: ChatBody, adapter: string | null): ChatJob {
  const format = asked.response_format;
  return {
    messages: asked.messages,
    sampling: {
      temperature: asked.temperature,
      maxTokens: asked.max_completion_tokens ?? asked.max_tokens ?? 1024,
      stop: asked.stop === undefined ? [] : [asked.stop].flat(),
      ...(asked.top_p === undefined ? {} : { topP: asked.top_p }),
      ...(asked.top_k === undefined ? {} : { topK: asked.top_k }),
      ...(asked.min_p === undefined ? {} : { minP: asked.min_p }),
      ...(asked.seed === undefined ? {} : { seed: asked.seed }),
      ...(asked.repeat_penalty === undefined ? {} : { repeatPenalty: asked.repeat_penalty }),
    },
    format: format.type === "json_schema" ? { type: "json_schema", ...format.json_schema } : format,
    topLogprobs: asked.logprobs ? (asked.top_logprobs ?? 0) : undefined,
    priority: asked.priority,
    adapter,
  };
}

async function embeddings(
  models: LoadedModels,
  asked: EmbedBody,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  await models.use(asked.model, "embed", async (model, entry) => {
    const prefix = asked.purpose === "query" ? (asked.query_prefix ?? entry.queryPrefix ?? "") : "";
    const pooling = asked.pooling ?? entry.pooling ?? "mean";
    const texts = asked.input.map((text) => prefix + text);
    const { vectors, inputTokens } = await model.embed(
      { texts, pooling, priority: asked.priority },
      models.lane,
      signal,
    );
    sendJson(response, {
      object: "list",
      model: asked.model,
      data: vectors.map((vector, index) => ({
        object: "embedding",
        index,
        embedding: asked.encoding_format === "float" ? [...vector] : base64(vector),
      })),
      usage: { prompt_tokens: inputTokens, total_tokens: inputTokens },
    });
  });
}

/** Events: the spans so far, after each part of the passages, and at last all with `inputTokens`. */
async function read(
  models: LoadedModels,
  asked: ReadBody,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  await models.use(asked.model, "read", async (model) => {
    const events = model.read(asked, models.lane, signal);
    for (;;) {
      const next = await events.next();
      await sendEvent(response, next.done ? next.value : { spans: next.value });
      if (next.done) break;
    }
    response.end("data: [DONE]\n\n");
  });
}

async function drain(events: AsyncGenerator<ChatEvent, ChatEnd>): Promise<{ all: ChatEvent[]; end: ChatEnd }> {
  const all: ChatEvent[] = [];
  for (;;) {
    const next = await events.next();
    if (next.done) return { all, end: next.value };
    all.push(next.value);
  }
}

function wireLogprobs(events: readonly ChatEvent[]) {
  return {
    content: events
      .flatMap(({ logprobs }) => logprobs)
      .map(({ token, logprob, top }) => ({ token, logprob, top_logprobs: top })),
  };
}

function wireUsage({ usage }: ChatEnd) {
  return {
    prompt_tokens: usage.inputTokens,
    completion_tokens: usage.outputTokens,
    total_tokens: usage.inputTokens + usage.outputTokens,
    prompt_tokens_details: { cached_tokens: usage.cachedTokens },
  };
}

/** Little-endian float32, as OpenAI's `encoding_format: base64`. */
function base64(vector: Float32Array): string {
  return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString("base64");
}

function isAllowed(request: IncomingMessage, token: string): boolean {
  const given = Buffer.from(request.headers.authorization ?? "");
  const wanted = Buffer.from(`Bearer ${token}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

async function body<T extends z.ZodType>(request: IncomingMessage, schema: T): Promise<z.infer<T>> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request) {
    bytes += part.length;
    if (bytes > maxBodyBytes) throw new PawlError("too-large", "The request is larger than the engine takes.");
    parts.push(part);
  }
  let value: unknown;
  try {
    value = JSON.parse(Buffer.concat(parts).toString("utf8"));
  } catch (error) {
    throw new PawlError("malformed-json", "The request body is not JSON.", { cause: error });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new PawlError("bad-request", `${issue?.path.join(".") ?? "body"}: ${issue?.message ?? "not as expected"}`);
}

function sendJson(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value));
}

async function sendEvent(response: ServerResponse, value: unknown): Promise<void> {
  if (!response.headersSent) {
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  }
  if (!response.write(`data: ${JSON.stringify(value)}\n\n`))
    await Promise.race([once(response, "drain"), once(response, "close")]);
}

/** OpenAI's error shape, with pawl's problem beside it; within a stream as its last event. */
function fail(response: ServerResponse, error: unknown): void {
  const known = asPawlError(error);
  const problem = toProblem(known);
  const value = { error: { message: known.message, type: known.code, code: known.code }, pawl: problem };
  if (response.destroyed) return;
  if (response.headersSent) response.end(`data: ${JSON.stringify(value)}\n\n`);
  else response.writeHead(known.status, { "content-type": "application/json" }).end(JSON.stringify(value));
}
