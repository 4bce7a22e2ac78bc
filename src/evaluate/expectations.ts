import * as z from "zod";
import { PawlError } from "#kernel";
import { type Example, Expectation, type MetricInfo, type Turn } from "#schema";
import type { Check, Outcome } from "./checks/check.ts";
import { closenessChecks } from "./checks/closeness.ts";
import { expectedFields, fieldScore, jsonFields } from "./checks/fields.ts";
import { jsonChecks } from "./checks/json.ts";
import { brokenCheck } from "./checks/options.ts";
import { textChecks } from "./checks/text.ts";
import type { Scorer } from "./scorer.ts";

/**
 * Checks that an example brings with it, by name. promptfoo's plain asserts mean what they mean there (held to its
 * verdicts by tests/promptfoo.test.ts); `numeric` and `json-fields` are pawl's own.
 */
export const checks: Readonly<Record<string, Check>> = {
  ...textChecks,
  ...jsonChecks,
  ...closenessChecks,
  "json-fields": jsonFields,
  set: ({ turn, options }) => {
    const members = z.array(Expectation).min(1).safeParse(options.expect);
    if (!members.success) throw brokenCheck("set", "it has no checks in `expect`.", members.error);
    const threshold = typeof options.threshold === "number" ? options.threshold : null;
    return judgeAll(members.data, turn, threshold);
  },
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

/** The weighted mean of an example's own checks; says nothing where it brings none. */
export const expectationsScorer: Scorer = {
  info,
  speaksOf: ({ expect }) => expect.length > 0,
  score: async ({ example, turn }) => (await judgeAll(example.expect, turn))?.score ?? null,
};

/** 1 where all of an example's own checks hold: what promptfoo calls a pass. */
export const passedScorer: Scorer = {
  info: { ...info, name: "passed", isGuarded: false },
  speaksOf: ({ expect }) => expect.length > 0,
  score: async ({ example, turn }) => {
    const outcome = await judgeAll(example.expect, turn);
    return outcome === null ? null : Number(outcome.passed);
  },
};

/** For each field that `json-fields` checks ask of these examples, a score of its own: `field_NAME`, right or wrong. */
export function fieldScorers(examples: readonly Example[]): Scorer[] {
  const names = new Set(examples.flatMap(fieldChecks).flatMap(({ options }) => namesIn(options)));
  return [...names].map((name) => ({
    info: { ...info, name: `field_${name}`, isGuarded: false },
    score: ({ example, turn }) => {
      const scores = fieldChecks(example)
        .map(({ options }) => fieldScore(saidBy(turn), options, name))
        .filter((score) => score !== null);
      return scores.length === 0 ? null : Math.min(...scores);
    },
  }));
}

const fieldChecks = ({ expect }: Example) =>
  expect.filter(({ scorer, options }) => scorer === "json-fields" && options.not !== true);

/** Fields of a check; none of a broken one, which is an error of its own example. */
function namesIn(options: Expectation["options"]): string[] {
  try {
    return Object.keys(expectedFields(options));
  } catch {
    return [];
  }
}

/**
 * Checks together: the score is their weighted mean. They pass where the mean reaches the threshold; without one, where
 * each passes. null: none of them says anything about this turn.
 */
export async function judgeAll(
  expectations: readonly Expectation[],
  turn: Turn,
  threshold: number | null = null,
): Promise<Outcome | null> {
  const judged = await Promise.all(
    expectations.map(async (expectation) => ({ outcome: await judge(expectation, turn), weight: expectation.weight })),
  );
  const spoken = judged.flatMap(({ outcome, weight }) => (outcome === null ? [] : [{ ...outcome, weight }]));
  if (spoken.length === 0) return null;
  const weight = spoken.reduce((sum, one) => sum + one.weight, 0);
  const score = spoken.reduce((sum, one) => sum + one.score * one.weight, 0) / weight;
  return { score, passed: threshold === null ? spoken.every(({ passed }) => passed) : score >= threshold };
}

/** One check's outcome; `not` turns it. Throws `bad-request` for a check that does not exist. */
export async function judge({ scorer, options }: Expectation, turn: Turn): Promise<Outcome | null> {
  const check = Object.hasOwn(checks, scorer) ? checks[scorer] : undefined;
  if (!check) {
    throw new PawlError("bad-request", `There is no check "${scorer}".`, {
      hint: `There are: ${Object.keys(checks).join(", ")}.`,
    });
  }
  const outcome = await check({ text: saidBy(turn), turn, options });
  if (outcome === null || options.not !== true) return outcome;
  return { passed: !outcome.passed, score: 1 - outcome.score };
}

/** The answer to the letter, without the marks of its citations. */
function saidBy({ answer }: Turn): string {
  if (!answer) return "";
  return answer.citations.length > 0 ? answer.text.replace(/\s*\[\d+\]/g, "") : answer.text;
}
