import { member, parsed, type Reader, reader, stringOf } from "./attributes.ts";
import { asText, isObject, readMessages } from "./messages.ts";
import { agentOperations, modelOperations, names, sdkAnswers, sdkCall, sdkTool } from "./names.ts";
import type { ForeignSpan } from "./otlp.ts";

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
    (sdk !== null && sdkCall.test(sdk)) ||
    (operation === null && sdk === null && kind === undefined && from.has("provider") && from.has("model"));
  if (isModel) return { ...whole, isAnswering: true, ...readModel(from) };
  if (operation === "retrieval" || kind === "RETRIEVER") return { ...whole, ...readRetrieval(from, span.name) };
  if (operation === "execute_tool" || sdk === sdkTool || kind === "TOOL" || loop === "tool")
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
    const about = parsed(document.metadata);
    const metadata = isObject(about) ? about : {};
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
