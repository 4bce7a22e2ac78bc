import { Expectation, Json } from "#schema";
import { isRecord } from "./messages.ts";
import { fillIn } from "./template.ts";

/**
 * promptfoo's asserts that need neither code nor a model. Each becomes an expectation of the same name with the options
 * `value`, `threshold` (promptfoo's default filled in), `not` and `metric`.
 */
export const plainAsserts = [
  "equals",
  "contains",
  "icontains",
  "contains-all",
  "icontains-all",
  "contains-any",
  "icontains-any",
  "starts-with",
  "regex",
  "is-json",
  "contains-json",
  "levenshtein",
  "rouge-n",
  "word-count",
  "latency",
  "cost",
] as const;
export type PlainAssert = (typeof plainAsserts)[number];

/** A test's asserts as expectations; `dropped` are those that were not carried over; or why the test cannot be read. */
export type ReadAsserts = { expect: Expectation[]; dropped: { name: string; message: string }[] } | { refusal: string };

/** Texts of asserts are templates too: they are filled in with the test's variables. */
export function readAsserts(
  asserts: readonly unknown[],
  variables: Readonly<Record<string, unknown>>,
  parse: (yaml: string) => unknown,
): ReadAsserts {
  const expect: Expectation[] = [];
  const dropped: { name: string; message: string }[] = [];
  for (const assert of asserts) {
    if (!isRecord(assert) || typeof assert.type !== "string") return { refusal: "An assert has no `type`." };
    if (assert.type === "assert-set") {
      const members = readAsserts(Array.isArray(assert.assert) ? assert.assert : [], variables, parse);
      if ("refusal" in members) return members;
      dropped.push(...members.dropped);
      if (members.expect.length > 0) expect.push(setOf(members.expect, assert));
      continue;
    }
    const read = readAssert(assert, assert.type, variables, parse);
    if ("refusal" in read) return read;
    if ("dropped" in read) dropped.push({ name: assert.type, message: read.dropped });
    else expect.push(read.expectation);
  }
  return { expect, dropped };
}

/**
 * Expectations that are judged together: their weighted mean must reach the threshold; without one all must hold. The
 * scorer is called `set`.
 */
export function setOf(
  members: readonly Expectation[],
  given: { threshold?: unknown; weight?: unknown; metric?: unknown },
) {
  return Expectation.parse({
    scorer: "set",
    options: {
      expect: members,
      ...(typeof given.threshold === "number" ? { threshold: given.threshold } : {}),
      ...(typeof given.metric === "string" ? { metric: given.metric } : {}),
    },
    ...(typeof given.weight === "number" && given.weight > 0 ? { weight: given.weight } : {}),
  });
}

type Read = { expectation: Expectation } | { dropped: string } | { refusal: string };

function readAssert(
  assert: Record<string, unknown>,
  type: string,
  variables: Readonly<Record<string, unknown>>,
  parse: (yaml: string) => unknown,
): Read {
  const base = type.replace(/^not-/, "");
  const name = plainAsserts.find((plain) => plain === base);
  if (name === undefined) return { dropped: "It needs code or a model; pawl runs only plain asserts of promptfoo's." };
  if (assert.weight === 0) return { dropped: "Its weight is 0: it would not count." };
  if (assert.transform !== undefined) return { dropped: "It changes the output with code (`transform`) first." };

  const filled = fillInValue(assert.value, variables);
  if ("dropped" in filled) return filled;
  const value = wantedValue(name, filled.value, parse);
  if ("problem" in value) return { refusal: `\`${type}\` ${value.problem}.` };
  const threshold = typeof assert.threshold === "number" ? assert.threshold : defaultThresholds[name];
  if ((name === "latency" || name === "cost") && threshold === undefined)
    return { refusal: `\`${type}\` has no threshold.` };
  const json = Json.optional().safeParse(value.value);
  if (!json.success) return { refusal: `\`${type}\` has a value that is not JSON.` };
  const expectation = Expectation.safeParse({
    scorer: name,
    options: {
      ...(json.data === undefined ? {} : { value: json.data }),
      ...(threshold === undefined ? {} : { threshold }),
      ...(type === base ? {} : { not: true }),
      ...(typeof assert.metric === "string" ? { metric: assert.metric } : {}),
    },
    ...(assert.weight === undefined ? {} : { weight: assert.weight }),
  });
  if (!expectation.success) return { refusal: `\`${type}\` has a weight that is not a positive number.` };
  return { expectation: expectation.data };
}

const defaultThresholds: Partial<Record<PlainAssert, number>> = { levenshtein: 5, "rouge-n": 0.75 };

function fillInValue(
  value: unknown,
  variables: Readonly<Record<string, unknown>>,
): { value: unknown } | { dropped: string } {
  const texts = (Array.isArray(value) ? value : [value]).filter((one) => typeof one === "string");
  if (texts.some((text) => /^(file|package):/.test(text))) return { dropped: "Its value is in another file." };
  let unsupported: string | undefined;
  const fill = (one: unknown) => {
    if (typeof one !== "string") return one;
    const filled = fillIn(one, variables);
    if ("text" in filled) return filled.text;
    unsupported ??= filled.unsupported;
    return one;
  };
  const filled = Array.isArray(value) ? value.map(fill) : fill(value);
  return unsupported === undefined
    ? { value: filled }
    : { dropped: `Its value uses ${unsupported}; pawl fills in {{ names }} only.` };
}

/** A value as promptfoo would understand it, or what is wrong with it. */
function wantedValue(
  name: PlainAssert,
  value: unknown,
  parse: (yaml: string) => unknown,
): { value: unknown } | { problem: string } {
  switch (name) {
    case "latency":
    case "cost":
      return { value: undefined };
    case "equals":
      return { value: typeof value === "object" && value !== null ? value : String(value) };
    case "contains":
    case "icontains":
      if (typeof value === "number" || (typeof value === "string" && value !== "")) return { value: String(value) };
      return { problem: "needs a text to look for" };
    case "contains-all":
    case "icontains-all":
    case "contains-any":
    case "icontains-any": {
      const list = typeof value === "string" && value !== "" ? commaSeparated(value) : value;
      if (Array.isArray(list)) return { value: list.map(String) };
      return { problem: "needs a list of texts" };
    }
    case "regex": {
      if (typeof value !== "string" || value === "") return { problem: "needs a pattern" };
      return { value };
    }
    case "starts-with":
      if (typeof value === "string" && value !== "") return { value };
      return { problem: "needs a text" };
    case "levenshtein":
    case "rouge-n":
      return typeof value === "string" ? { value } : { problem: "needs a text to compare with" };
    case "is-json":
    case "contains-json": {
      if (value === undefined || value === null || value === "") return { value: undefined };
      const schema = typeof value === "string" ? parse(value) : value;
      return isRecord(schema) ? { value: schema } : { problem: "has a value that is not a JSON schema" };
    }
    case "word-count":
      return wordCount(value);
  }
}

function wordCount(value: unknown): { value: unknown } | { problem: string } {
  if (isRecord(value)) {
    const { min, max } = value;
    const isRange = [min, max].every((one) => one === undefined || typeof one === "number");
    if (isRange && (min !== undefined || max !== undefined)) return { value };
  } else if (value !== null && value !== "" && Number.isFinite(Number(value))) return { value: Number(value) };
  return { problem: "needs a number, or `min` and `max`" };
}

/** `a, "b, c", d` as promptfoo splits it: quotes keep commas; a quote is written `\"` or `""`. */
function commaSeparated(text: string): string[] {
  const parts: string[] = [];
  for (const [, quoted, bare] of text.matchAll(/\s*"((?:\\["\\]|""|[^"])*)"\s*(?=,|$)|([^,]+)/g)) {
    if (quoted !== undefined) parts.push(quoted.replace(/\\(["\\])|""/g, (_, escaped?: string) => escaped ?? '"'));
    else if (bare?.trim()) parts.push(bare.trim());
  }
  return parts;
}
