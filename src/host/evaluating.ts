import { desc, eq } from "drizzle-orm";
import { readExamples } from "#data";
import { readResults, runExperiment, saveExperiment, scorersFor } from "#evaluate";
import { contentId, hashOf, PawlError, type Report } from "#kernel";
import {
  type Example,
  type ExampleResult,
  Experiment,
  type MetricDifference,
  type MetricInfo,
  type MetricValue,
  type Release,
  type Split,
  type Turn,
} from "#schema";
import { decide } from "#ship";
import { tables } from "#store";
import { spansOf } from "#trace";
import type { HostCore } from "./core.ts";
import { datasetOf, documentsByPath } from "./datasets.ts";
import { measured, metricValues, slices } from "./figures.ts";

const { experiments } = tables;

/** What experiments need of the host that runs them. */
export type Evaluating = {
  /** The experiment of these releases on this split: a new one, or the one that was begun. Nothing is asked yet. */
  plan(what: { app: string; dataset?: string | undefined; split: Split; releases: readonly Release[] }): Promise<{
    experiment: Experiment;
    examples: Example[];
  }>;
  /** Runs what is missing of it. */
  run(
    experiment: Experiment,
    examples: readonly Example[],
    options: { signal: AbortSignal; report: Report },
  ): Promise<Experiment>;
  /** @throws PawlError `not-found` */
  read(id: string): Promise<Experiment>;
  list(app?: string): Promise<Experiment[]>;
  results(id: string, release?: string): Promise<ExampleResult[]>;
  /** What is measured on these examples. */
  metrics(examples: readonly Example[]): readonly MetricInfo[];
  /** Every figure of an experiment: by release, by slice, and each release beside the first. */
  detail(experiment: Experiment): Promise<ExperimentDetail>;
  /** A page of examples with what each release made of them; where they disagree most first. */
  rows(
    experiment: Experiment,
    page: { cursor?: string | undefined; limit: number },
  ): Promise<{ rows: { example: Example; results: ExampleResult[] }[]; next: string | null; total: number }>;
};

export type ExperimentDetail = Experiment & {
  metrics: { release: string; values: MetricValue[] }[];
  slices: { tag: string; value: string; release: string; values: MetricValue[] }[];
  differences: { live: string; candidate: string; metrics: MetricDifference[] }[];
  before: null;
};

/** How many examples of hosted models are asked at a time; the embedded engine is asked one at a time. */
const hostedConcurrency = 8;

export function openEvaluating(host: HostCore): Evaluating {
  return {
    async plan({ app, dataset, split, releases }) {
      const version = await datasetOf(host, app, dataset);
      const examples = await readExamples(host.store, version.id, split);
      if (examples.length === 0) {
        const splits = Object.entries(version.splits).map(([name, count]) => `${name} ${count}`);
        throw new PawlError("dataset-empty", `The ${split} split of ${version.dataset} has no example.`, {
          hint: `Its splits: ${splits.join(", ") || "none"}.`,
        });
      }
      const ids = releases.map((release) => release.id);
      const scorers = scorersFor(examples).map((scorer) => scorer.info.name);
      const id = contentId("exp", hashOf({ app, version: version.id, split, ids, scorers }));
      const known = await readOrNull(host, id);
      const experiment = known ?? {
        id,
        app,
        dataset: version.id,
        split,
        releases: ids,
        scorers,
        status: "running",
        createdAt: new Date().toISOString(),
        examples: examples.length,
        done: 0,
        errors: 0,
        costUsd: 0,
        seconds: 0,
      };
      return { experiment: await saveExperiment(host.store, { ...experiment, status: "running" }), examples };
    },

    async run(experiment, examples, { signal, report }) {
      const releases = new Map<string, Release>();
      for (const id of experiment.releases) {
        const release = await host.release(id);
        await host.prepare(release, { signal, report });
        releases.set(id, release);
      }
      const documentId = await documentsByPath(host, experiment.app);
      const isLocal = [...releases.values()].some((release) =>
        release.spec.route.some((step) => /^(local\/|file:)/.test(step.model)),
      );
      try {
        return await runExperiment(
          {
            store: host.store,
            scorers: scorersFor(examples),
            ask: (id, example, options) => askExample(host, releases.get(id), example, experiment, options),
            turn: (id) => host.turn(id).catch(notThere),
            recorded: host.recorded,
            documentId,
            concurrency: isLocal ? 1 : hostedConcurrency,
          },
          experiment,
          examples,
          { signal, report },
        );
      } catch (error) {
        await saveExperiment(host.store, { ...experiment, status: signal.aborted ? "cancelled" : "failed" });
        throw error;
      }
    },

    async read(id) {
      const experiment = await readOrNull(host, id);
      if (experiment) return experiment;
      throw new PawlError("not-found", `There is no experiment ${id}.`, { hint: "GET /api/experiments lists them." });
    },

    async list(app) {
      const rows = await host.store.db
        .select({ body: experiments.body })
        .from(experiments)
        .where(app === undefined ? undefined : eq(experiments.app, app))
        .orderBy(desc(experiments.createdAt))
        .limit(200);
      return rows.map((row) => Experiment.parse(row.body));
    },

    results: (id, release) => readResults(host.store, id, release),
    metrics: (examples) => scorersFor(examples).map((scorer) => scorer.info),

    async detail(experiment) {
      const examples = await readExamples(host.store, experiment.dataset, experiment.split);
      const metrics = scorersFor(examples).map((scorer) => scorer.info);
      const all = await readResults(host.store, experiment.id);
      const of = (release: string) => all.filter((result) => result.release === release);
      const [first, ...others] = experiment.releases;
      return {
        ...experiment,
        metrics: experiment.releases.map((release) => ({
          release,
          values: metricValues(metrics, examples, of(release)),
        })),
        slices: slices(examples).flatMap(({ tag, value, examples: members }) =>
          experiment.releases.map((release) => ({
            tag,
            value,
            release,
            values: metricValues(metrics, members, of(release)),
          })),
        ),
        differences: others.flatMap((candidate) =>
          first === undefined
            ? []
            : [
                {
                  live: first,
                  candidate,
                  metrics: decide({
                    metrics: measured(metrics, examples, of(first), of(candidate)).metrics,
                    mode: "check",
                  }).metrics,
                },
              ],
        ),
        before: null,
      };
    },

    async rows(experiment, { cursor, limit }) {
      const examples = await readExamples(host.store, experiment.dataset, experiment.split);
      const all = await readResults(host.store, experiment.id);
      const rows = examples
        .map((example) => ({ example, results: all.filter((result) => result.example === example.id) }))
        .sort((a, b) => disagreement(b.results) - disagreement(a.results));
      const from = cursor === undefined ? 0 : Number(cursor);
      const page = rows.slice(from, from + limit);
      return { rows: page, next: from + limit < rows.length ? String(from + limit) : null, total: rows.length };
    },
  };
}

/** One example asked of one release; steps that another release did on the same input are not done again. */
async function askExample(
  host: HostCore,
  release: Release | undefined,
  example: Example,
  experiment: Experiment,
  { id, beside, signal }: { id: string; beside: Turn | null; signal: AbortSignal },
): Promise<Turn> {
  if (!release) throw new PawlError("internal", `The experiment ${experiment.id} lost a release.`);
  const known = beside ? [spansOf(beside.spans)] : [];
  return host.askRelease(
    release,
    { messages: example.messages },
    { id, session: `exp_${experiment.id}`, signal, known },
  );
}

async function readOrNull(host: HostCore, id: string): Promise<Experiment | null> {
  const [row] = await host.store.db.select({ body: experiments.body }).from(experiments).where(eq(experiments.id, id));
  return row ? Experiment.parse(row.body) : null;
}

function notThere(error: unknown): null {
  if (error instanceof PawlError && error.code === "turn-unknown") return null;
  throw error;
}

/** How far the releases are apart on an example: the greatest range of a score; an error on one side is the most. */
function disagreement(results: readonly ExampleResult[]): number {
  if (results.some((result) => result.error) && results.some((result) => !result.error))
    return Number.POSITIVE_INFINITY;
  const names = new Set(results.flatMap((result) => Object.keys(result.scores)));
  const ranges = [...names]
    .filter((name) => name !== "latency" && name !== "tokens")
    .map((name) => {
      const values = results.map((result) => result.scores[name] ?? 0);
      return Math.max(...values) - Math.min(...values);
    });
  return Math.max(0, ...ranges);
}
