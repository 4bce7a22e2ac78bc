import type { MetricDifference, Verdict } from "#schema";
import { namedPower, powerOf, spentAlpha } from "#stats";
import { type Weighed, weigh, withPower, wordTail } from "./measure.ts";
import { answered, type Measured } from "./pairs.ts";
import { all, enough, listed, percent, seen, size } from "./sentences.ts";

export type Question = {
  metrics: readonly Measured[];
  mode: "check" | "ship";
  /** Which look at this gate it is, this one included (ship). */
  look?: number;
  /** Probability of shipping a release that should not be, over all looks (ship). */
  alpha?: number;
  /** Ship asks for a gain on at least one guarded metric; false waives it (`--no-worse`). */
  needsGain?: boolean;
  /** What `cannot-tell` means for the exit code of check. */
  undecided?: "fail" | "pass";
  /** Random sign flips of the paired test where it is not exact. It is shown and decides nothing: a simulation wants few. */
  draws?: number;
};

export type Decided = {
  verdict: Exclude<Verdict, "unchanged">;
  /** A sentence that names the metrics that decided. */
  reason: string;
  metrics: MetricDifference[];
  exit: 0 | 1;
};

/**
 * Is the candidate worse than live (check), may it go live (ship)? Pure: pairs in, verdict out. Only guarded metrics
 * decide; docs/statistics.md has the rules, their error rates and the simulations that hold them.
 */
export function decide(question: Question): Decided {
  const measured = question.metrics.map((metric) => weigh(metric, question.draws));
  const demandOf = demands(
    measured.filter(({ isGuarded }) => isGuarded),
    question,
  );
  const weighed = measured.map((one) => ({ ...one, shown: withPower(one, demandOf(one)) }));
  const guarded = weighed.filter(({ isGuarded }) => isGuarded);
  const isOutside = guarded.length === 0 && weighed.some(({ isOut }) => isOut);
  const decided = isOutside
    ? outside(question)
    : question.mode === "check"
      ? check(guarded, question)
      : ship(guarded, question);
  return { ...decided, metrics: weighed.map(({ shown }) => shown) };
}

type Outcome = Omit<Decided, "metrics">;

/** The worst word of a guarded metric decides. */
function check(guarded: readonly Weighed[], { undecided = "fail" }: Question): Outcome {
  const open: 0 | 1 = undecided === "pass" ? 0 : 1;
  if (guarded.length === 0) return { ...nothing, exit: open };
  const by = (word: Verdict) => guarded.filter(({ shown }) => shown.verdict === word);
  const worse = by("worse");
  if (worse.length > 0) return { verdict: "worse", reason: `Worse: ${seen(worse)}.`, exit: 1 };
  const unclear = by("cannot-tell");
  if (unclear.length > 0) {
    return {
      verdict: "cannot-tell",
      reason: `These examples cannot tell: ${seen(unclear)}${enough(unclear)}.`,
      exit: open,
    };
  }
  const better = by("better");
  if (better.length > 0) {
    return { verdict: "better", reason: `Better: ${seen(better)}; no other guarded metric is worse.`, exit: 0 };
  }
  return { verdict: "no-worse", reason: `No loss above its margin: ${seen(guarded)}.`, exit: 0 };
}

const nothing: Outcome = {
  verdict: "cannot-tell",
  reason: "No example was scored on a guarded metric by both releases.",
  exit: 1,
};

/** Every step that a guarded metric judges was the same one. */
function outside({ mode, needsGain }: Question): Outcome {
  const reason = "No step that a guarded metric judges is another one.";
  const isRefused = mode === "ship" && needsGain !== false;
  return {
    verdict: "no-worse",
    reason: isRefused ? `Refused: no gain can be shown. ${reason}` : reason,
    exit: isRefused ? 1 : 0,
  };
}

/**
 * No guarded metric may have lost more than its margin, and one must have gained, each shown at what this look may spend.
 * All of the first must hold, so they share no error (intersection-union test, Berger 1982); one of the second is enough,
 * so they divide it (Bonferroni, the first step of Holm 1979).
 */
function ship(guarded: readonly Weighed[], question: Question): Outcome {
  if (guarded.length === 0) return nothing;
  const { noLoss, gain } = tails(guarded, question);
  const worse = guarded.filter(({ shown }) => shown.verdict === "worse");
  if (worse.length > 0) return { verdict: "worse", reason: `Refused, worse: ${seen(worse)}.`, exit: 1 };
  const unproven = guarded.filter(({ info, gainAbove }) => !above(gainAbove(noLoss), -info.margin));
  if (unproven.length > 0) {
    return {
      verdict: "cannot-tell",
      reason: `Refused: not shown at ${percent(1 - noLoss)} that ${all(unproven)} lost less than ${listed(
        unproven.map(({ info }) => size(info.margin, info.unit)),
      )}: ${seen(unproven)}${enough(unproven)}.`,
      exit: 1,
    };
  }
  const gained = gainful(guarded).filter(({ gainAbove }) => above(gainAbove(gain), 0));
  if (gained.length > 0) {
    return { verdict: "better", reason: `Gain on ${seen(gained)}; no guarded metric lost its margin.`, exit: 0 };
  }
  const kept = `no guarded metric lost its margin: ${seen(guarded)}`;
  if (question.needsGain === false) return { verdict: "no-worse", reason: `As asked, ${kept}.`, exit: 0 };
  return { verdict: "no-worse", reason: `Refused: no gain is shown at ${percent(1 - gain)}; ${kept}.`, exit: 1 };
}

function above(bound: number | null, limit: number): boolean {
  return bound !== null && bound > limit;
}

/** Failing less often is no gain in what the app is for. */
function gainful(guarded: readonly Weighed[]): readonly Weighed[] {
  return guarded.filter(({ info }) => info.name !== answered.name);
}

/**
 * The error probability of each single bound. Never above that of the words, so that nothing is shipped which the table
 * beside it does not call better or no worse.
 */
function tails(guarded: readonly Weighed[], { look = 1, alpha = 0.05 }: Question): { noLoss: number; gain: number } {
  const spent = Math.min(spentAlpha(look, alpha), wordTail);
  return { noLoss: spent, gain: spent / Math.max(1, gainful(guarded).length) };
}

/**
 * What must be true of one metric to be seen in this mode, with 80 % power. Check: the interval keeps clear of 0. Ship:
 * the gain is shown at its tail while every other guarded metric, unchanged, shows that it lost nothing; the others' chances
 * of failing are taken off without assuming that they are independent.
 */
function demands(
  guarded: readonly Weighed[],
  question: Question,
): (metric: Weighed) => { tail: number; power: number } {
  const asWord = { tail: wordTail, power: namedPower };
  if (question.mode === "check") return () => asWord;
  const { noLoss, gain } = tails(guarded, question);
  const failing = new Map(
    guarded.map(({ info, design }) => [
      info.name,
      design === null ? 1 : 1 - powerOf(design, 0, { tail: noLoss, margin: info.margin }),
    ]),
  );
  const total = [...failing.values()].reduce((sum, chance) => sum + chance, 0);
  return ({ info }) => {
    const own = failing.get(info.name);
    if (own === undefined) return asWord;
    return { tail: question.needsGain === false ? noLoss : gain, power: namedPower + total - own };
  };
}
