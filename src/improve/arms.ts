import * as z from "zod";
import type { Learned } from "#app";
import { AnswerMode, type Cause, type Json, type Remedy } from "#schema";
import { objectOf } from "./closeness.ts";
import type { Correction } from "./corrections.ts";

/** A remedy that may be tried, cheapest first. */
export type Proposal = { name: string; kind: Exclude<Remedy["kind"], "none" | "document">; change: Learned };

/**
 * The remedies that cost no training: settings that mend causes in retrieval, then examples in the prompt and a grammar
 * for the output, where what people wanted has a form.
 */
export function cheapArms(...given: Parameters<typeof allArms>): Proposal[] {
  return [...new Map(allArms(...given).map((one) => [one.name, one])).values()]; // two causes may ask for the same
}

function allArms(
  causes: readonly Cause[],
  shown: readonly Correction[],
  learnedFrom: readonly Correction[],
  collections: readonly string[],
): Proposal[] {
  const retrieval = causes.flatMap(({ remedy }): Proposal[] =>
    remedy.kind === "retrieval" && remedy.settings && collections.length > 0
      ? [
          {
            name: `settings ${JSON.stringify(remedy.settings)}`,
            kind: "retrieval",
            change: { knowledge: Object.fromEntries(collections.map((name) => [name, { ...remedy.settings }])) },
          },
        ]
      : [],
  );
  // What is mended in retrieval alone needs no other prompt.
  const isPrompted = causes.some(({ name }) => name === "prompt" || name === "form" || name === "model-ability");
  if (!isPrompted) return retrieval;
  const told = causes.flatMap(({ remedy }) => (remedy.kind === "prompt" ? instructionArms(remedy.settings ?? {}) : []));
  return [...retrieval, ...told, ...promptArms(shown, learnedFrom, collections.length > 0)];
}

const Told = z.object({ instructions: z.string().min(1).optional(), answer: AnswerMode.optional() });

/** Other instructions, or another way to answer, that mended turns when their causes were looked for. */
function instructionArms(settings: Record<string, unknown>): Proposal[] {
  const told = Told.safeParse(settings).data ?? {};
  const names = [told.instructions && "instructions", told.answer && `answer: ${told.answer}`];
  const name = names.filter((one) => one !== undefined).join(", ");
  return name === "" ? [] : [{ name, kind: "prompt", change: told }];
}

function promptArms(shown: readonly Correction[], all: readonly Correction[], isGrounded: boolean): Proposal[] {
  // An example of a grounded answer would need its passages: a prompt of one model's context does not hold three of them.
  const examples = isGrounded
    ? []
    : shown.flatMap(({ turn, wanted }) => (wanted === null ? [] : [{ question: turn.question, answer: wanted }]));
  const output = formOf(all);
  const arms: Proposal[] = [];
  if (examples.length > 0) arms.push({ name: `${examples.length} examples`, kind: "prompt", change: { examples } });
  if (output) arms.push({ name: "grammar", kind: "prompt", change: { output } });
  if (output && examples.length > 0)
    arms.push({ name: `${examples.length} examples + grammar`, kind: "prompt", change: { examples, output } });
  return arms;
}

/** Strings that take at most so many values, each seen twice or more on average, are a closed list. */
const closedList = 12;

/**
 * The JSON Schema of what people wanted, where all of it is JSON objects with the same members: each a string, a number,
 * a boolean or one of a list. Null where there is no such form.
 */
export function formOf(corrections: readonly Correction[]): Record<string, Json> | null {
  const objects = corrections.map(({ wanted }) => (wanted === null ? null : objectOf(wanted)));
  const [first] = objects;
  if (!first || objects.length < 2) return null;
  const names = Object.keys(first);
  const whole = objects.flatMap((object) => (object && Object.keys(object).join() === names.join() ? [object] : []));
  if (whole.length < objects.length || names.length === 0) return null;
  const properties: Record<string, Json> = {};
  for (const name of names) {
    const member = memberOf(whole.map((object) => object[name]));
    if (!member) return null;
    properties[name] = member;
  }
  return { type: "object", properties, required: names, additionalProperties: false };
}

function memberOf(values: readonly unknown[]): Json | null {
  const [first] = values;
  if (values.every((value) => typeof value === "number")) return { type: "number" };
  if (values.every((value) => typeof value === "boolean")) return { type: "boolean" };
  if (typeof first !== "string") return null;
  const strings = values.filter((value) => typeof value === "string");
  if (strings.length < values.length) return null;
  const distinct = [...new Set(strings)].sort();
  return distinct.length <= closedList && distinct.length * 2 <= strings.length
    ? { type: "string", enum: distinct }
    : { type: "string" };
}
