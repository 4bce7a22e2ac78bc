import { PawlError } from "#kernel";
import type { Expectation, Json, MetricInfo } from "#schema";
import { answerText, type Scored, type Scorer } from "./scorer.ts";

/** Checks that an example brings with it, by name; each gives 0 to 1. */
type Check = (text: string, options: Record<string, Json>, input: Scored) => number | Promise<number>;

const values = (options: Record<string, Json>): string[] => [options.value ?? options.values ?? []].flat().map(String);
const isIn = (text: string, part: string, options: Record<string, Json>) =>
  options.ignoreCase === true ? text.toLowerCase().includes(part.toLowerCase()) : text.includes(part);

/** The checks there are; what an import cannot express in them is named as not carried over. */
export const checks: Readonly<Record<string, Check>> = {
  equals: (text, options) => Number(values(options).some((value) => text.trim() === value.trim())),
  contains: (text, options) => Number(values(options).every((value) => isIn(text, value, options))),
  "contains-any": (text, options) => Number(values(options).some((value) => isIn(text, value, options))),
  "starts-with": (text, options) => Number(values(options).some((value) => text.startsWith(value))),
  regex: (text, options) =>
    Number(values(options).every((value) => pattern(value, String(options.flags ?? "")).test(text))),
  numeric: (text, options) => numeric(text, options),
  "is-json": async (text, options) => Number(await matchesSchema(parseJson(text), options.schema)),
  "contains-json": async (text, options) => {
    const found = jsonParts(text).map((part) => matchesSchema(parseJson(part), options.schema));
    return Number((await Promise.all(found)).some(Boolean));
  },
  levenshtein: (text, options) => {
    const [reference = ""] = values(options);
    const distance = editDistance(text, reference);
    if (typeof options.threshold === "number") return Number(distance <= options.threshold);
    return 1 - distance / Math.max(text.length, reference.length, 1);
  },
  latency: (_, options, { turn }) => Number(turn.endMs - turn.startMs <= Number(options.threshold)),
};

const info: MetricInfo = {
  name: "expectations",
  direction: "higher",
  unit: "share",
  range: [0, 1],
  margin: 0.03,
  component: "answer",
  isGuarded: true,
};

/** The weighted share of an example's own checks that hold; says nothing where it brings none. */
export const expectationsScorer: Scorer = {
  info,
  async score(input) {
    const { expect } = input.example;
    if (expect.length === 0) return null;
    const outcomes = await Promise.all(expect.map((expectation) => outcomeOf(expectation, input)));
    const weight = expect.reduce((sum, expectation) => sum + expectation.weight, 0);
    return outcomes.reduce((sum, outcome, i) => sum + outcome * (expect[i]?.weight ?? 0), 0) / weight;
  },
};

/** One check's outcome, 0 to 1; `not` turns it. Throws `bad-request` for a check that does not exist. */
export async function outcomeOf(expectation: Expectation, input: Scored): Promise<number> {
  const check = checks[expectation.scorer];
  if (!check) {
    throw new PawlError("bad-request", `There is no check "${expectation.scorer}".`, {
      hint: `There are: ${Object.keys(checks).join(", ")}.`,
    });
  }
  const outcome = await check(answerText(input.turn), expectation.options, input);
  return expectation.options.not === true ? 1 - outcome : outcome;
}

function pattern(source: string, flags: string): RegExp {
  try {
    return new RegExp(source, flags);
  } catch (cause) {
    throw new PawlError("bad-request", `"${source}" is not a regular expression.`, { cause });
  }
}

/** 1 where the first number of the text is within the tolerance (absolute, or a share of the value as `relative`). */
function numeric(text: string, options: Record<string, Json>): number {
  const wanted = Number(values(options)[0]);
  const found = /-?\d[\d,]*(?:\.\d+)?/.exec(text)?.[0].replaceAll(",", "");
  if (found === undefined || Number.isNaN(wanted)) return 0;
  const tolerance = Math.max(Number(options.tolerance ?? 0), Math.abs(wanted) * Number(options.relative ?? 0));
  return Number(Math.abs(Number(found) - wanted) <= tolerance + 1e-9);
}

function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // not JSON: the check fails, which is its outcome
  }
}

/** Everything in a text that may be a JSON object or array, longest first. */
function jsonParts(text: string): string[] {
  const starts = [...text.matchAll(/[[{]/g)].map((match) => match.index);
  const ends = [...text.matchAll(/[\]}]/g)].map((match) => match.index + 1).reverse();
  return starts
    .flatMap((start) => ends.filter((end) => end > start).map((end) => text.slice(start, end)))
    .slice(0, 200);
}

async function matchesSchema(value: Json | undefined, schema: Json | undefined): Promise<boolean> {
  if (value === undefined) return false;
  if (schema === undefined || schema === null) return true;
  const { Ajv2020 } = await import("ajv/dist/2020.js");
  return new Ajv2020({ strict: false, allErrors: false }).validate(schema as object, value); // JSON Schema: an object or a boolean
}

/** Levenshtein 1966, in UTF-16 code units; two rows. */
export function editDistance(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (above[j - 1] ?? 0) + Number(a[i - 1] !== b[j - 1]);
      row.push(Math.min(change, (above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    above = row;
  }
  return above[b.length] ?? 0;
}
