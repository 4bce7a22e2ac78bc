import { AsyncLocalStorage } from "node:async_hooks";
import { type OutSpan, randomId, senderTo } from "./send.ts";

/*
 * `pawl/ai`: an AI SDK model in somebody else's program, recorded with one line. It stands on nothing but Node, so
 * that it weighs nothing there, and knows the model by its shape, so that it serves every version of the AI SDK.
 */

export { flush } from "./send.ts";

/** A language model of the AI SDK, of specification v2 or later. */
export type RecordableModel = {
  readonly specificationVersion: string;
  readonly provider: string;
  readonly modelId: string;
  doGenerate(options: never): PromiseLike<unknown>;
  doStream(options: never): PromiseLike<unknown>;
};

export type RecordOptions = {
  /** The app that the turns belong to. */
  app: string;
  /** The version of the program, where it has one. */
  release?: string;
  /** Where pawl listens; default `PAWL_URL`, else `http://127.0.0.1:4111`. */
  url?: string;
  /** Its API key; default `PAWL_API_KEY`. */
  key?: string;
};

type Around = { session?: string; turn?: { trace: string; span: string; options: RecordOptions | null } };
const around = new AsyncLocalStorage<Around>();

/**
 * The model, with every call sent to pawl as a turn. The call itself is neither delayed nor changed, and fails only
 * where it would have failed: what cannot be sent is dropped, counted, and warned of once.
 *
 * @example
 * const model = record(openai("gpt-5-mini"), { app: "shop" });
 */
export function record<M extends RecordableModel>(model: M, options: RecordOptions): M {
  if (typeof model !== "object" || model === null) {
    throw new TypeError('record() takes a model of a provider, as in openai("gpt-5-mini"), not its name.');
  }
  const calls = { doGenerate: generate(model, options), doStream: stream(model, options) };
  return new Proxy(model, {
    get(target, name) {
      if (name === "doGenerate" || name === "doStream") return calls[name];
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** Turns of one conversation share a session: all calls within `work` do. `providerOptions.pawl.session` says it for one call. */
export function session<T>(id: string, work: () => T): T {
  return around.run({ ...around.getStore(), session: id }, work);
}

/** One turn of several calls: a loop over tools, an answer and its check. */
export async function turn<T>(name: string, work: () => Promise<T>): Promise<T> {
  const within: NonNullable<Around["turn"]> = { trace: randomId(16), span: randomId(8), options: null };
  const startMs = Date.now();
  const end = (failure: string | null) => {
    if (!within.options) return; // nothing was asked
    send(within.options, {
      trace: within.trace,
      id: within.span,
      parent: null,
      name,
      startMs,
      endMs: Date.now(),
      failure,
      attributes: {},
    });
  };
  try {
    const value = await around.run({ ...around.getStore(), turn: within }, work);
    end(null);
    return value;
  } catch (error) {
    end(messageOf(error));
    throw error;
  }
}

function send(options: RecordOptions, span: OutSpan): void {
  senderTo({
    url: options.url ?? process.env.PAWL_URL ?? "http://127.0.0.1:4111",
    key: options.key ?? process.env.PAWL_API_KEY,
    app: options.app,
    release: options.release,
  }).add(span);
}

function generate(model: RecordableModel, options: RecordOptions) {
  // The options are the SDK's own and go on as they came.
  const ask = model.doGenerate.bind(model) as (options: unknown) => Promise<unknown>;
  return async (given: unknown) => {
    const call = startCall(model, options, given);
    try {
      const result = await ask(given);
      call.end((said) => readResult(said, result));
      return result;
    } catch (error) {
      call.fail(error);
      throw error;
    }
  };
}

function stream(model: RecordableModel, options: RecordOptions) {
  const ask = model.doStream.bind(model) as (options: unknown) => Promise<unknown>;
  return async (given: unknown) => {
    const call = startCall(model, options, given);
    try {
      const result = await ask(given);
      if (!isObject(result) || !(result.stream instanceof ReadableStream)) return result;
      return { ...result, stream: watched(result.stream, call) };
    } catch (error) {
      call.fail(error);
      throw error;
    }
  };
}

/** The stream as it is; each part is looked at as it passes, when the reader asks for it. */
function watched(parts: ReadableStream<unknown>, call: Call): ReadableStream<unknown> {
  const reader = parts.getReader();
  return new ReadableStream<unknown>(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read();
          if (done) {
            call.end();
            controller.close();
            return;
          }
          call.see(value);
          controller.enqueue(value);
        } catch (error) {
          call.fail(error);
          throw error;
        }
      },
      cancel(reason) {
        call.fail("The reader stopped reading.");
        return reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}

type Said = {
  text: string;
  toolCalls: unknown[];
  finish: unknown;
  usage: unknown;
  answeredBy: unknown;
  firstMs: number | null;
  failure: string | null;
};
type Call = ReturnType<typeof startCall>;

function startCall(model: RecordableModel, options: RecordOptions, given: unknown) {
  const startMs = Date.now();
  const store = around.getStore();
  const within = store?.turn;
  if (within) within.options ??= options;
  const said: Said = {
    text: "",
    toolCalls: [],
    finish: null,
    usage: null,
    answeredBy: null,
    firstMs: null,
    failure: null,
  };
  let isOver = false;

  /** Whatever goes wrong while recording is not the caller's trouble. */
  function finish(failure: string | null): void {
    if (isOver) return;
    isOver = true;
    try {
      const asked = isObject(given) ? given : {};
      const own =
        isObject(asked.providerOptions) && isObject(asked.providerOptions.pawl) ? asked.providerOptions.pawl : {};
      const session = typeof own.session === "string" ? own.session : store?.session;
      send(options, {
        trace: within?.trace ?? randomId(16),
        id: randomId(8),
        parent: within?.span ?? null,
        name: `chat ${model.modelId}`,
        startMs,
        endMs: Date.now(),
        failure: failure ?? said.failure,
        attributes: {
          operation: "chat",
          provider: model.provider,
          model: model.modelId,
          answeredBy: said.answeredBy,
          messages: withoutBytes(asked.prompt),
          text: said.text,
          toolCalls: said.toolCalls.length > 0 ? said.toolCalls : undefined,
          finish: isObject(said.finish) ? said.finish.unified : said.finish,
          ...tokensOf(said.usage),
          firstMs: said.firstMs,
          temperature: asked.temperature,
          topP: asked.topP,
          topK: asked.topK,
          maxTokens: asked.maxOutputTokens,
          seed: asked.seed,
          stop: asked.stopSequences,
          tools: asked.tools,
          session,
        },
      });
    } catch (error) {
      senderTo.drop(1, messageOf(error));
    }
  }

  return {
    see(part: unknown): void {
      if (!isObject(part)) return;
      if (part.type === "text-delta") {
        said.firstMs ??= Date.now() - startMs;
        said.text += String(part.delta ?? "");
      } else if (part.type === "tool-call") said.toolCalls.push(part);
      else if (part.type === "response-metadata") said.answeredBy = part.modelId;
      else if (part.type === "error") said.failure = messageOf(part.error);
      else if (part.type === "finish") {
        said.finish = part.finishReason;
        said.usage = part.usage;
      }
    },
    end(read?: (said: Said) => void): void {
      read?.(said);
      finish(null);
    },
    fail: (error: unknown) => finish(messageOf(error)),
  };
}

function readResult(said: Said, result: unknown): void {
  if (!isObject(result)) return;
  const content = Array.isArray(result.content) ? result.content.filter(isObject) : [];
  said.text = content.map((part) => (part.type === "text" ? String(part.text) : "")).join("");
  said.toolCalls = content.filter((part) => part.type === "tool-call");
  said.finish = result.finishReason;
  said.usage = result.usage;
  said.answeredBy = isObject(result.response) ? result.response.modelId : null;
}

/** Specification v2 has numbers, v3 has totals with their parts. */
function tokensOf(usage: unknown) {
  if (!isObject(usage)) return {};
  const total = (value: unknown) => (isObject(value) ? value.total : value);
  return {
    inputTokens: total(usage.inputTokens),
    outputTokens: total(usage.outputTokens),
    cachedTokens: isObject(usage.inputTokens) ? usage.inputTokens.cacheRead : usage.cachedInputTokens,
  };
}

/** Files in the messages are named by their type; their bytes stay where they are. */
function withoutBytes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutBytes);
  if (!isObject(value)) return value;
  if (value.type === "file") return { type: "file", mediaType: value.mediaType };
  const { providerOptions: _, ...rest } = value;
  return Object.fromEntries(Object.entries(rest).map(([name, member]) => [name, withoutBytes(member)]));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
