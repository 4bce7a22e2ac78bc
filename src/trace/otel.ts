import { areMessages, asText, isObject, readMessages, readSystem } from "./messages.ts";
import type { Attributes, ForeignSpan, Value } from "./otlp.ts";

/*
 * What other programs call things. All names of foreign attributes stand here: OpenTelemetry's GenAI conventions
 * (`gen_ai.*`, old and new), the AI SDK's own telemetry (`ai.*`), OpenInference (`llm.*`, `openinference.*`),
 * OpenLLMetry (`traceloop.*`). The first name of each row is the one that pawl itself writes (`ai.ts`).
 */
export const names = {
  service: ["service.name"],
  version: ["service.version"],
  operation: ["gen_ai.operation.name", "llm.request.type"],
  sdkOperation: ["ai.operationId"],
  inferenceKind: ["openinference.span.kind"],
  loopKind: ["traceloop.span.kind"],
  agent: ["gen_ai.agent.name", "agent.name"],
  task: ["ai.telemetry.functionId", "traceloop.entity.name"],
  session: [
    "gen_ai.conversation.id",
    "session.id",
    "ai.telemetry.metadata.sessionId",
    "ai.telemetry.metadata.session",
    "langfuse.session.id",
    "traceloop.association.properties.session_id",
  ],
  provider: ["gen_ai.provider.name", "gen_ai.system", "ai.model.provider", "llm.provider", "llm.system"],
  model: ["gen_ai.request.model", "ai.model.id", "llm.model_name"],
  answeredBy: ["gen_ai.response.model", "ai.response.model"],
  messages: ["ai.prompt.messages", "gen_ai.input.messages", "gen_ai.prompt"],
  indexedMessages: ["llm.input_messages", "gen_ai.prompt"],
  prompt: ["ai.prompt"],
  system: ["gen_ai.system_instructions"],
  text: ["ai.response.text"],
  object: ["ai.response.object"],
  toolCalls: ["ai.response.toolCalls"],
  answers: ["gen_ai.output.messages", "gen_ai.completion"],
  indexedAnswers: ["llm.output_messages", "gen_ai.completion"],
  input: ["input.value", "traceloop.entity.input"],
  output: ["output.value", "traceloop.entity.output"],
  finish: ["gen_ai.response.finish_reasons", "ai.response.finishReason"],
  inputTokens: [
    "gen_ai.usage.input_tokens",
    "gen_ai.usage.prompt_tokens",
    "ai.usage.inputTokens",
    "ai.usage.promptTokens",
    "llm.token_count.prompt",
  ],
  outputTokens: [
    "gen_ai.usage.output_tokens",
    "gen_ai.usage.completion_tokens",
    "ai.usage.outputTokens",
    "ai.usage.completionTokens",
    "llm.token_count.completion",
  ],
  cachedTokens: [
    "gen_ai.usage.cache_read.input_tokens",
    "gen_ai.usage.cache_read_input_tokens",
    "ai.usage.inputTokenDetails.cacheReadTokens",
    "ai.usage.cachedInputTokens",
    "llm.token_count.prompt_details.cache_read",
  ],
  firstMs: ["ai.response.msToFirstChunk", "ai.stream.msToFirstChunk"],
  firstSeconds: ["gen_ai.response.time_to_first_chunk"],
  temperature: ["gen_ai.request.temperature", "ai.settings.temperature"],
  topP: ["gen_ai.request.top_p", "ai.settings.topP"],
  topK: ["gen_ai.request.top_k", "ai.settings.topK"],
  maxTokens: ["gen_ai.request.max_tokens", "ai.settings.maxOutputTokens", "ai.settings.maxTokens"],
  seed: ["gen_ai.request.seed", "ai.settings.seed"],
  stop: ["gen_ai.request.stop_sequences", "ai.settings.stopSequences"],
  invocation: ["llm.invocation_parameters"],
  tools: ["ai.prompt.tools", "gen_ai.tool.definitions"],
  tool: ["gen_ai.tool.name", "ai.toolCall.name", "tool.name"],
  toolInput: ["gen_ai.tool.call.arguments", "ai.toolCall.args", "tool.parameters"],
  toolOutput: ["gen_ai.tool.call.result", "ai.toolCall.result"],
  query: ["gen_ai.retrieval.query.text", "gen_ai.retrieval.query"],
  documents: ["gen_ai.retrieval.documents"],
  indexedDocuments: ["retrieval.documents"],
  source: ["gen_ai.data_source.id"],
  failure: ["exception.message"],
} as const satisfies Record<string, readonly string[]>;

/** Events whose attributes belong to the span itself. */
const detailEvents = new Set([
  "gen_ai.client.inference.operation.details",
  "gen_ai.content.prompt",
  "gen_ai.content.completion",
]);
/** Events that are one message each; the role is in the name. */
const messageEvent = /^gen_ai\.(system|user|assistant|tool)\.message$/;
const choiceEvent = "gen_ai.choice";

/** Attributes that may hold a secret or say nothing of the step: they are not stored. */
const notStored = /^(ai\.request\.headers|http\.request\.header|http\.response\.header)\./;

const modelOperations = new Set(["chat", "text_completion", "completion", "generate_content"]);
const agentOperations = new Set(["invoke_agent", "invoke_workflow"]);
const sdkAnswers = new Set(["ai.generateText", "ai.streamText", "ai.generateObject", "ai.streamObject"]);

/** What a foreign span was, in pawl's words. */
export type Reading = {
  kind: "model" | "retrieve" | "task";
  name: string;
  input: unknown;
  output: unknown;
  usage: { inputTokens: number; outputTokens: number; cachedTokens: number } | null;
  failure: string | null;
  notes: string[];
  /** Does it make its trace a turn? A model was asked, or an agent. */
  isAnswering: boolean;
  /** What it says of the whole turn. */
  app: string | null;
  agent: string | null;
  release: string | null;
  session: string | null;
};

/** Reads a foreign span's attributes. What has no place in pawl's words stays beside the input as `attributes`. */
export function readSpan(span: ForeignSpan): Reading {
  const from = reader(span);
  const operation = from.text("operation");
  const sdk = from.text("sdkOperation");
  const kind = from.text("inferenceKind")?.toUpperCase();
  const loop = from.text("loopKind");
  const service = stringOf(span.resource, names.service);
  const whole = {
    app: service?.startsWith("unknown_service") ? null : service,
    agent: from.text("agent") ?? from.text("task"),
    release: stringOf(span.resource, names.version),
    session: from.text("session"),
    failure: span.failure === null ? null : failureOf(span),
    usage: null,
    isAnswering: false,
  };

  const isModel =
    kind === "LLM" ||
    (operation !== null && modelOperations.has(operation)) ||
    (sdk !== null && /\.do(Generate|Stream)$/.test(sdk)) ||
    (operation === null && sdk === null && kind === undefined && from.has("provider") && from.has("model"));
  if (isModel) return { ...whole, isAnswering: true, ...readModel(from) };
  if (operation === "retrieval" || kind === "RETRIEVER") return { ...whole, ...readRetrieval(from, span.name) };
  if (operation === "execute_tool" || sdk === "ai.toolCall" || kind === "TOOL" || loop === "tool")
    return { ...whole, ...readTool(from, span.name) };
  const isAnswering =
    (operation !== null && agentOperations.has(operation)) || (sdk !== null && sdkAnswers.has(sdk)) || kind === "AGENT";
  return { ...whole, isAnswering, ...readTask(from, span.name) };
}

type Read = Pick<Reading, "kind" | "name" | "input" | "output" | "notes"> & Partial<Pick<Reading, "usage">>;

function readModel(from: Reader): Read {
  const model = modelId(from.text("provider"), from.text("model"));
  const by = from.text("answeredBy");
  const { messages, notes } = from.messages();
  const sampling = from.sampling();
  const tools = from.json("tools");
  const said = from.said();
  const [inputTokens, outputTokens] = [from.number("inputTokens"), from.number("outputTokens")];
  const usage = {
    inputTokens: Math.round(inputTokens ?? 0),
    outputTokens: Math.round(outputTokens ?? 0),
    cachedTokens: Math.round(from.number("cachedTokens") ?? 0),
  };
  const seconds = from.number("firstSeconds");
  const firstTokenMs = from.number("firstMs") ?? (seconds === null ? null : seconds * 1000);
  const finish = finishOf(from.json("finish"));
  return {
    kind: "model",
    name: by !== null && !model.endsWith(by) ? `${model}@${by}` : model,
    input: { model, messages, sampling, ...(tools === undefined ? {} : { tools }), ...from.rest() },
    output: {
      text: said.text,
      ...(said.toolCalls.length > 0 ? { toolCalls: said.toolCalls } : {}),
      finish,
      usage,
      ...(firstTokenMs === null ? {} : { firstTokenMs }),
    },
    usage,
    notes: [
      ...notes,
      ...(messages.length === 0 ? ["The messages were not recorded by the program that sent this."] : []),
      ...(inputTokens === null && outputTokens === null ? ["The tokens were not recorded."] : []),
    ],
  };
}

function readRetrieval(from: Reader, name: string): Read {
  const query = from.text("query") ?? asText(from.json("input"));
  const source = from.text("source") ?? "";
  const given = from.json("documents") ?? from.indexed("indexedDocuments").map((entry) => member(entry, "document"));
  const documents = Array.isArray(given) ? given.filter(isObject) : [];
  from.json("output"); // the documents once more
  const passages = documents.map((document) => {
    const text = asText(document.content ?? document.text);
    const id = asText(document.id);
    const metadata = isObject(document.metadata) ? document.metadata : {};
    const score = Number(document.score);
    return {
      chunkId: id,
      documentId: id,
      title: asText(document.title ?? metadata.title ?? metadata.source ?? id),
      path: asText(metadata.path ?? metadata.source ?? ""),
      start: 0,
      end: text.length,
      text,
      score: Number.isFinite(score) ? score : 0,
      bm25: null,
      vector: null,
    };
  });
  return {
    kind: "retrieve",
    name: source || name,
    input: { knowledge: source, query, ...from.rest() },
    output: { passages, evidence: [] },
    notes: [],
  };
}

function readTool(from: Reader, name: string): Read {
  const input = from.json("toolInput") ?? from.json("input") ?? null;
  const output = from.json("toolOutput") ?? from.json("output") ?? null;
  const tool = from.text("tool") ?? name;
  const rest = from.rest();
  return {
    kind: "task",
    name: `tool ${tool}`,
    input: "attributes" in rest ? { arguments: input, ...rest } : input,
    output,
    notes: [],
  };
}

/** Anything else: an agent, a chain, a request to another service. */
function readTask(from: Reader, name: string): Read {
  const { messages, notes } = from.messages();
  const input = from.json("input");
  const said = from.said();
  const output = from.json("output");
  const asked = messages.length > 0 ? messages : typeof input === "string" ? readMessages(input).messages : [];
  const given = typeof input === "object" ? { value: input } : {};
  const text = said.text !== "" ? said.text : typeof output === "string" ? output : null;
  return {
    kind: "task",
    name,
    input: { ...(asked.length > 0 ? { messages: asked } : {}), ...given, ...from.rest() },
    output: text !== null ? { text } : (output ?? null),
    notes,
  };
}

type Name = keyof typeof names;
type Reader = ReturnType<typeof reader>;

/** Reads attributes by pawl's words and remembers which were read. */
function reader(span: ForeignSpan) {
  const all: Attributes = Object.assign(
    {},
    ...span.events.filter(({ name }) => detailEvents.has(name)).map(({ attributes }) => attributes),
    span.attributes,
  );
  const read = new Set<string>(["operation.name", "resource.name", "input.mime_type", "output.mime_type"]);

  /** The first that is there; its other names say the same and count as read. */
  function value(name: Name): Value | undefined {
    for (const each of names[name]) if (each in all) read.add(each);
    const found = names[name].find((each) => all[each] !== undefined && all[each] !== null);
    return found === undefined ? undefined : all[found];
  }
  function text(name: Name): string | null {
    const found = value(name);
    return found === undefined || found === "" ? null : asText(found);
  }
  function number(name: Name): number | null {
    const found = Number(value(name) ?? Number.NaN);
    return Number.isFinite(found) ? found : null;
  }
  /** A value that may be written as JSON text. */
  function json(name: Name): unknown {
    const found = value(name);
    return Array.isArray(found) ? found.map(parsed) : parsed(found);
  }
  /** Members written one by one: `prefix.0.role`, `prefix.0.content`, `prefix.1.role`, … */
  function indexed(name: Name): unknown[] {
    for (const prefix of names[name]) {
      const members = Object.keys(all).filter(
        (key) => /^\.\d+\./.test(key.slice(prefix.length)) && key.startsWith(prefix),
      );
      if (members.length === 0) continue;
      const root: Nested = {};
      for (const key of members) {
        read.add(key);
        place(root, key.slice(prefix.length + 1).split("."), all[key] ?? null);
      }
      return listOf(root);
    }
    return [];
  }
  const events = (pattern: RegExp) => span.events.filter((event) => pattern.test(event.name));

  return {
    text,
    number,
    json,
    indexed,
    has: (name: Name) => names[name].some((each) => all[each] !== undefined),

    messages() {
      const prompt = json("prompt");
      const given = json("messages");
      const inPrompt = isObject(prompt) ? (prompt.messages ?? prompt.prompt) : prompt;
      const system = readSystem(json("system") ?? (isObject(prompt) ? prompt.system : undefined));
      const told = events(messageEvent).map(({ name, attributes }) => ({
        role: messageEvent.exec(name)?.[1],
        ...attributes,
      }));
      const written = indexed("indexedMessages").map((entry) => unwrapped(member(entry, "message")));
      const found = readMessages(given ?? inPrompt ?? (written.length > 0 ? written : told));
      const input = json("input");
      if (found.messages.length === 0 && isObject(input) && areMessages(input.messages)) {
        return readMessages(input.messages);
      }
      return { messages: [...system, ...found.messages], notes: found.notes };
    },

    said(): { text: string; toolCalls: unknown[] } {
      const answers = json("answers");
      const written = indexed("indexedAnswers").map((entry) => unwrapped(member(entry, "message")));
      const chosen = events(new RegExp(`^${choiceEvent.replace(".", "\\.")}$`)).map(({ attributes }) =>
        parsed(attributes.message ?? attributes.content ?? null),
      );
      const messages = answers !== undefined ? [answers].flat() : written.length > 0 ? written : chosen;
      const texts = messages.map((answer) => (isObject(answer) ? answer : { content: answer }));
      const direct = text("text") ?? text("object");
      const toolCalls = [...listed(json("toolCalls")), ...texts.flatMap(callsIn)];
      const whole = readMessages(texts.map((answer) => ({ ...answer, ...withoutCalls(answer) }))).messages;
      const fallback = whole.map(({ content }) => content).find((content) => content !== "");
      return { text: direct ?? fallback ?? "", toolCalls };
    },

    /** What was said about how tokens are chosen, as far as pawl has a word for it; nothing is made up. */
    sampling(): Record<string, unknown> {
      const parameters = json("invocation");
      const other = isObject(parameters) ? parameters : {};
      const stop = json("stop") ?? other.stop;
      const given = {
        temperature: number("temperature") ?? numberOf(other.temperature),
        topP: number("topP") ?? numberOf(other.top_p),
        topK: number("topK") ?? numberOf(other.top_k),
        maxTokens: number("maxTokens") ?? numberOf(other.max_tokens ?? other.max_completion_tokens),
        seed: number("seed") ?? numberOf(other.seed),
        stop: listed(stop).length > 0 ? listed(stop).map(asText) : null,
      };
      return Object.fromEntries(Object.entries(given).filter(([, each]) => each !== null));
    },

    /** What was not read. */
    rest(): { attributes?: Attributes } {
      const left = Object.entries(all).filter(([name]) => !read.has(name) && !notStored.test(name));
      return left.length === 0 ? {} : { attributes: Object.fromEntries(left) };
    },
  };
}

/** `provider/model` as pawl names it: the AI SDK's `openai.responses` and the conventions' `gcp.gemini` are short names' long forms. */
function modelId(provider: string | null, model: string | null): string {
  const long = provider?.toLowerCase() ?? "";
  const short = /gemini|google|gcp|vertex/.test(long)
    ? "google"
    : /bedrock/.test(long)
      ? "bedrock"
      : /azure/.test(long)
        ? "azure"
        : (long.split(/[.\s/]/)[0] ?? "");
  const id = model ?? "unknown";
  return short === "" || id.startsWith(`${short}/`) ? id : `${short}/${id}`;
}

function finishOf(value: unknown): "stop" | "length" | "content-filter" | "tool-calls" {
  switch (asText([value].flat()[0]).replaceAll("_", "-")) {
    case "length":
    case "max-tokens":
      return "length";
    case "content-filter":
      return "content-filter";
    case "tool-calls":
    case "tool-call":
    case "tool-use":
      return "tool-calls";
    default:
      return "stop";
  }
}

function failureOf(span: ForeignSpan): string {
  if (span.failure !== null && span.failure !== "") return span.failure;
  const told = span.events.map(({ attributes }) => stringOf(attributes, names.failure)).find((text) => text !== null);
  return told ?? `${span.name} failed.`;
}

function stringOf(attributes: Attributes, among: readonly string[]): string | null {
  const found = among.map((name) => attributes[name]).find((each) => typeof each === "string" && each !== "");
  return typeof found === "string" ? found : null;
}

/** JSON text as its value; any other text as it is. */
function parsed(value: unknown): unknown {
  if (typeof value !== "string" || !/^\s*[[{]/.test(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value; // text that begins with a bracket
  }
}

type Nested = { [name: string]: Nested | Value };

function place(root: Nested, path: readonly string[], value: Value): void {
  let node = root;
  for (const name of path.slice(0, -1)) {
    const next = Object.hasOwn(node, name) ? node[name] : undefined;
    const inner: Nested = isObject(next) ? (next as Nested) : {}; // placed here before, so it is nested
    Object.defineProperty(node, name, { value: inner, enumerable: true, configurable: true, writable: true });
    node = inner;
  }
  Object.defineProperty(node, path.at(-1) ?? "", { value, enumerable: true, configurable: true, writable: true });
}

/** Objects whose members are numbers become lists. */
function listOf(value: unknown): unknown[] {
  if (!isObject(value)) return [];
  return Object.entries(value)
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, entry]) => entry);
}

function member(value: unknown, name: string): unknown {
  return isObject(value) && isObject(value[name]) ? value[name] : value;
}

/** OpenInference wraps each part and each call once more. */
function unwrapped(message: unknown): unknown {
  if (!isObject(message)) return message;
  const { contents, tool_calls: toolCalls, ...rest } = message;
  return {
    ...rest,
    ...(isObject(contents) ? { content: listOf(contents).map((part) => member(part, "message_content")) } : {}),
    ...(isObject(toolCalls) ? { tool_calls: listOf(toolCalls).map((call) => member(call, "tool_call")) } : {}),
  };
}

function callsIn(answer: Record<string, unknown>): unknown[] {
  const parts = listed(answer.parts ?? answer.content).filter(
    (part) => isObject(part) && /^tool[-_](call|use)$/.test(String(part.type)),
  );
  return [...listed(answer.tool_calls), ...parts];
}

function withoutCalls(answer: Record<string, unknown>) {
  const isCall = (part: unknown) => isObject(part) && /^tool[-_](call|use)$/.test(String(part.type));
  const content = answer.parts ?? answer.content;
  return {
    parts: undefined,
    content: Array.isArray(content) ? content.filter((part) => !isCall(part)) : content,
    tool_calls: undefined,
    toolCalls: undefined,
  };
}

function listed(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function numberOf(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}
