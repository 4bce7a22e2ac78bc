import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { desc, eq } from "drizzle-orm";
import { newId, PawlError, type Report } from "#kernel";
import type { Release, ReleaseSpec } from "#schema";
import {
  changesOf,
  decide,
  type Lock,
  onDocumentsOf,
  type ReadLock,
  type Reported,
  readLock,
  sameButDocuments,
  writeLock,
} from "#ship";
import { tables } from "#store";
import { currentRelease, liveSpec, type ServedApp, saveRelease, setTraffic } from "./apps.ts";
import type { HostCore } from "./core.ts";
import { datasetOf } from "./datasets.ts";
import type { Evaluating } from "./evaluating.ts";
import { measured } from "./figures.ts";

const { decisions } = tables;

/** The error rates that check and ship declare. */
const alpha = 0.05;

export type CheckOptions = { dataset?: string | undefined; signal: AbortSignal; report: Report };
export type ShipOptions = CheckOptions & { noWorse: boolean; overrule?: string | undefined; by?: string | undefined };

export type DecisionRow = {
  id: string;
  app: string;
  kind: "check" | "ship" | "refused" | "overruled" | "rollback" | "documents";
  createdAt: string;
  release: string;
  previous: string | null;
  by: string | null;
  reason: string;
  comparison: Reported | null;
};

/** Check and ship: the candidate beside what is live, on the same documents and the same examples. */
export type Shipping = {
  /** Is the candidate worse? On the development split. */
  check(app: string, options: CheckOptions & { against?: string | undefined }): Promise<Reported>;
  /** Does it gain, and lose nothing? On the gate split; each look is counted and its error rate spent. */
  ship(app: string, options: ShipOptions): Promise<DecisionRow>;
  /** The release before, or a named one, is live again. */
  rollback(app: string, options: { release?: string | undefined; reason?: string | undefined }): Promise<DecisionRow>;
  /** This host serves what the lock file says. */
  adopt(app: string): Promise<DecisionRow>;
  candidate(app: string): Promise<{ live: Release | null; candidate: Release; changes: string[] }>;
  story(app: string): Promise<DecisionRow[]>;
};

export function openShipping(host: HostCore, evaluating: Evaluating): Shipping {
  /** One check or ship of an app at a time: two would write the same lock file. */
  const running = new Set<string>();
  async function alone<T>(app: string, work: () => Promise<T>): Promise<T> {
    if (running.has(app))
      throw new PawlError("conflict", `Another check or ship of ${app} is running.`, {
        hint: "Wait for it, or stop it.",
      });
    running.add(app);
    try {
      return await work();
    } finally {
      running.delete(app);
    }
  }

  async function sides(
    app: string,
  ): Promise<{ served: ServedApp; lock: ReadLock | null; live: Release | null; candidate: Release }> {
    const served = host.app(app);
    const { loaded } = served;
    if (!loaded) throw new PawlError("not-ready", `The app ${app} is not loaded.`);
    const { current: candidate } = await currentRelease(host.store, host.gateway, loaded);
    const lock = await readLock(loaded.folder, app);
    const spec = lock ? await liveSpec(host.store, served, lock) : null;
    const live = spec ? await saveRelease(host.store, onDocumentsOf(spec, candidate.spec)) : null;
    return { served, lock, live, candidate };
  }

  /** A named release over the documents that the candidate is asked over. */
  async function over(app: string, id: string, candidate: Release): Promise<Release> {
    const { spec } = await releaseForRollback(host, app, id);
    return saveRelease(host.store, onDocumentsOf(spec, candidate.spec));
  }

  /** Both releases on a split, and what the figures say. */
  async function compare(
    app: string,
    live: Release,
    candidate: Release,
    what: { split: "development" | "gate" | "report"; mode: "check" | "ship"; look: number; needsGain: boolean },
    options: CheckOptions,
  ): Promise<{ report: Reported; passed: boolean }> {
    const { experiment, examples } = await evaluating.plan({
      app,
      dataset: options.dataset,
      split: what.split,
      releases: [live, candidate],
    });
    const done = await evaluating.run(experiment, examples, options);
    const [before, after] = await Promise.all([
      evaluating.results(done.id, live.id),
      evaluating.results(done.id, candidate.id),
    ]);
    const sides = measured(evaluating.metrics(examples), examples, before, after);
    const { look, needsGain } = what;
    const decision = decide({ metrics: sides.metrics, mode: what.mode, look, alpha, needsGain });
    const report: Reported = {
      live: live.id,
      candidate: candidate.id,
      changes: changesOf(live.spec, candidate.spec),
      verdict: decision.verdict,
      reason: decision.reason,
      examples: examples.length,
      errors: sides.errors,
      metrics: decision.metrics,
    };
    return { report, passed: decision.exit === 0 };
  }

  async function record(row: Omit<DecisionRow, "id" | "createdAt">): Promise<DecisionRow> {
    const whole: DecisionRow = { ...row, id: newId("dec"), createdAt: new Date().toISOString() };
    await host.store.db
      .insert(decisions)
      .values({ id: whole.id, app: whole.app, kind: whole.kind, createdAt: whole.createdAt, body: whole });
    return whole;
  }

  return {
    check: (app, options) =>
      alone(app, async () => {
        await host.reload(app, options); // the file as it is now, not as it was when the server started
        const { live: shipped, candidate } = await sides(app);
        const live = options.against ? await over(app, options.against, candidate) : shipped;
        if (!live) throw nothingLive(app);
        if (sameButDocuments(live.spec, candidate.spec)) return unchanged(live, candidate);
        const { report } = await compare(
          app,
          live,
          candidate,
          { split: "development", mode: "check", look: 1, needsGain: false },
          options,
        );
        await record({
          app,
          kind: "check",
          release: candidate.id,
          previous: live.id,
          by: null,
          reason: report.reason,
          comparison: report,
        });
        return report;
      }),

    ship: (app, options) =>
      alone(app, async () => {
        await host.reload(app, options);
        const { served, lock, live, candidate } = await sides(app);
        const folder = served.loaded?.folder ?? "";
        const by = options.by ?? null;
        const commit = await gitCommit(folder);
        const version = await datasetOf(host, app, options.dataset).catch(noDataset);
        const dataset = version ? { name: version.dataset, version: version.id } : null;
        // The first release is live without a comparison: there is nothing to lose.
        if (!live || !lock) {
          await writeLock(folder, lock, { ...emptyLock(app, candidate, commit), dataset });
          await setTraffic(host.store, app, candidate.id);
          await host.reload(app, options);
          return record({
            app,
            kind: "ship",
            release: candidate.id,
            previous: null,
            by,
            reason: "The first release.",
            comparison: null,
          });
        }
        if (sameButDocuments(live.spec, candidate.spec)) {
          throw new PawlError("conflict", `Nothing changed: the app file is what is live (${live.id}).`, {
            hint: "Edit the app, a prompt or a setting first.",
          });
        }
        if (lock.lock.dataset && dataset && lock.lock.dataset.name !== dataset.name) {
          throw new PawlError(
            "lock-mismatch",
            `pawl.lock.json counts its looks on the dataset ${lock.lock.dataset.name}, not on ${dataset.name}.`,
            {
              hint: `Name it with --data ${lock.lock.dataset.name}, or delete the lock file to begin anew.`,
            },
          );
        }
        // New examples are a new gate: looks at the old ones spent nothing of it.
        const looks = lock.lock.dataset?.version === dataset?.version ? lock.lock.looks : [];
        const look = looks.length + 1;
        const { report, passed } = await compare(
          app,
          live,
          candidate,
          { split: "gate", mode: "ship", look, needsGain: !options.noWorse },
          options,
        );
        const spent = [
          ...looks,
          { at: new Date().toISOString(), release: candidate.id, verdict: report.verdict, alpha },
        ];
        if (!passed && options.overrule === undefined) {
          await writeLock(folder, lock, { ...lock.lock, dataset, looks: spent });
          return record({
            app,
            kind: "refused",
            release: candidate.id,
            previous: live.id,
            by,
            reason: report.reason,
            comparison: report,
          });
        }
        const scores = await developmentScores(evaluating, app, live, candidate, options);
        await writeLock(folder, lock, {
          ...lock.lock,
          live: { release: candidate.id, spec: candidate.spec, shippedAt: new Date().toISOString(), commit },
          previous: { release: lock.lock.live.release, spec: lock.lock.live.spec, commit: lock.lock.live.commit },
          dataset,
          looks: spent,
          scores,
        });
        await setTraffic(host.store, app, candidate.id);
        await host.reload(app, options);
        const reason = passed ? report.reason : `Overruled: ${options.overrule}. The gate said: ${report.reason}`;
        return record({
          app,
          kind: passed ? "ship" : "overruled",
          release: candidate.id,
          previous: live.id,
          by,
          reason,
          comparison: report,
        });
      }),

    rollback: (app, { release: wanted, reason }) =>
      alone(app, async () => {
        const { served, lock, live } = await sides(app);
        if (!lock || !live) throw nothingLive(app);
        const folder = served.loaded?.folder ?? "";
        const target = wanted ? await releaseForRollback(host, app, wanted) : lock.lock.previous;
        if (!target)
          throw new PawlError("not-found", `${app} has no release before ${lock.lock.live.release}.`, {
            hint: "Name one: pawl rollback --release rel_…",
          });
        assertSameCode(target.spec, served, target.commit);
        const commit = await gitCommit(folder);
        const saved = await saveRelease(host.store, target.spec);
        await writeLock(folder, lock, {
          ...lock.lock,
          live: { release: saved.id, spec: target.spec, shippedAt: new Date().toISOString(), commit },
          previous: { release: lock.lock.live.release, spec: lock.lock.live.spec, commit: lock.lock.live.commit },
          scores: null,
        });
        await setTraffic(host.store, app, saved.id);
        await host.reload(app);
        return record({
          app,
          kind: "rollback",
          release: saved.id,
          previous: live.id,
          by: null,
          reason: reason ?? "Rolled back.",
          comparison: null,
        });
      }),

    adopt: (app) =>
      alone(app, async () => {
        const { served, lock, live } = await sides(app);
        if (!lock) throw nothingLive(app);
        assertSameCode(lock.lock.live.spec, served, lock.lock.live.commit);
        const saved = await saveRelease(host.store, lock.lock.live.spec);
        await setTraffic(host.store, app, saved.id);
        await host.reload(app);
        return record({
          app,
          kind: "ship",
          release: saved.id,
          previous: live?.id ?? null,
          by: null,
          reason: "Adopted from pawl.lock.json.",
          comparison: null,
        });
      }),

    async candidate(app) {
      const { live, candidate } = await sides(app);
      return { live, candidate, changes: live ? changesOf(live.spec, candidate.spec) : [] };
    },

    async story(app) {
      const rows = await host.store.db
        .select({ body: decisions.body })
        .from(decisions)
        .where(eq(decisions.app, app))
        .orderBy(desc(decisions.createdAt))
        .limit(500);
      return rows.map((row) => row.body as DecisionRow); // written by `record`
    },
  };
}

function unchanged(live: Release, candidate: Release): Reported {
  const reason = "Nothing changed that can change an answer; nothing was asked.";
  return {
    live: live.id,
    candidate: candidate.id,
    changes: changesOf(live.spec, candidate.spec),
    verdict: "unchanged",
    reason,
    examples: 0,
    errors: 0,
    metrics: [],
  };
}

function noDataset(error: unknown): null {
  if (error instanceof PawlError && error.code === "dataset-unknown") return null;
  throw error;
}

function nothingLive(app: string): PawlError {
  return new PawlError("not-ready", `Nothing of ${app} was shipped yet: there is nothing to compare with.`, {
    hint: "Run `pawl ship` once; it writes pawl.lock.json with what is live.",
  });
}

function emptyLock(app: string, release: Release, commit: string | null): Lock {
  return {
    lockVersion: 1,
    app,
    live: { release: release.id, spec: release.spec, shippedAt: new Date().toISOString(), commit },
    previous: null,
    dataset: null,
    looks: [],
    scores: null,
  };
}

/** The promoted release's scores on the development split, as later checks compare with them. */
async function developmentScores(
  evaluating: Evaluating,
  app: string,
  live: Release,
  candidate: Release,
  options: CheckOptions,
): Promise<Lock["scores"]> {
  const planned = await evaluating
    .plan({ app, dataset: options.dataset, split: "development", releases: [live, candidate] })
    .catch((error: unknown) => {
      if (error instanceof PawlError && error.code === "dataset-empty") return null; // a dataset may have a gate split only
      throw error;
    });
  if (!planned) return null;
  const done = await evaluating.run(planned.experiment, planned.examples, options);
  const results = await evaluating.results(done.id, candidate.id);
  const metrics = evaluating.metrics(planned.examples).map((info) => info.name);
  const round = (value: number | undefined) => (value === undefined ? null : Number(value.toFixed(4)));
  const examples = results
    .filter((result) => result.error === null)
    .sort((a, b) => (a.example < b.example ? -1 : 1))
    .map((result) => [result.example, metrics.map((name) => round(result.scores[name]))] as const);
  return { release: candidate.id, metrics, examples: Object.fromEntries(examples) };
}

async function releaseForRollback(
  host: HostCore,
  app: string,
  id: string,
): Promise<{ release: string; spec: ReleaseSpec; commit: string | null }> {
  const release = await host.release(id);
  if (release.app !== app) throw new PawlError("not-found", `${id} is a release of ${release.app}, not of ${app}.`);
  return { release: id, spec: release.spec, commit: null };
}

/** Functions cannot be brought back from a spec: their code must be what it was. */
function assertSameCode(spec: ReleaseSpec, served: ServedApp, commit: string | null): void {
  if (spec.code === "none" || spec.code === served.loaded?.code) return;
  throw new PawlError("conflict", "That release has other code than the app file has now.", {
    hint: commit ? `Check out ${commit} and run it there.` : "Check out the commit it was made from and run it there.",
  });
}

async function gitCommit(folder: string): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)("git", ["-C", folder, "rev-parse", "HEAD"]);
    return stdout.trim();
  } catch {
    return null; // not in git, or no git: the lock says so by null
  }
}
