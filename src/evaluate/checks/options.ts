import { PawlError } from "#kernel";
import type { Json } from "#schema";

type Options = Readonly<Record<string, Json>>;

/** A check that cannot be made as the example has it; counted as an error of that example. */
export function brokenCheck(check: string, what: string, cause?: unknown): PawlError {
  return new PawlError("scorer-failed", `The check ${check} is broken: ${what}`, {
    hint: "docs/datasets.md says what each check needs.",
    ...(cause === undefined ? {} : { cause }),
  });
}

/** `value` as a text that is not empty. */
export function textOption(check: string, { value }: Options): string {
  if (typeof value === "number" || (typeof value === "string" && value !== "")) return String(value);
  throw brokenCheck(check, "it has no text in `value`.");
}

/** `value` as a list of texts. */
export function textsOption(check: string, { value }: Options): string[] {
  if (Array.isArray(value)) return value.map(String);
  throw brokenCheck(check, "it has no list in `value`.");
}

export function numberOption(check: string, options: Options, name: string, absent?: number): number {
  const given = options[name] ?? absent;
  const number = typeof given === "string" && given !== "" ? Number(given) : given;
  if (typeof number === "number" && Number.isFinite(number)) return number;
  throw brokenCheck(check, `its \`${name}\` is no number.`);
}
