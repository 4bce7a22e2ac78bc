import { isDeepStrictEqual } from "node:util";
import type { Json } from "#schema";
import type { Check } from "./check.ts";
import { brokenCheck } from "./options.ts";

/**
 * The whole text is a JSON object with the fields of `value`: the score is the share of them that are right to the letter;
 * it passes where all are and there is no other. What is no JSON object has no field.
 */
export const jsonFields: Check = ({ text, options }) => {
  const wanted = expectedFields(options);
  const given = fieldsOf(text);
  const names = Object.keys(wanted);
  const right = names.filter((name) => isRight(wanted, given, name)).length;
  return { score: right / names.length, passed: right === names.length && Object.keys(given).length === right };
};

/** 1 where a text has this field as expected; null where the field is not expected of it. */
export function fieldScore(text: string, options: Readonly<Record<string, Json>>, name: string): number | null {
  const wanted = expectedFields(options);
  return Object.hasOwn(wanted, name) ? Number(isRight(wanted, fieldsOf(text), name)) : null;
}

export function expectedFields({ value }: Readonly<Record<string, Json>>): Record<string, Json> {
  if (typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length > 0)
    return value;
  throw brokenCheck("json-fields", "`value` is not an object with the fields.");
}

function isRight(wanted: Record<string, Json>, given: Record<string, unknown>, name: string): boolean {
  return Object.hasOwn(given, name) && isDeepStrictEqual(given[name], wanted[name]);
}

function fieldsOf(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
  } catch {
    return {}; // not JSON: that is the outcome
  }
}
