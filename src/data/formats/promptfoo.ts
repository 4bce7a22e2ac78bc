import type { Document, LineCounter } from "yaml";
import { PawlError } from "#kernel";
import { Split } from "#schema";
import { isTag, takeRecord } from "./fields.ts";
import { type Collector, collector, type Format } from "./format.ts";
import { isRecord, readMessages } from "./messages.ts";
import { readAsserts, setOf } from "./promptfoo-asserts.ts";
import { fillIn, resolveVariables, variablesOf } from "./template.ts";

/**
 * promptfoo's configuration, or a file with its list of tests (checked against promptfoo 0.121). What is asked is the
 * one prompt with its variables filled in; where there is not exactly one in the file, the variable that is called
 * question, input, prompt, query or message, or the only text. Plain asserts become expectations, `description` and
 * `metadata` tags, but `metadata.split` the split.
 */
export const promptfoo: Format = {
  name: "promptfoo",
  detects: (file, text) =>
    /\.ya?ml$/.test(file) ||
    (!/\.(jsonl|ndjson)$/.test(file) &&
      (/^(?:- *)?(?:tests|prompts|vars):/m.test(text) || /^\s*\{[\s\S]*"tests"\s*:\s*\[/.test(text))),
  async parse(text, file) {
    const into = collector("promptfoo");
    const { document, lines, parse } = await readYaml(text, file);
    const root: unknown = document.toJS();
    const config = Array.isArray(root) ? { tests: root } : root;
    if (!isRecord(config)) throw unreadable(file, "is not a configuration of promptfoo's.");
    const lineOf = (path: readonly (string | number)[]) => {
      const node = document.getIn(path, true);
      const range = isRecord(node) && Array.isArray(node.range) ? Number(node.range[0]) : 0;
      return `${file}:${lines.linePos(range).line}`;
    };
    const suite = readSuite(config, lineOf, into, file);
    for (const [index, test] of suite.tests.entries()) {
      const at = lineOf(Array.isArray(root) ? [index] : ["tests", index]);
      if (isRecord(test)) takeTest(test, at, suite, parse, into);
      else into.refuse(at, `The test is ${JSON.stringify(test)}; import that file by itself.`);
    }
    return into.parsed();
  },
};

type Suite = { tests: unknown[]; prompt: unknown; defaults: Record<string, unknown> };

const carried = new Set(["tests", "prompts", "defaultTest", "description", "$schema"]);

function readSuite(
  config: Record<string, unknown>,
  lineOf: (path: readonly string[]) => string,
  into: Collector,
  file: string,
): Suite {
  for (const name of Object.keys(config))
    if (!carried.has(name))
      into.drop(lineOf([name]), name, "A dataset has no place for it; it is the app's, or promptfoo's own.");
  const { tests = [{}], defaultTest } = config;
  if (typeof tests === "string" || (isRecord(tests) && !Array.isArray(tests)))
    throw unreadable(file, `has its tests elsewhere: ${JSON.stringify(tests)}. Import that file by itself.`);
  if (defaultTest !== undefined && !isRecord(defaultTest))
    into.drop(lineOf(["defaultTest"]), "defaultTest", "It is in another file.");
  const prompts = config.prompts === undefined ? [] : [config.prompts].flat();
  const [first] = prompts;
  const raw: unknown = isRecord(first) ? (first.raw ?? first.id) : first;
  const isElsewhere =
    typeof raw !== "string" || /^\w+:\/\/|^exec:|^\S+\.(txt|md|json|jsonl|ya?ml|js|ts|py|j2|csv)$/.test(raw);
  if (prompts.length > 1)
    into.drop(lineOf(["prompts"]), "prompts", `There are ${prompts.length}: the question is taken from the variables.`);
  else if (prompts.length === 1 && isElsewhere)
    into.drop(lineOf(["prompts"]), "prompts", "It is in another file: the question is taken from the variables.");
  return {
    tests: Array.isArray(tests) ? tests : [],
    prompt: prompts.length === 1 && !isElsewhere ? raw : undefined,
    defaults: isRecord(defaultTest) ? defaultTest : {},
  };
}

const ownMembers = new Set(["vars", "assert", "description", "metadata", "options", "threshold"]);
const ownOptions = new Set(["prefix", "suffix", "disableVarExpansion", "disableDefaultAsserts"]);

function takeTest(
  test: Record<string, unknown>,
  at: string,
  { defaults, prompt }: Suite,
  parse: (yaml: string) => unknown,
  into: Collector,
): void {
  const options = { ...member(defaults, "options"), ...member(test, "options") };
  const variables = { ...member(defaults, "vars"), ...member(test, "vars") };
  const asserts = [...(options.disableDefaultAsserts === true ? [] : list(defaults.assert)), ...list(test.assert)];
  const threshold = test.threshold ?? defaults.threshold;
  const { split: wanted, ...metadata } = { ...member(defaults, "metadata"), ...member(test, "metadata") };
  const split = Split.safeParse(wanted);
  for (const name of new Set([...Object.keys(defaults), ...Object.keys(test)]))
    if (!ownMembers.has(name)) into.drop(at, name, "A member of a test that a dataset has no place for.");
  for (const name of Object.keys(options))
    if (!ownOptions.has(name)) into.drop(at, `options.${name}`, "An option of a test that a dataset has no place for.");
  if (typeof test.vars === "string") {
    into.refuse(at, `The variables are in ${test.vars}, another file.`);
    return;
  }

  const combinations = options.disableVarExpansion === true ? [variables] : combinationsOf(variables);
  for (const [index, combination] of combinations.entries()) {
    const place = combinations.length === 1 ? at : `${at} (${index + 1} of ${combinations.length})`;
    const elsewhere = Object.entries(combination).find(
      ([, value]) => typeof value === "string" && /^(file|package):/.test(value),
    );
    if (elsewhere) {
      into.refuse(place, `The variable ${elsewhere[0]} is in ${elsewhere[1]}, another file.`);
      continue;
    }
    const values = resolveVariables(withoutLastNewline(combination));
    const open = Object.entries(values).find(
      ([, value]) => typeof value === "string" && /\{\{.*?\}\}|\{%/s.test(value),
    );
    if (open) {
      into.refuse(
        place,
        `The variable ${open[0]} uses ${String(open[1]).slice(0, 100)}; pawl fills in {{ names }} only.`,
      );
      continue;
    }
    const asked = askedBy(prompt, values, options);
    if ("refusal" in asked) {
      into.refuse(place, asked.refusal);
      continue;
    }
    const read = readAsserts(asserts, values, parse);
    if ("refusal" in read) {
      into.refuse(place, read.refusal);
      continue;
    }
    for (const { name, message } of read.dropped) into.drop(place, name, message);
    const expect =
      typeof threshold === "number" && read.expect.length > 0 ? [setOf(read.expect, { threshold })] : read.expect;
    const tags: Record<string, unknown> = {};
    if (isTag(test.description)) tags.description = test.description;
    const unused = Object.entries(values).filter(([name]) => !asked.used.includes(name));
    for (const [name, value] of [
      ...Object.entries(metadata),
      ...unused,
      ...(split.success ? [] : [["split", wanted ?? null] as const]),
    ]) {
      if (isTag(value)) tags[name] ??= value;
      else if (value !== null) into.drop(place, name, "Only short text, numbers and true or false become tags.");
    }
    takeRecord(
      {
        ...asked.line,
        ...(expect.length > 0 ? { expect } : {}),
        ...(split.success ? { split: split.data } : {}),
        tags,
      },
      place,
      into,
    );
  }
}

type Asked = { line: { question: string } | { messages: unknown }; used: string[] } | { refusal: string };

/** What the test asks: its prompt as sent, or the variable that is the question. */
function askedBy(prompt: unknown, values: Record<string, unknown>, options: Record<string, unknown>): Asked {
  if (typeof prompt !== "string") return askedByVariable(values);
  const template = `${options.prefix ?? ""}${prompt}${options.suffix ?? ""}`;
  const used = variablesOf(template);
  const chat = chatOf(template);
  if (chat !== null) {
    const filled = chat.messages.map(({ content, ...message }) => ({ ...message, content: fillIn(content, values) }));
    const messages = filled.map(({ content, ...message }) =>
      "text" in content ? { ...message, content: content.text } : null,
    );
    return messages.includes(null) ? unfilled(template) : { line: { messages }, used };
  }
  const filled = fillIn(template, values);
  if ("unsupported" in filled) return unfilled(filled.unsupported);
  const messages = chatOf(filled.text)?.messages;
  return { line: messages ? { messages } : { question: filled.text }, used };
}

function unfilled(what: string): { refusal: string } {
  return { refusal: `The prompt uses ${what.slice(0, 100)}; pawl fills in {{ names }} only.` };
}

function askedByVariable(values: Record<string, unknown>): Asked {
  const texts = Object.entries(values).filter(([, value]) => typeof value === "string");
  const named = ["question", "input", "prompt", "query", "message"].map((name) =>
    texts.find(([known]) => known === name),
  );
  const found = named.find((one) => one !== undefined) ?? (texts.length === 1 ? texts[0] : undefined);
  if (found) return { line: { question: String(found[1]) }, used: [found[0]] };
  return {
    refusal: `None of its variables (${Object.keys(values).join(", ") || "none"}) is called question, and there is not exactly one prompt.`,
  };
}

/** A prompt that is a chat: a JSON list of messages. */
function chatOf(prompt: string) {
  if (!/^\s*\[/.test(prompt)) return null;
  try {
    const read = readMessages(JSON.parse(prompt));
    return "messages" in read ? read : null;
  } catch {
    return null; // a text that begins with a bracket
  }
}

/** A variable that is a list of texts stands for a test with each of them. */
function combinationsOf(variables: Record<string, unknown>): Record<string, unknown>[] {
  return Object.entries(variables).reduce<Record<string, unknown>[]>(
    (combinations, [name, value]) => {
      const values: unknown[] = Array.isArray(value) && typeof value[0] === "string" ? value : [value];
      return combinations.flatMap((combination) => values.map((one) => ({ ...combination, [name]: one })));
    },
    [{}],
  );
}

function withoutLastNewline(variables: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [
      name,
      typeof value === "string" ? value.replace(/\n$/, "") : value,
    ]),
  );
}

function member(of: Record<string, unknown>, name: string): Record<string, unknown> {
  const value = of[name];
  return isRecord(value) ? value : {};
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

async function readYaml(
  text: string,
  file: string,
): Promise<{ document: Document; lines: LineCounter; parse: (yaml: string) => unknown }> {
  const { parseDocument, LineCounter: Counter, parse } = await import("yaml");
  const lines = new Counter();
  const document = parseDocument(text, { merge: true, lineCounter: lines });
  const [error] = document.errors;
  if (error) throw unreadable(file, `is not YAML: ${error.message.split("\n")[0]?.replace(/:$/, "")}.`, error);
  return {
    document,
    lines,
    parse: (yaml) => {
      try {
        return parse(yaml);
      } catch {
        return undefined; // the assert that holds it is refused
      }
    },
  };
}

function unreadable(file: string, what: string, cause?: unknown): PawlError {
  return new PawlError("dataset-unreadable", `${file} ${what}`, {
    hint: "docs/datasets.md says which of promptfoo's forms are read.",
    ...(cause === undefined ? {} : { cause }),
  });
}
