import { ExampleLine, Split } from "#schema";
import type { Collector } from "./format.ts";
import { isRecord, readMessages } from "./messages.ts";

/** Names under which other tools write the same thing; the first that a line has is taken. */
export const aliases = {
  id: ["id"],
  question: ["question", "input", "prompt", "query"],
  messages: ["messages"],
  answer: [
    "answer",
    "expected",
    "output",
    "reference",
    "expected_output",
    "expected_answer",
    "reference_answer",
    "ground_truth",
    "ideal",
    "target",
    "completion",
    "response",
  ],
  answers: ["answers"],
  group: ["group"],
  groups: ["groups"],
  split: ["split"],
  sources: ["sources"],
  expect: ["expect"],
  tags: ["tags"],
} as const satisfies Record<keyof ExampleLine, readonly string[]>;

/** Most characters of a value that is kept as a tag; what is longer is text, not a mark to slice by. */
const maxTagCharacters = 500;

const shortSplits: Record<string, Split> = { dev: "development", val: "validation", valid: "validation" };

/** A column's name as it is compared: lower case, words joined by `_`. */
export function fieldName(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replace(/[\s-]+/g, "_");
}

/** Makes an example's line of a record with names of any kind; what it cannot hold is dropped by name, or refused. */
export function takeRecord(record: Record<string, unknown>, at: string, into: Collector): void {
  const read = readRecord(record, (name, message) => into.drop(at, name, message));
  if (typeof read === "string") into.refuse(at, read);
  else into.add(at, read);
}

/** The line, or a sentence why there is none. */
function readRecord(
  record: Record<string, unknown>,
  drop: (name: string, message: string) => void,
): ExampleLine | string {
  const members = Object.entries(record).filter(([, value]) => value !== undefined);
  const used = new Set<string>();
  const take = (field: keyof typeof aliases): unknown => {
    for (const alias of aliases[field]) {
      const found = members.find(([name]) => !used.has(name) && fieldName(name) === alias);
      if (!found || (found[1] === null && field !== "answer")) continue;
      used.add(found[0]);
      return found[1];
    }
    return undefined;
  };

  const listed = take("messages");
  const asked = askedIn(listed, listed === undefined ? take("question") : undefined);
  if ("refusal" in asked) return asked.refusal;
  for (const name of asked.lost)
    drop(`messages[].${name}`, "A message has a role, a name and text; this member is left out.");
  const answered = answersIn(take("answer"), take("answers"));
  if ("refusal" in answered) return answered.refusal;
  const id = take("id");
  const split = take("split");
  const line: Record<string, unknown> = {
    ...asked.line,
    ...answered.line,
    id: typeof id === "number" ? String(id) : id,
    group: text(take("group")),
    groups: take("groups"),
    split: typeof split === "string" ? (shortSplits[split] ?? split) : split,
    sources: take("sources"),
    expect: take("expect"),
  };
  const given = take("tags");
  const tags: Record<string, unknown> = isRecord(given) ? { ...given } : {};
  if (given !== undefined && !isRecord(given)) return "`tags` is not an object.";
  for (const [name, value] of members) {
    if (used.has(name) || value === null || name in tags) continue;
    if (isTag(value)) tags[name] = value;
    else if (typeof value === "string")
      drop(name, `A value of more than ${maxTagCharacters} characters is too long for a tag.`);
    else drop(name, "Only text, numbers and true or false become tags.");
  }
  if (Object.keys(tags).length > 0) line.tags = tags;

  const parsed = ExampleLine.safeParse(line);
  if (!parsed.success) return refusalOf(parsed.error.issues[0], line);
  const sources = parsed.data.sources ?? [];
  for (const source of sources)
    for (const name of Object.keys(source))
      if (!["path", "start", "end"].includes(name))
        drop(`sources[].${name}`, "A source is a path and a range; the rest can be read there.");
  if (sources.some(({ start, end }) => start >= end)) return "A source's `end` is not after its `start`.";
  return parsed.data;
}

function askedIn(
  messages: unknown,
  question: unknown,
): { line: { question: string } | { messages: unknown }; lost: string[] } | { refusal: string } {
  // `input` of OpenAI's evals is a list of messages.
  const list = messages ?? (Array.isArray(question) ? question : undefined);
  if (list !== undefined) {
    const read = readMessages(list);
    if ("refusal" in read) return read;
    if (!read.messages.some(({ role, content }) => role === "user" && content.trim() !== ""))
      return { refusal: "No message of a user asks anything." };
    return { line: { messages: read.messages }, lost: read.lost };
  }
  const asked = text(question);
  if (typeof asked !== "string") return { refusal: "There is neither `question` nor `messages`." };
  if (asked.trim() === "") return { refusal: "The question is empty." };
  return { line: { question: asked }, lost: [] };
}

/** A list of answers is one answer and others that are right too. */
function answersIn(
  answer: unknown,
  others: unknown,
): { line: { answer?: unknown; answers?: unknown } } | { refusal: string } {
  const list = Array.isArray(others) ? others.map(text) : others;
  if (!Array.isArray(answer))
    return { line: { ...(answer === undefined ? {} : { answer: text(answer) }), answers: list } };
  const [first, ...more] = answer.map(text);
  if (first === undefined) return { refusal: "The list of answers is empty." };
  return { line: { answer: first, answers: [...more, ...(Array.isArray(list) ? list : [])] } };
}

/** Numbers and booleans as they are written; anything else as it is. */
function text(value: unknown): unknown {
  return typeof value === "number" || typeof value === "boolean" ? String(value) : value;
}

export function isTag(value: unknown): value is string | number | boolean {
  if (typeof value === "string") return value.length <= maxTagCharacters;
  return typeof value === "number" || typeof value === "boolean";
}

function refusalOf(
  issue: { path: readonly PropertyKey[]; message: string } | undefined,
  line: Record<string, unknown>,
): string {
  const [field] = issue?.path ?? [];
  if (field === "split")
    return `There is no split ${JSON.stringify(line.split)}; the splits are ${Split.options.join(", ")}.`;
  return `\`${issue?.path.join(".") ?? ""}\`: ${issue?.message ?? "not as it should be"}.`;
}
