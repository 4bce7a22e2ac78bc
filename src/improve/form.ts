import type { Json } from "#schema";
import { objectOf } from "./closeness.ts";

export type Schema = Record<string, Json>;

/** Strings that take at most so many values, each seen twice or more on average, are a closed list. */
const closedList = 12;

/**
 * The JSON Schema that right answers have in common, where each is a JSON object with the same members, objects and lists
 * among them: strict, with closed lists for strings that repeat. Null where there is no such form, or one answer alone.
 */
export function formOf(answers: readonly string[]): Schema | null {
  const objects = answers.map(objectOf).filter((object) => object !== null);
  return answers.length > 1 && objects.length === answers.length ? objectForm(objects) : null;
}

function objectForm(objects: readonly Record<string, unknown>[]): Schema | null {
  const names = Object.keys(objects[0] ?? {});
  const isSame = objects.every((object) => Object.keys(object).sort().join("\0") === [...names].sort().join("\0"));
  if (!isSame || names.length === 0) return null;
  const properties: Record<string, Json> = {};
  for (const name of names) {
    const form = valueForm(objects.map((object) => object[name]));
    if (!form) return null;
    properties[name] = form;
  }
  return { type: "object", properties, required: names, additionalProperties: false };
}

/** What the values of one member have in common; some of them may be null. */
function valueForm(values: readonly unknown[]): Schema | null {
  const present = values.filter((value) => value !== null);
  const form = presentForm(present);
  return form && present.length < values.length ? { oneOf: [form, { type: "null" }] } : form;
}

function presentForm(values: readonly unknown[]): Schema | null {
  if (values.length === 0) return null;
  if (values.every((value) => typeof value === "number")) return { type: "number" };
  if (values.every((value) => typeof value === "boolean")) return { type: "boolean" };
  if (values.every((value) => typeof value === "string")) return stringForm(values);
  if (values.every((value) => Array.isArray(value))) {
    const items = valueForm(values.flat());
    return items && { type: "array", items };
  }
  return values.every(isRecord) ? objectForm(values) : null;
}

function stringForm(values: readonly string[]): Schema {
  const distinct = [...new Set(values)].sort();
  return distinct.length <= closedList && distinct.length * 2 <= values.length
    ? { type: "string", enum: distinct }
    : { type: "string" };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
