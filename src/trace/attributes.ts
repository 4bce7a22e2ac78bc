import { areMessages, asText, isObject, readMessages, readSystem } from "./messages.ts";
import { choiceEvent, detailEvents, messageEvent, names, notStored } from "./names.ts";
import type { Attributes, ForeignSpan, Value } from "./otlp.ts";

type Name = keyof typeof names;
export type Reader = ReturnType<typeof reader>;

/** Reads attributes by pawl's words and remembers which were read. */
export function reader(span: ForeignSpan) {
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
      const chosen = events(choiceEvent).map(({ attributes }) =>
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

/** The first of these attributes that is a text. */
export function stringOf(attributes: Attributes, among: readonly string[]): string | null {
  const found = among.map((name) => attributes[name]).find((each) => typeof each === "string" && each !== "");
  return typeof found === "string" ? found : null;
}

/** JSON text as its value; any other text as it is. */
export function parsed(value: unknown): unknown {
  if (typeof value !== "string" || !/^\s*[[{]/.test(value)) return value;
  try {
    const found: unknown = JSON.parse(value);
    return isDeeper(found, maxDepth) ? value : found;
  } catch {
    return value; // text that begins with a bracket
  }
}

/** Deepest value that is read out of a text. */
const maxDepth = 64;

function isDeeper(value: unknown, than: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return than === 0 || Object.values(value).some((member) => isDeeper(member, than - 1));
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

export function member(value: unknown, name: string): unknown {
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
