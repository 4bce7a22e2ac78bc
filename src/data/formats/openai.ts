import { takeRecord } from "./fields.ts";
import { collector, type Format } from "./format.ts";
import { records } from "./jsonl.ts";
import { isRecord } from "./messages.ts";

/** OpenAI's chat form for fine-tuning: in each line `{"messages": […]}`, the last of them the assistant's answer. */
export const openai: Format = {
  name: "openai",
  detects(file, text) {
    if (!/\.(jsonl|ndjson|json)$/.test(file) && !/^\s*[{[]/.test(text)) return false;
    try {
      for (const { value } of records(text, file)) {
        if (value === undefined) continue;
        return lastIsAnswer(value) && !("answer" in value);
      }
    } catch {
      // A file that is not JSON is not of this form; the format that takes it says what is wrong.
    }
    return false;
  },
  async parse(text, file) {
    const into = collector("openai");
    for (const { at, value, problem } of records(text, file)) {
      if (problem !== undefined) {
        into.refuse(at, problem);
        continue;
      }
      if (!lastIsAnswer(value)) {
        takeRecord(value, at, into);
        continue;
      }
      const messages = value.messages.slice(0, -1);
      const last = value.messages.at(-1);
      const calls = isRecord(last) && (last.tool_calls !== undefined || last.function_call !== undefined);
      if (calls) into.drop(at, "tool_calls", "The answer calls tools; an example's answer is text.");
      const answer = isRecord(last) ? textOf(last.content) : null;
      if (answer === null && !calls) {
        into.refuse(at, "The assistant's last message has no text.");
        continue;
      }
      takeRecord({ ...value, messages, ...(answer === null ? {} : { answer }) }, at, into);
    }
    return into.parsed();
  },
};

function lastIsAnswer(value: Record<string, unknown>): value is { messages: unknown[] } {
  const { messages } = value;
  if (!Array.isArray(messages)) return false;
  const last: unknown = messages.at(-1);
  return isRecord(last) && last.role === "assistant";
}

function textOf(content: unknown): string | null {
  if (typeof content === "string" && content !== "") return content;
  if (!Array.isArray(content)) return null;
  const parts = content.map((part) => (isRecord(part) && typeof part.text === "string" ? part.text : ""));
  const text = parts.join("");
  return text === "" ? null : text;
}
