import type { Message } from "#schema";

/** Messages in pawl's form, and what of them was not text and is only named. */
export type ReadMessages = { messages: Message[]; notes: string[] };

/**
 * Messages as any of the usual stacks write them: OpenAI's (`content`, `tool_calls`), the AI SDK's (parts with
 * `tool-call`, `tool-result`), OpenTelemetry's GenAI form (`parts` with `tool_call`, `tool_call_response`). A list of
 * messages, one message, or a plain text, which is the user's.
 */
export function readMessages(value: unknown): ReadMessages {
  const notes = new Set<string>();
  const list = Array.isArray(value) ? value : value === undefined || value === null ? [] : [value];
  const messages = list.map((entry): Message => {
    if (!isObject(entry)) return { role: "user", content: String(entry) };
    const content = [
      readContent(entry.parts ?? entry.content ?? entry.text, notes),
      ...calls(entry.tool_calls ?? entry.toolCalls).map((call) => readPart(call, notes)),
    ];
    const name = typeof entry.name === "string" ? { name: entry.name } : {};
    return { role: roleOf(entry.role), content: content.filter((part) => part !== "").join("\n"), ...name };
  });
  return { messages, notes: [...notes] };
}

/** Instructions that stand beside the messages: a text, parts, or system messages. */
export function readSystem(value: unknown): Message[] {
  const notes = new Set<string>();
  const content = readContent(isObject(value) ? (value.content ?? value) : value, notes);
  return content === "" ? [] : [{ role: "system", content }];
}

/** Is it a list of messages in one of the forms? */
export function areMessages(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every((entry) => isObject(entry) && "role" in entry);
}

function roleOf(role: unknown): Message["role"] {
  switch (role) {
    case "system":
    case "developer":
      return "system";
    case "assistant":
    case "ai":
    case "model":
      return "assistant";
    case "tool":
    case "function":
      return "tool";
    default:
      return "user";
  }
}

function readContent(value: unknown, notes: Set<string>): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "string") return value;
  if (Array.isArray(value)) {
    return value
      .map((part) => readPart(part, notes))
      .filter((part) => part !== "")
      .join("\n");
  }
  return readPart(value, notes);
}

function readPart(part: unknown, notes: Set<string>): string {
  if (!isObject(part)) return part === null || part === undefined ? "" : String(part);
  const type = String(part.type ?? (typeof part.text === "string" || typeof part.content === "string" ? "text" : ""));
  switch (type.replaceAll("-", "_")) {
    case "text":
    case "input_text":
    case "output_text":
      return String(part.text ?? part.content ?? "");
    case "reasoning":
    case "thinking":
      notes.add("Reasoning in the messages is not kept.");
      return "";
    case "tool_call":
    case "tool_use":
    case "function": {
      const called = isObject(part.function) ? part.function : part;
      const name = called.name ?? called.toolName ?? part.toolName;
      return `[tool call ${name} ${asText(called.arguments ?? called.input ?? called.args ?? {})}]`;
    }
    case "tool_call_response":
    case "tool_result": {
      const output = part.output ?? part.result ?? part.response ?? part.content;
      return isObject(output) && "value" in output ? asText(output.value) : asText(output);
    }
    case "": // a message within messages, or a shape that nobody knows: as it stands
      return "content" in part ? readContent(part.content, notes) : asText(part);
    default: {
      const media = part.mediaType ?? part.mime_type ?? part.mimeType ?? part.modality;
      notes.add(`The messages hold ${type}, which is named and not kept.`);
      return `[${type}${media === undefined ? "" : ` ${media}`}]`;
    }
  }
}

/** Tool calls that stand beside the content; each has OpenAI's or the AI SDK's form. */
function calls(value: unknown): unknown[] {
  return Array.isArray(value) ? value.map((call) => (isObject(call) ? { type: "tool-call", ...call } : call)) : [];
}

/** A value as a person reads it: text as it is, anything else as JSON. */
export function asText(value: unknown): string {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
