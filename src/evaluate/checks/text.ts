import { isDeepStrictEqual } from "node:util";
import { PawlError } from "#kernel";
import type { Json } from "#schema";
import { type Check, holds } from "./check.ts";
import { brokenCheck, numberOption, textOption, textsOption } from "./options.ts";

/** The whole text, to the letter; where the value is an object or a list, the JSON that the text is. */
const equals: Check = ({ text, options: { value = null } }) => {
  if (typeof value !== "object") return holds(String(value) === text);
  try {
    return holds(isDeepStrictEqual(value, JSON.parse(text)));
  } catch {
    return holds(false); // not JSON, so not this JSON
  }
};

const regex: Check = ({ text, options }) => {
  const source = textOption("regex", options);
  try {
    return holds(new RegExp(source).test(text));
  } catch (cause) {
    throw brokenCheck("regex", `"${source}" is not a regular expression.`, cause);
  }
};

/** Exactly `value` words, or from `min` to `max`; a word is what stands between white space. */
const wordCount: Check = ({ text, options: { value = null } }) => {
  const words = text.split(/\s+/).filter((word) => word !== "").length;
  const { min, max } = rangeOf(value);
  return holds(words >= min && words <= max);
};

function rangeOf(value: Json): { min: number; max: number } {
  const isRange = typeof value === "object" && value !== null && !Array.isArray(value);
  const { min = 0, max = Number.POSITIVE_INFINITY } = isRange ? value : { min: value, max: value };
  const range = { min: Number(min ?? Number.NaN), max: Number(max ?? Number.NaN) };
  if (range.min <= range.max) return range;
  throw brokenCheck("word-count", `${JSON.stringify(value)} is neither a number nor a range.`);
}

/**
 * The first number of the text is within the tolerance of the value: `tolerance` absolute, `relative` as a share of the
 * value, whichever allows more.
 */
const numeric: Check = ({ text, options }) => {
  const wanted = numberOption("numeric", options, "value");
  const found = /-?\d[\d,]*(?:\.\d+)?/.exec(text)?.[0].replaceAll(",", "");
  if (found === undefined) return holds(false);
  const tolerance = Math.max(
    numberOption("numeric", options, "tolerance", 0),
    Math.abs(wanted) * numberOption("numeric", options, "relative", 0),
  );
  return holds(Math.abs(Number(found) - wanted) <= tolerance + 1e-9);
};

/** Takes no more than `threshold` ms. A turn with steps that were known is not timed: it looks faster than it is. */
const latency: Check = ({ turn, options }) => {
  const threshold = numberOption("latency", options, "threshold");
  if (turn.spans.some((span) => span.source !== "work")) return null;
  return holds(turn.endMs - turn.startMs <= threshold);
};

/** Costs no more than `threshold` dollars. Models on this machine cost nothing; of others the price is not known. */
const cost: Check = ({ turn, options }) => {
  const threshold = numberOption("cost", options, "threshold");
  const paid = turn.spans.find(({ kind, name }) => kind === "model" && !/^(local\/|file:)/.test(name));
  if (!paid) return holds(threshold >= 0);
  throw new PawlError("scorer-failed", `What ${paid.name} costs is not known.`, {
    hint: "Leave the check `cost` out; tokens are a metric of every experiment.",
  });
};

const lower = (text: string) => text.toLowerCase();

export const textChecks: Readonly<Record<string, Check>> = {
  equals,
  contains: ({ text, options }) => holds(text.includes(textOption("contains", options))),
  icontains: ({ text, options }) => holds(lower(text).includes(lower(textOption("icontains", options)))),
  "contains-all": ({ text, options }) =>
    holds(textsOption("contains-all", options).every((part) => text.includes(part))),
  "icontains-all": ({ text, options }) =>
    holds(textsOption("icontains-all", options).every((part) => lower(text).includes(lower(part)))),
  "contains-any": ({ text, options }) =>
    holds(textsOption("contains-any", options).some((part) => text.includes(part))),
  "icontains-any": ({ text, options }) =>
    holds(textsOption("icontains-any", options).some((part) => lower(text).includes(lower(part)))),
  "starts-with": ({ text, options }) => holds(text.startsWith(textOption("starts-with", options))),
  regex,
  "word-count": wordCount,
  numeric,
  latency,
  cost,
};
