/**
 * How often intervals of several kinds cover the true difference (docs/statistics.md has the result), and how often a
 * gate of 5 % ships what it should not.
 *
 *   npm run bench -- statistics [--samples 2000] [--json]
 */
import { parseArgs } from "node:util";
import { bounds, differences, type Sample } from "#stats";
import { studentQuantile } from "../src/stats/distributions.ts";
import { runs, shipped, unshippable } from "../tests/gate.ts";
import { cases, missed, type Next } from "../tests/simulated.ts";

const { values: flags } = parseArgs({
  options: { samples: { type: "string", default: "2000" }, json: { type: "boolean", default: false } },
});
const samples = Number(flags.samples);

type Bounds = { low: number; high: number };

/** Mean and cluster-robust standard error (CR2) of clusters, each taken `times[i]` times. */
function moments({ sums, sizes }: Sample, times: Int32Array | null): { mean: number; error: number } {
  let sum = 0;
  let total = 0;
  const count = (index: number) => (times === null ? 1 : (times[index] ?? 0));
  for (let index = 0; index < sums.length; index++) {
    sum += count(index) * (sums[index] ?? 0);
    total += count(index) * (sizes[index] ?? 0);
  }
  const mean = sum / total;
  let variance = 0;
  for (let index = 0; index < sums.length; index++) {
    const size = sizes[index] ?? 0;
    variance += (count(index) * ((sums[index] ?? 0) - size * mean) ** 2) / (1 - size / total);
  }
  return { mean, error: Math.sqrt(variance) / total };
}

/** Percentile and studentised intervals from one set of 500 resamples of clusters. */
function bootstrap(sample: Sample, next: Next): { percentile: Bounds; studentised: Bounds } {
  const { mean, error } = moments(sample, null);
  const means: number[] = [];
  const ratios: number[] = [];
  const clusters = sample.sums.length;
  for (let resample = 0; resample < 500; resample++) {
    const times = new Int32Array(clusters);
    for (let draw = 0; draw < clusters; draw++) {
      const at = Math.floor(next() * clusters);
      times[at] = (times[at] ?? 0) + 1;
    }
    const drawn = moments(sample, times);
    means.push(drawn.mean);
    const off = drawn.mean - mean;
    ratios.push(off === 0 ? 0 : drawn.error > 0 ? off / drawn.error : Math.sign(off) * 1e6);
  }
  means.sort((a, b) => a - b);
  ratios.sort((a, b) => a - b);
  const at = (values: number[], share: number) => values[Math.round(share * 499)] ?? Number.NaN;
  return {
    percentile: { low: at(means, 0.025), high: at(means, 0.975) },
    studentised: { low: mean - error * at(ratios, 0.975), high: mean - error * at(ratios, 0.025) },
  };
}

function student(sample: Sample): Bounds {
  const { mean, error } = moments(sample, null);
  const t = studentQuantile(0.025, sample.sums.length - 1);
  return { low: mean - error * t, high: mean + error * t };
}

const rows = [30, 60, 100, 300].flatMap((examples) =>
  cases.map((one) => {
    const covers = (intervalOf: (sample: Sample, next: Next) => Bounds | null) => {
      const { above, below } = missed(one, examples, samples, (pairs, next) =>
        intervalOf(differences(pairs, one.range), next),
      );
      return { covered: Number((100 * (1 - above - below)).toFixed(1)), above, below };
    };
    return {
      examples,
      name: one.name,
      pawl: covers((sample) => bounds(sample)),
      student: covers(student),
      percentile: covers((sample, next) => bootstrap(sample, next).percentile),
      studentised: covers((sample, next) => bootstrap(sample, next).studentised),
    };
  }),
);

const gate = unshippable.map(({ name, truths, setting }) => ({ name, shipped: shipped(truths, setting) }));

if (flags.json) {
  console.log(JSON.stringify({ samples, rows, runs, gate }));
} else {
  console.log("| examples | differences | pawl | t, cluster-robust | bootstrap, percentile | bootstrap, studentised |");
  console.log("| --- | --- | --- | --- | --- | --- |");
  for (const { examples, name, pawl, student: t, percentile, studentised } of rows) {
    console.log(
      `| ${examples} | ${name} | ${pawl.covered} | ${t.covered} | ${percentile.covered} | ${studentised.covered} |`,
    );
  }
  console.log(`\n| candidate (${runs} each) | shipped, % |\n| --- | --- |`);
  for (const { name, shipped: share } of gate) console.log(`| ${name} | ${(100 * share).toFixed(1)} |`);
}
