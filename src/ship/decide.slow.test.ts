import { describe, expect, it } from "vitest";
import { detectable, foreseen, mean, seededRandom, spentAlpha } from "#stats";
import { measured, metric, runs, shipped, unshippable } from "../../tests/gate.ts";
import { alone, binary, documents } from "../../tests/simulated.ts";
import { decide } from "./decide.ts";

/** What a true rate of 5 % exceeds, of 80 % falls below, in `runs` with a probability below 1 in 1,000. */
const atMost = 0.05 + 3.09 * Math.sqrt((0.05 * 0.95) / runs);
const atLeast = 0.8 - 3.09 * Math.sqrt((0.8 * 0.2) / runs);

describe("a gate of 5 %", () => {
  for (const { name, truths, setting } of unshippable) {
    it(`ships at most that much of what should not be: ${name}`, { timeout: 600_000 }, () => {
      expect(shipped(truths, setting)).toBeLessThan(atMost);
    });
  }

  it("spends no more than that on a thousand looks", () => {
    let spent = 0;
    for (let look = 1; look <= 1000; look++) spent += spentAlpha(look, 0.05);
    expect(spent).toBeLessThan(0.05);
  });

  it("ships at least 80 % of the releases that have the gain foreseen as detectable", { timeout: 600_000 }, () => {
    for (const examples of [100, 400]) {
      const gain = detectable(foreseen(examples), { tail: 0.025 }) ?? Number.NaN;
      const truths = [{ info: metric("right", 0.05), draw: binary(gain) }];
      expect(shipped(truths, { examples })).toBeGreaterThan(atLeast);
    }
  });

  for (const { name, ...setting } of [
    { name: "one example each", clustering: alone, look: 1 },
    { name: "documents of 5", clustering: documents, look: 1 },
    { name: "at the third look", clustering: alone, look: 3 },
  ]) {
    it(`ships at least 80 % of those with the gain that its report names, two metrics guarded: ${name}`, {
      timeout: 600_000,
    }, () => {
      const right = metric("right", 0.1);
      const form = { info: metric("form", 0.1), draw: binary(0, { share: 0.9 }) };
      // What 50 reports on equal releases say, on average.
      const next = seededRandom(11);
      const said = Array.from({ length: 50 }, () => {
        const metrics = measured([{ info: right, draw: binary(0) }, form], next, 300, setting.clustering);
        return decide({ metrics, mode: "ship", look: setting.look, draws: 9 }).metrics[0]?.detectable ?? Number.NaN;
      });
      const gain = mean(said.filter((value) => !Number.isNaN(value)));
      const rate = shipped([{ info: right, draw: binary(gain) }, form], { examples: 300, ...setting });
      expect(rate).toBeGreaterThan(atLeast);
    });
  }
});
