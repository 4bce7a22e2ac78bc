import type { Example, ExampleResult, MetricInfo, MetricValue } from "#schema";
import { type Measured, pairsOf } from "#ship";
import { bounds, clustersOf, single } from "#stats";

/** What must be taken as one when an interval is made: examples that share a document, a session or a user. */
function clusterOf(examples: readonly Example[]): (example: string) => string {
  const clusters = clustersOf(examples.map((example) => example.groups));
  const byId = new Map(examples.map((example, i) => [example.id, clusters[i] ?? example.id]));
  return (id) => byId.get(id) ?? id;
}

/** Every metric of one release on some examples, with its 95 % interval; what no example speaks of is left out. */
export function metricValues(
  metrics: readonly MetricInfo[],
  examples: readonly Example[],
  results: readonly ExampleResult[],
): MetricValue[] {
  const cluster = clusterOf(examples);
  const wanted = new Set(examples.map((example) => example.id));
  const scored = results.filter((result) => wanted.has(result.example));
  return metrics.flatMap(({ name, unit, direction, range }) => {
    const values = scored.flatMap(({ example, scores }) => {
      const value = scores[name];
      return value === undefined ? [] : [{ value, cluster: cluster(example) }];
    });
    if (values.length === 0) return [];
    const sample = single(values, range);
    const interval = bounds(sample);
    const { mean } = sample;
    return [
      {
        name,
        mean,
        low: interval?.low ?? null,
        high: interval?.high ?? null,
        examples: values.length,
        unit,
        direction,
      },
    ];
  });
}

/** Both releases' results as what the decision is made of. */
export function measured(
  metrics: readonly MetricInfo[],
  examples: readonly Example[],
  live: readonly ExampleResult[],
  candidate: readonly ExampleResult[],
): { metrics: Measured[]; errors: number } {
  const pairs = pairsOf({ live, candidate, metrics, clusterOf: clusterOf(examples) });
  const spoken = pairs.metrics.filter(({ pairs: all }) =>
    all.some((pair) => pair.live !== null || pair.candidate !== null),
  );
  return { metrics: spoken, errors: pairs.errors };
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
