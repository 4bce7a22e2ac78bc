import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { PawlError } from "#kernel";
import type { Release, ReleaseSpec } from "#schema";
import {
  changesOf,
  type Lock,
  onDocumentsOf,
  type ReadLock,
  type Reported,
  readLock,
  sameButDocuments,
  writeLock,
} from "#ship";
import { currentRelease, liveSpec, type ServedApp, saveRelease, setTraffic } from "./apps.ts";
import { alpha, type Comparing, compare, developmentScores, unchanged } from "./comparing.ts";
import type { HostCore } from "./core.ts";
import { datasetOf } from "./datasets.ts";
import type { Evaluating } from "./evaluating.ts";
import { type DecisionRow, record, storyOf } from "./story.ts";

export type ShipOptions = Comparing & { noWorse: boolean; overrule?: string | undefined; by?: string | undefined };

/** Check and ship: the candidate beside what is live, on the same documents and the same examples. */
export type Shipping = {
  /** Is the candidate worse? On the development split. */
  check(app: string, options: Comparing & { against?: string | undefined }): Promise<Reported>;
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

  return {
    check: (app, options) =>
      alone(app, async () => {
        await host.reload(app, options); // the file as it is now, not as it was when the server started
        const { live: shipped, candidate, lock } = await sides(app);
        const live = options.against ? await over(app, options.against, candidate) : shipped;
        if (!live) throw nothingLive(app);
        if (sameButDocuments(live.spec, candidate.spec)) return unchanged(live, candidate);
        const { report } = await compare(
          evaluating,
          { app, live, candidate, scores: lock?.lock.scores ?? null },
          { split: "development", mode: "check", look: 1, needsGain: false },
          options,
        );
        await record(host.store, {
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
          const scores = await developmentScores(evaluating, { app, release: candidate, beside: [] }, options);
          await writeLock(folder, lock, { ...emptyLock(app, candidate, commit), dataset, scores });
          await setTraffic(host.store, app, candidate.id);
          await host.reload(app, options);
          return record(host.store, {
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
          evaluating,
          { app, live, candidate },
          { split: "gate", mode: "ship", look, needsGain: !options.noWorse },
          options,
        );
        const spent = [
          ...looks,
          { at: new Date().toISOString(), release: candidate.id, verdict: report.verdict, alpha },
        ];
        if (!passed && options.overrule === undefined) {
          await writeLock(folder, lock, { ...lock.lock, dataset, looks: spent });
          return record(host.store, {
            app,
            kind: "refused",
            release: candidate.id,
            previous: live.id,
            by,
            reason: report.reason,
            comparison: report,
          });
        }
        const scores = await developmentScores(evaluating, { app, release: candidate, beside: [live] }, options);
        await writeLock(folder, lock, {
          ...lock.lock,
          live: { release: candidate.id, spec: candidate.spec, shippedAt: new Date().toISOString(), commit },
          previous: { release: lock.lock.live.release, spec: lock.lock.live.spec, commit: lock.lock.live.commit },
          dataset,
          looks: spent,
          scores,
        });
        await setTraffic(host.store, app, candidate.id);
        const reason = passed ? report.reason : `Overruled: ${options.overrule}. The gate said: ${report.reason}`;
        const decision = await record(host.store, {
          app,
          kind: passed ? "ship" : "overruled",
          release: candidate.id,
          previous: live.id,
          by,
          reason,
          comparison: report,
        });
        await host.reload(app, options);
        return decision;
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
        return record(host.store, {
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
        return record(host.store, {
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

    story: (app) => storyOf(host.store, app),
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
