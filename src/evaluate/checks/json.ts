import type { Json } from "#schema";
import { type Check, holds } from "./check.ts";
import { brokenCheck } from "./options.ts";

/** The whole text is JSON, of the schema in `value` where there is one. */
const isJson: Check = async ({ text, options }) => {
  const matches = await matcher("is-json", options.value);
  try {
    return holds(matches(JSON.parse(text)));
  } catch {
    return holds(false); // not JSON: that is the outcome
  }
};

/**
 * Some JSON object in the text is of the schema in `value`. Models write comments, single quotes and trailing commas,
 * and stop before the last brace: what YAML can read as an object counts, as it does in promptfoo.
 */
const containsJson: Check = async ({ text, options }) => {
  const matches = await matcher("contains-json", options.value);
  for await (const found of objectsIn(text)) if (matches(found)) return holds(true);
  return holds(false);
};

export const jsonChecks: Readonly<Record<string, Check>> = { "is-json": isJson, "contains-json": containsJson };

/** Tells whether a value is of a JSON schema: draft 7, or 2020-12 where it says so; without one every value is. */
async function matcher(check: string, schema: Json | undefined): Promise<(value: unknown) => boolean> {
  if (schema === undefined || schema === null) return () => true;
  if (typeof schema !== "object" || Array.isArray(schema)) throw brokenCheck(check, "`value` is not a JSON schema.");
  const is2020 = String(schema.$schema).includes("2020-12");
  const [{ Ajv }, { Ajv2020 }, formats] = await Promise.all([
    import("ajv"),
    import("ajv/dist/2020.js"),
    import("ajv-formats"),
  ]);
  try {
    const ajv = is2020 ? new Ajv2020({ logger: false }) : new Ajv({ logger: false });
    formats.default.default(ajv);
    const validate = ajv.compile(schema);
    return (value) => validate(value) === true;
  } catch (cause) {
    throw brokenCheck(check, `its schema: ${cause instanceof Error ? cause.message : cause}.`, cause);
  }
}

/** Most beginnings of an object that are tried in one text. */
const maxObjects = 1_000;

/** The objects of a text that stand in no other, in order. */
async function* objectsIn(text: string): AsyncGenerator<unknown> {
  const ends = closingBraces(text);
  let from = 0;
  for (let tried = 0; tried < maxObjects; tried++) {
    const start = text.indexOf("{", from);
    if (start < 0) return;
    const { end, missing } = ends.get(start) ?? { end: text.length, missing: 0 };
    const found = await readLoosely(text.slice(start, end) + "}".repeat(missing));
    if (found !== undefined) yield found;
    from = found === undefined ? start + 1 : end;
  }
}

/** For each opening brace: where what it opens ends, and how many braces the text lacks for that. */
function closingBraces(text: string): Map<number, { end: number; missing: number }> {
  const open: number[] = [];
  const ends = new Map<number, { end: number; missing: number }>();
  for (const { index, 0: brace } of text.matchAll(/[{}]/g)) {
    if (brace === "{") {
      open.push(index);
      continue;
    }
    const start = open.pop();
    if (start !== undefined) ends.set(start, { end: index + 1, missing: 0 });
  }
  open.forEach((start, depth) => {
    ends.set(start, { end: text.length, missing: open.length - depth });
  });
  return ends;
}

/** An object as JSON or else as YAML, `//` comments left out; undefined where it is neither. */
async function readLoosely(text: string): Promise<unknown> {
  try {
    return JSON.parse(text);
  } catch {
    // not strictly JSON
  }
  const { parse } = await import("yaml");
  const plain = text.replace(/("(?:\\.|[^"\\])*")|(?<!:)\/\/[^\n]*/g, (_, quoted?: string) => quoted ?? "");
  try {
    const value: unknown = parse(plain, { uniqueKeys: false, logLevel: "silent" });
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined; // a brace in prose
  }
}
