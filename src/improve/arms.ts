import * as z from "zod";
import type { Learned } from "#app";
import { AnswerMode, type Cause, type Remedy } from "#schema";
import type { Correction } from "./corrections.ts";
import { formOf } from "./form.ts";

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
            name: Object.entries(remedy.settings)
              .map(([name, value]) => `${name}: ${JSON.stringify(value)}`)
              .join(", "),
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
  const output = formOf(all.map(({ wanted }) => wanted ?? "")); // an abstention keeps no form
  const arms: Proposal[] = [];
  if (examples.length > 0) arms.push({ name: `${examples.length} examples`, kind: "prompt", change: { examples } });
  if (output) arms.push({ name: "grammar", kind: "prompt", change: { output } });
  if (output && examples.length > 0)
    arms.push({ name: `${examples.length} examples + grammar`, kind: "prompt", change: { examples, output } });
  return arms;
}
