import { desc, eq } from "drizzle-orm";
import { readExamples } from "#data";
import { addExperiment, readResults, resultWriter, runExperiment, turnId, updateExperiment } from "#evaluate";
import { contentId, hashOf, PawlError, type Report } from "#kernel";
import {
  type Example,
  type ExampleResult,
  Experiment,
  type Foreseen,
  type MetricDifference,
  type MetricInfo,
  type MetricValue,
  type Release,
  type Split,
  type Turn,
} from "#schema";
import { decide, foreseenSentence, type Lock } from "#ship";
import { tables } from "#store";
import { spansOf } from "#trace";
import type { HostCore } from "./core.ts";
import { datasetOf, documentsByPath, questionOfExample } from "./datasets.ts";
import { measured, metricValues, slices } from "./figures.ts";
import { foresee } from "./foreseeing.ts";
import { scorersOf, scorersVersion } from "./scoring.ts";
import { sessionOf, spentBy } from "./spending.ts";

const { experiments } = tables;

/** What experiments need of the host that runs them. */
export type Evaluating = {
  /**
   * The experiment of these releases on this split: a new one, or the one that was begun. Nothing is asked yet; `before`
   * says what will be. Scores of a lock file are taken where they are of the same release, examples and scorers.
   */
  plan(what: {
    app: string;
    dataset?: string | undefined;
    split: Split;
    releases: readonly Release[];
    scores?: Lock["scores"];
  }): Promise<{ experiment: Experiment; examples: Example[] }>;
  examples(experiment: Experiment): Promise<Example[]>;
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
  /** What is measured on these examples of an app. */
  metrics(app: string, examples: readonly Example[]): readonly MetricInfo[];
  /** Which scorers these are: other code, another version. */
  scorersVersion(app: string, examples: readonly Example[]): string;
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
  before: Foreseen | null;
};

/** How many examples of hosted models are asked at a time; the embedded engine is asked one at a time. */
const hostedConcurrency = 8;

export function openEvaluating(host: HostCore): Evaluating {
  return {
    async plan({ app, dataset, split, releases, scores = null }) {
      const version = await datasetOf(host, app, dataset);
      const examples = await readExamples(host.store, version.id, split);
      if (examples.length === 0) {
        const splits = Object.entries(version.splits).map(([name, count]) => `${name} ${count}`);
        throw new PawlError("dataset-empty", `The ${split} split of ${version.dataset} has no example.`, {
          hint: `Its splits: ${splits.join(", ") || "none"}.`,
        });
      }
      const ids = releases.map((release) => release.id);
      const scorers = scorersOf(host, app, examples);
      const id = contentId("exp", hashOf({ app, version: version.id, split, ids, scorers: scorersVersion(scorers) }));
      const known = await readOrNull(host, id);
      const experiment: Experiment = known ?? {
        id,
        app,
        dataset: version.id,
        split,
        releases: ids,
        scorers: scorers.map(({ info }) => info.name),
        status: "running",
        createdAt: new Date().toISOString(),
        examples: examples.length,
        done: 0,
        errors: 0,
        costUsd: 0,
        seconds: 0,
      };
      if (!known) await addExperiment(host.store, experiment);
      const waiting = await waitingFor(host, id, ids, examples);
      const isKnown = scores?.dataset === version.id && scores.scorers === scorersVersion(scorers);
      const fromLock = isKnown ? await takeScores(host, id, scores, waiting) : 0;
      const before = await foresee(host, {
        app,
        releases,
        examples,
        waiting,
        metrics: scorers,
        concurrency: concurrencyOf(releases),
        readRelease: host.release,
      });
      const planned = { before, fromLock: (experiment.fromLock ?? 0) + fromLock };
      return { experiment: await updateExperiment(host.store, id, planned), examples };
    },

    examples: (experiment) => readExamples(host.store, experiment.dataset, experiment.split),

    async run(experiment, examples, { signal, report }) {
      await updateExperiment(host.store, experiment.id, { status: "running" });
      const releases = new Map<string, Release>();
      for (const id of experiment.releases) {
        const release = await host.release(id);
        await host.prepare(release, { signal, report });
        releases.set(id, release);
      }
      const documentId = await documentsByPath(host, experiment.app);
      const { before } = experiment;
      // On every report, so that whoever looks at the last one only sees it.
      const told: Report = before ? (now) => report({ note: foreseenSentence(before), ...now }) : report;
      try {
        return await runExperiment(
          {
            store: host.store,
            scorers: scorersOf(host, experiment.app, examples),
            ask: (id, example, options) =>
              askExample(host, releases.get(id), example, experiment, { ...options, documentId }),
            turn: (id) => host.turn(id).catch(notThere),
            recorded: host.recorded,
            documentId,
            spent: async (seconds) => {
              await host.recorded([]); // what waits to be written is counted
              return spentBy(host, experiment, seconds);
            },
            concurrency: concurrencyOf([...releases.values()]),
          },
          experiment,
          examples,
          { signal, report: told },
        );
      } catch (error) {
        await updateExperiment(host.store, experiment.id, { status: signal.aborted ? "cancelled" : "failed" });
        throw error;
      }
    },

    async read(id) {
      const experiment = await readOrNull(host, id);
      if (experiment) return withStatus(experiment, await underWay(host));
      throw new PawlError("not-found", `There is no experiment ${id}.`, { hint: "GET /api/experiments lists them." });
    },

    async list(app) {
      const rows = await host.store.db
        .select({ body: experiments.body })
        .from(experiments)
        .where(app === undefined ? undefined : eq(experiments.app, app))
        .orderBy(desc(experiments.createdAt))
        .limit(200);
      const running = await underWay(host);
      return rows.map((row) => withStatus(Experiment.parse(row.body), running));
    },

    results: (id, release) => readResults(host.store, id, release),
    metrics: (app, examples) => scorersOf(host, app, examples).map(({ info }) => info),
    scorersVersion: (app, examples) => scorersVersion(scorersOf(host, app, examples)),

    async detail(experiment) {
      const examples = await readExamples(host.store, experiment.dataset, experiment.split);
      const metrics = scorersOf(host, experiment.app, examples).map(({ info }) => info);
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
        before: experiment.before ?? null,
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

function concurrencyOf(releases: readonly Release[]): number {
  const isLocal = releases.some(({ spec }) => spec.route.some(({ model }) => /^(local\/|file:)/.test(model)));
  return isLocal ? 1 : hostedConcurrency;
}

/** The examples that each release has neither been asked, here or by another experiment, nor has scores of. */
async function waitingFor(
  host: HostCore,
  experiment: string,
  releases: readonly string[],
  examples: readonly Example[],
): Promise<Map<string, Example[]>> {
  const done = new Set(
    (await readResults(host.store, experiment))
      .filter(({ error }) => error === null)
      .map(({ release, example }) => `${release} ${example}`),
  );
  const recorded = await host.recorded(
    releases.flatMap((release) => examples.map((example) => turnId(release, example, 0))),
  );
  const isWaiting = (release: string, example: Example) =>
    !done.has(`${release} ${example.id}`) && !recorded.has(turnId(release, example, 0));
  return new Map(releases.map((release) => [release, examples.filter((example) => isWaiting(release, example))]));
}

/** Scores that the lock file has of examples that wait are their results; those examples wait no more. */
async function takeScores(
  host: HostCore,
  experiment: string,
  { release, metrics, examples }: NonNullable<Lock["scores"]>,
  waiting: Map<string, Example[]>,
): Promise<number> {
  const asked = waiting.get(release) ?? [];
  const known = asked.filter(({ id }) => examples[id] !== undefined);
  if (known.length === 0) return 0;
  const writer = resultWriter(host.store, experiment);
  for (const { id } of known) {
    const scores = metrics.flatMap((name, i): [string, number][] => {
      const value = examples[id]?.[i] ?? null;
      return value === null ? [] : [[name, value]];
    });
    await writer.add({ example: id, release, turn: null, scores: Object.fromEntries(scores), error: null }, {});
  }
  await writer.flush();
  waiting.set(
    release,
    asked.filter((example) => !known.includes(example)),
  );
  return known.length;
}

/** One example asked of one release; steps that another release did on the same input are not done again. */
async function askExample(
  host: HostCore,
  release: Release | undefined,
  example: Example,
  experiment: Experiment,
  {
    id,
    beside,
    signal,
    documentId,
  }: { id: string; beside: Turn | null; signal: AbortSignal; documentId: (path: string) => string | undefined },
): Promise<Turn> {
  if (!release) throw new PawlError("internal", `The experiment ${experiment.id} lost a release.`);
  const known = beside ? [spansOf(beside.spans)] : [];
  return host.askRelease(release, questionOfExample(example, documentId), {
    id,
    session: sessionOf(experiment),
    signal,
    known,
  });
}

async function readOrNull(host: HostCore, id: string): Promise<Experiment | null> {
  const [row] = await host.store.db.select({ body: experiments.body }).from(experiments).where(eq(experiments.id, id));
  return row ? Experiment.parse(row.body) : null;
}

/** Experiments that a job is at, or will be. */
async function underWay(host: HostCore): Promise<Set<string>> {
  const rows = await host.store.query({
    sql: "select key from jobs where kind = 'experiment' and status in ('queued', 'running')",
    params: [],
  });
  return new Set(rows.map(({ key }) => String(key)));
}

/** The row says how its last run ended; whether another one is queued, only the jobs know. */
function withStatus(experiment: Experiment, running: ReadonlySet<string>): Experiment {
  return running.has(experiment.id) ? { ...experiment, status: "running" } : experiment;
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
