import type { Example, ExampleResult, MetricInfo, MetricValue } from "#schema";
import type { Pair } from "#ship";
import { clusteredMean } from "#stats";

/** Every metric of one release on some examples, with its interval; what no example speaks of is left out. */
export function metricValues(
  metrics: readonly MetricInfo[],
  examples: readonly Example[],
  results: readonly ExampleResult[],
): MetricValue[] {
  const clusters = new Map(examples.map((example) => [example.id, example.groups.join("\n")]));
  return metrics.flatMap(({ name, unit, direction }) => {
    const scored = results.flatMap((result) => {
      const value = result.scores[name];
      const cluster = clusters.get(result.example);
      return value === undefined || cluster === undefined ? [] : [{ value, cluster }];
    });
    if (scored.length === 0) return [];
    const { mean, low, high } = clusteredMean(scored);
    return [{ name, mean, low, high, examples: scored.length, unit, direction }];
  });
}

/** The examples by each tag that they carry, where a tag has few values: a slice is worth looking at from five on. */
export function slices(examples: readonly Example[]): { tag: string; value: string; examples: Example[] }[] {
  const byTag = new Map<string, Map<string, Example[]>>();
  for (const example of examples) {
    for (const [tag, value] of Object.entries(example.tags)) {
      const values = byTag.get(tag) ?? byTag.set(tag, new Map()).get(tag);
      const text = String(value);
      values?.set(text, [...(values.get(text) ?? []), example]);
    }
  }
  return [...byTag]
    .filter(([, values]) => values.size <= 12)
    .flatMap(([tag, values]) => [...values].map(([value, members]) => ({ tag, value, examples: members })))
    .filter(({ examples: members }) => members.length >= 5);
}

/** Scores of both sides by example; an example that failed on a side has none there. */
export function pairsOf(
  metrics: readonly MetricInfo[],
  examples: readonly Example[],
  before: readonly ExampleResult[],
  after: readonly ExampleResult[],
): { info: MetricInfo; pairs: Pair[] }[] {
  const [live, candidate] = [before, after].map(
    (results) => new Map(results.map((result) => [result.example, result])),
  );
  const clusterOf = (example: Example) => example.groups.join("\n");
  const answered: Pair[] = examples.map((example) => ({
    live: Number(live?.get(example.id)?.error === null),
    candidate: Number(candidate?.get(example.id)?.error === null),
    cluster: clusterOf(example),
  }));
  const scored = metrics.map((info) => ({
    info,
    pairs: examples.flatMap((example): Pair[] => {
      const a = live?.get(example.id)?.scores[info.name];
      const b = candidate?.get(example.id)?.scores[info.name];
      return a === undefined || b === undefined ? [] : [{ live: a, candidate: b, cluster: clusterOf(example) }];
    }),
  }));
  return [{ info: answeredInfo, pairs: answered }, ...scored.filter(({ pairs }) => pairs.length > 0)];
}

/** A candidate must not win by failing on what it would get wrong. */
const answeredInfo: MetricInfo = {
  name: "answered",
  direction: "higher",
  unit: "share",
  range: [0, 1],
  margin: 0.03,
  component: "turn",
  isGuarded: true,
};
