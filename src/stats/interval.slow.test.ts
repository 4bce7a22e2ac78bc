import { expect, it } from "vitest";
import { cases, missed } from "../../tests/simulated.ts";
import { bounds, differences } from "./index.ts";

const samples = 2000;
/** What 2,000 samples may be off a true share of 93 or 97 % with a probability of 1 in 1,000. */
const allowance = 3.09 * Math.sqrt((0.07 * 0.93) / samples);

/**
 * Fewer than some 20 clusters, or 60 where an answer is right or wrong: too few of them differ for any interval to keep
 * to 95 %. There it must be too wide, never too narrow.
 */
function isFew(name: string, examples: number): boolean {
  return /(documents|sessions)$/.test(name) && examples < (name.startsWith("right or wrong") ? 300 : 100);
}

for (const examples of [60, 100, 300]) {
  it(`intervals of ${examples} examples cover the true difference in 93 to 97 % of samples, in clusters too`, () => {
    for (const one of cases) {
      const { above, below } = missed(one, examples, samples, (pairs) => bounds(differences(pairs, one.range)));
      const covered = 1 - above - below;
      expect(covered, one.name).toBeGreaterThan(0.93 - allowance);
      if (!isFew(one.name, examples)) expect(covered, one.name).toBeLessThan(0.97 + allowance);
    }
  });
}
