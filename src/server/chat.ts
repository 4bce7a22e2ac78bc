import type { Context } from "hono";
import { stream } from "hono/streaming";
import type { Host } from "#host";
import { newId, PawlError, toProblem } from "#kernel";
import {
  AnswerMode,
  ChatResponse,
  type Message,
  type ResponseFormat,
  type Sampling,
  type Turn,
  type TurnEvent,
} from "#schema";
import { errorResponse, openAIError } from "./http.ts";
import { type ChatCompletion, ChatCompletionBody, type ChatCompletionChunk, type PawlField } from "./openai.ts";

/** `POST /v1/chat/completions`: an app (`app/NAME`) or a model, at once or as a stream. */
export async function chatCompletion(host: Host, body: ChatCompletionBody, c: Context): Promise<Response> {
  const id = newId("trn");
  const headers = { "x-pawl-turn": id };
  const cancel = new AbortController();
  c.req.raw.signal.addEventListener("abort", () => cancel.abort());
  const ask = (emit?: (event: TurnEvent) => Promise<void>) =>
    host.ask({
      ...questionOf(body),
      id,
      session: body.pawl?.session,
      signal: cancel.signal,
      ...(emit ? { emit } : {}),
    });

  if (!body.stream) {
    const turn = await ask().catch((error: unknown) => error);
    if (!isTurn(turn)) return errorResponse(c.req.path, turn, headers);
    return c.json(completionOf(turn, body), 200, headers);
  }

  const events = new TransformStream<TurnEvent, TurnEvent>(undefined, { highWaterMark: 1 }, { highWaterMark: 0 });
  const writer = events.writable.getWriter();
  const reader = events.readable.getReader();
  const done = ask((event) => writer.write(event)).finally(() => writer.close().catch(() => {})); // the reader may have gone
  done.catch(() => {}); // awaited below; a rejection before that is not unhandled
  // What fails before anything was said is an HTTP error with its own status.
  const first = await reader.read();
  if (first.done) {
    const ended = await done.catch((error: unknown) => error);
    if (!isTurn(ended)) return errorResponse(c.req.path, ended, headers);
  }

  for (const [name, value] of Object.entries(headers)) c.header(name, value);
  c.header("content-type", "text/event-stream; charset=utf-8");
  c.header("cache-control", "no-cache");
  return stream(c, async (out) => {
    out.onAbort(() => cancel.abort());
    const send = (data: unknown) => out.write(`data: ${JSON.stringify(data)}\n\n`);
    try {
      for (let next = first; !next.done; next = await reader.read())
        await send(chunkOf(id, body.model, next.value, next === first));
      const turn = await done;
      for (const chunk of lastChunks(turn, body)) await send(chunk);
    } catch (error) {
      if (cancel.signal.aborted) return;
      await send(openAIError(toProblem(error)));
    }
    await out.write("data: [DONE]\n\n");
  });
}

/** The request in pawl's words; what pawl cannot do is refused, never ignored. */
export function questionOf(body: ChatCompletionBody) {
  if (body.tools && body.tools.length > 0)
    throw unsupported(
      "tools",
      "Call the provider with its own SDK and record the calls: pawl/ai or OTLP (docs/bring-your-own.md).",
    );
  if (isGiven(body.n) && body.n !== 1) throw unsupported("n", "Ask once for each answer.");
  refuseUnknown(body);
  const messages = body.messages.map((message): Message => {
    if (Array.isArray(message.tool_calls) && message.tool_calls.length > 0)
      throw unsupported("messages with `tool_calls`", "Send what the tools said as text of the user's.");
    const role = message.role === "developer" ? "system" : message.role;
    return { role, content: textOf(message.content), ...(message.name ? { name: message.name } : {}) };
  });
  const maxTokens = body.max_completion_tokens ?? body.max_tokens;
  // Only what was asked for: a default here would hide the release's own.
  const sampling: Partial<Sampling> = {
    ...(isGiven(body.temperature) ? { temperature: body.temperature } : {}),
    ...(isGiven(body.top_p) ? { topP: body.top_p } : {}),
    ...(isGiven(maxTokens) ? { maxTokens } : {}),
    ...(isGiven(body.stop) ? { stop: [body.stop].flat() } : {}),
    ...(isGiven(body.seed) ? { seed: body.seed } : {}),
  };
  return {
    model: body.model,
    messages,
    sampling,
    format: formatOf(body),
    ...(body.logprobs ? { topLogprobs: body.top_logprobs ?? 0 } : {}),
    ...(body.pawl?.answer ? { answer: body.pawl.answer } : {}),
  };
}

/** Fields of OpenAI's that are about its accounts, queues and caches: they change no answer. */
const withoutEffect: ReadonlySet<string> = new Set([
  "metadata",
  "parallel_tool_calls",
  "prompt_cache_key",
  "prompt_cache_retention",
  "safety_identifier",
  "service_tier",
  "store",
  "user",
]);

/** Values by which a field that pawl cannot honour asks for nothing, as JSON; clients send such defaults. */
const neutral: Readonly<Record<string, readonly string[]>> = {
  frequency_penalty: ["0"],
  presence_penalty: ["0"],
  logit_bias: ["{}"],
  functions: ["[]"],
  function_call: ['"none"', '"auto"'],
  tool_choice: ['"none"', '"auto"'],
  modalities: ['["text"]'],
};

function refuseUnknown(body: ChatCompletionBody): void {
  for (const [name, value] of Object.entries(body)) {
    if (name in ChatCompletionBody.shape || withoutEffect.has(name) || !isGiven(value)) continue;
    if (neutral[name]?.includes(JSON.stringify(value))) continue;
    throw unsupported(`\`${name}\``, "Leave it out; the OpenAPI document at /openapi.json says what is taken.");
  }
}

function isGiven<T>(value: T | null | undefined): value is T {
  return value !== undefined && value !== null;
}

function formatOf(body: ChatCompletionBody): ResponseFormat {
  const format = body.response_format;
  if (!format || format.type === "text") return { type: "text" };
  if (format.type === "json_object") return { type: "json_object" };
  return { type: "json_schema", name: format.json_schema.name, schema: format.json_schema.schema ?? {} };
}

function textOf(content: ChatCompletionBody["messages"][number]["content"]): string {
  if (typeof content === "string") return content;
  return (content ?? [])
    .map((part) => {
      if (part.type !== "text" && part.type !== "input_text")
        throw unsupported(`content of type ${part.type}`, "Send text.");
      return part.text ?? "";
    })
    .join("");
}

function unsupported(what: string, hint: string): PawlError {
  return new PawlError("unsupported-option", `pawl does not take ${what} here.`, { hint });
}

const finishReasons = {
  stop: "stop",
  length: "length",
  "content-filter": "content_filter",
  "tool-calls": "tool_calls",
  cancelled: "stop",
} as const;

function saidOf(turn: Turn): ChatResponse | null {
  const span = turn.spans.findLast((candidate) => candidate.kind === "model" && candidate.error === null);
  return span ? ChatResponse.parse(span.output) : null;
}

function pawlOf(turn: Turn): PawlField | undefined {
  const answer = turn.answer;
  const span = turn.spans.findLast((candidate) => candidate.kind === "answer");
  if (!answer || turn.release === "none") return undefined;
  return {
    turn: turn.id,
    release: turn.release,
    session: turn.session,
    mode: AnswerMode.safeParse(span?.name).data ?? "model", // an adapted model's span is named otherwise
    abstained: answer.abstained,
    citations: answer.citations,
  };
}

function usageOf(turn: Turn) {
  const { inputTokens, outputTokens, cachedTokens } = turn.usage;
  return {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
    prompt_tokens_details: { cached_tokens: cachedTokens },
  };
}

/** Of the model's words, where they were asked for and are the answer: pawl asks a model how sure it is for itself too. */
function logprobsOf(said: ChatResponse | null, pawl: PawlField | undefined, body: ChatCompletionBody) {
  if (!body.logprobs || !said?.logprobs || (pawl && pawl.mode !== "model")) return null;
  const bytes = (token: string) => [...Buffer.from(token)];
  return {
    content: said.logprobs.map(({ token, logprob, top }) => ({
      token,
      logprob,
      bytes: bytes(token),
      top_logprobs: top.map((other) => ({ ...other, bytes: bytes(other.token) })),
    })),
  };
}

function completionOf(turn: Turn, body: ChatCompletionBody): ChatCompletion {
  const said = saidOf(turn);
  const pawl = pawlOf(turn);
  return {
    id: turn.id,
    object: "chat.completion",
    created: Math.floor(turn.startMs / 1000),
    model: body.model,
    choices: [
      {
        index: 0,
        message: { role: "assistant", content: turn.answer?.text ?? "", refusal: null },
        finish_reason: finishReasons[said?.finish ?? "stop"],
        logprobs: logprobsOf(said, pawl, body),
      },
    ],
    usage: usageOf(turn),
    ...(pawl ? { pawl } : {}),
  };
}

/** Whatever comes first says whose message it is: OpenAI's own clients need the role once. */
function chunkOf(id: string, model: string, event: TurnEvent, isFirst: boolean): ChatCompletionChunk {
  const head = { id, object: "chat.completion.chunk" as const, created: Math.floor(Date.now() / 1000), model };
  const role = isFirst ? { role: "assistant" as const } : {};
  if (event.type === "delta")
    return { ...head, choices: [{ index: 0, delta: { ...role, content: event.text }, finish_reason: null }] };
  return {
    ...head,
    choices: [{ index: 0, delta: role, finish_reason: null }],
    pawl: { found: { passages: event.passages, evidence: event.evidence } },
  };
}

/** The end of a stream: why it ended, then usage where it was asked for; `pawl` is in the last one. */
function lastChunks(turn: Turn, body: ChatCompletionBody): ChatCompletionChunk[] {
  const said = saidOf(turn);
  const pawl = pawlOf(turn);
  const head = {
    id: turn.id,
    object: "chat.completion.chunk" as const,
    created: Math.floor(turn.startMs / 1000),
    model: body.model,
  };
  const logprobs = logprobsOf(said, pawl, body);
  const end: ChatCompletionChunk = {
    ...head,
    choices: [
      { index: 0, delta: {}, finish_reason: finishReasons[said?.finish ?? "stop"], ...(logprobs ? { logprobs } : {}) },
    ],
  };
  const chunks = body.stream_options?.include_usage ? [end, { ...head, choices: [], usage: usageOf(turn) }] : [end];
  if (pawl) Object.assign(chunks.at(-1)!, { pawl });
  return chunks;
}

function isTurn(value: unknown): value is Turn {
  return typeof value === "object" && value !== null && "spans" in value;
}
