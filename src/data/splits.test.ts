import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { assignSplits, type Placed, shares } from "./splits.ts";

const item = (names: readonly string[], split?: Placed["split"]): Placed => ({
  keys: names.map((name) => ({ name, as: `the group ${name}` })),
  split,
  at: names.join("+"),
});
const splitsOf = (items: readonly Placed[]) => assignSplits(items).map((one) => ("split" in one ? one.split : null));

describe("splits", () => {
  test("never share a key, whatever was given", () => {
    const items = fc.array(
      fc
        .tuple(
          fc.uniqueArray(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 3 }),
          fc.option(fc.constantFrom("development" as const, "gate" as const, "report" as const, "train" as const), {
            nil: undefined,
          }),
        )
        .map(([keys, split]) => item(keys.map(String), split)),
      { minLength: 1, maxLength: 40 },
    );
    fc.assert(
      fc.property(items, (given) => {
        const splits = splitsOf(given);
        const seen = new Map<string, string>();
        for (const [index, { keys, split: wanted }] of given.entries()) {
          const split = splits[index];
          if (split === null || split === undefined) continue;
          if (wanted !== undefined) expect(split).toBe(wanted);
          for (const { name } of keys) {
            expect(seen.get(name) ?? split).toBe(split);
            seen.set(name, split);
          }
        }
        // The first line that says its split has it: nothing before it could contradict.
        const said = given.findIndex(({ split }) => split !== undefined);
        if (said >= 0) expect(splits[said]).not.toBeNull();
      }),
    );
  });

  test("come near their shares and are never empty while there are groups for each", () => {
    fc.assert(
      fc.property(fc.integer({ min: 3, max: 400 }), fc.string(), (count, salt) => {
        const splits = splitsOf(Array.from({ length: count }, (_, index) => item([`${salt} ${index}`])));
        for (const [split, share] of shares) {
          const there = splits.filter((one) => one === split).length;
          expect(there).toBeGreaterThan(0);
          expect(Math.abs(there / count - share)).toBeLessThanOrEqual(Math.max(0.1, 1.5 / count));
        }
      }),
    );
  });

  test("do not depend on the order of lines, and hardly on what else there is", () => {
    const many = Array.from({ length: 400 }, (_, index) => item([`group ${index}`]));
    const splits = splitsOf(many);
    expect(splitsOf([...many].reverse()).reverse()).toEqual(splits);
    expect(splitsOf([...many, item(["one more"])]).slice(0, 400)).toEqual(splits);
  });

  test("follow what was given: a line joins the split of its group, through other lines too", () => {
    expect(splitsOf([item(["c"]), item(["b", "c"]), item(["a", "b"]), item(["a"], "gate")])).toEqual(
      Array(4).fill("gate"),
    );
  });

  test("say which group would leak", () => {
    const results = assignSplits([
      item(["a"], "gate"),
      item(["a", "b"], "report"),
      item(["b"], "report"),
      item(["b", "a"]),
    ]);
    expect(results.map((one) => ("split" in one ? one.split : one.refusal))).toEqual([
      "gate",
      "the group a is in gate (a), this line is for report: it would leak from one split into another.",
      "report",
      "the group b is in report (b) and the group a is in gate (a): it would leak from one split into another.",
    ]);
  });

  test("put what is too little for all into development first", () => {
    expect(splitsOf([item(["a"])])).toEqual(["development"]);
    expect(splitsOf([item(["a"]), item(["b"])]).sort()).toEqual(["development", "gate"]);
  });
});
