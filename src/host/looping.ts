import { desc, eq } from "drizzle-orm";
import { changed, composeMessages, type Learned, learnedOf, saveLearned } from "#app";
import { normalQuestion, readExamples } from "#data";
import { type Correction, conversationsOf, correctionsOf, improve, type LoopParts, likedOf } from "#improve";
import { contentId, hashOf, PawlError, type Report } from "#kernel";
import { type Cause, type Json, LoopReport, type Passage, type Release, type Turn } from "#schema";
import { tables } from "#store";
import { spansOf } from "#trace";
import { currentRelease } from "./apps.ts";
import type { HostCore } from "./core.ts";
import { datasetOf } from "./datasets.ts";
import type { Evaluating } from "./evaluating.ts";
import type { Improving } from "./improving.ts";
import { dropAdapterFile, withAdapterFile } from "./learned-file.ts";
import { answeredTurn, reactedTurns, simulatedBy, whoReacted } from "./reacting.ts";
import type { Shipping } from "./shipping.ts";
import type { Tuning } from "./tuning.ts";

const { loops } = tables;

export type LoopInput = { app: string; minutes: number; seed: number };

/** The loop of an app: goes on where it was, whatever stopped it. */
export type Looping = {
  run(input: LoopInput, options: { signal: AbortSignal; report: Report }): Promise<LoopReport>;
  list(app?: string): Promise<LoopReport[]>;
  /** @throws PawlError `not-found` */
  read(id: string): Promise<LoopReport>;
};

/** No further setting is tried for causes when less than this share of the minutes is left. */
const settingsShare = 0.6;
type Begun = {
  /** The release that was live when it began: a loop that promoted another goes on from here all the same. */
  live: string;
  steps: Record<string, unknown>;
  report: LoopReport | null;
  beganAt: string;
  seconds: number;
};
/** The step after which the app's candidate, and then what is live, may be this loop's own doing. */
const gateAsked = "gate asked";
/** Who decided, in the app's story. */
const byLoop = "pawl loop";

export function openLooping(parts: {
  host: HostCore;
  evaluating: Evaluating;
  shipping: Shipping;
  improving: Improving;
  tuning: Tuning;
}): Looping {
  const { host, evaluating, shipping, improving, tuning } = parts;
  const { db } = host.store;

  async function rowsOf(app?: string) {
    const rows = await db
      .select({ id: loops.id, body: loops.body })
      .from(loops)
      .where(app === undefined ? undefined : eq(loops.app, app))
      .orderBy(desc(loops.createdAt))
      .limit(200);
    return rows.map(({ id, body }) => ({ id, begun: body as Begun })); // written below, and nowhere else
  }

  /** The loop that was begun on this live release and has not ended; else a new one. */
  async function begin(app: string, live: Release, seed: number): Promise<{ id: string; begun: Begun }> {
    const rows = await rowsOf(app);
    const ended = rows.filter(({ begun }) => begun.report !== null).length;
    const id = contentId("lop", hashOf({ app, live: live.id, seed, ended }));
    const promoted = await ownPromotion(app);
    const known = rows.find(
      ({ begun }) => begun.report === null && (begun.live === live.id || begun.live === promoted?.previous),
    );
    if (known) return known;
    const begun: Begun = { live: live.id, steps: {}, report: null, beganAt: new Date().toISOString(), seconds: 0 };
    await db.insert(loops).values({ id, app, createdAt: begun.beganAt, body: begun }).onConflictDoNothing();
    return { id, begun };
  }

  /** The newest decision about an app, where a loop's gate made it. */
  async function ownPromotion(app: string) {
    const [last] = await shipping.story(app);
    return last?.kind === "ship" && last.by === byLoop ? last : null;
  }

  async function keep(id: string, begun: Begun): Promise<void> {
    await db.update(loops).set({ body: begun }).where(eq(loops.id, id));
  }

  async function run(
    { app, minutes, seed }: LoopInput,
    { signal, report }: { signal: AbortSignal; report: Report },
  ): Promise<LoopReport> {
    await host.reload(app, { signal, report });
    if (!(await shipping.candidate(app)).live) await shipping.ship(app, { noWorse: false, by: byLoop, signal, report });
    const { live: now, changes } = await shipping.candidate(app);
    if (!now) throw new PawlError("not-ready", `Nothing of ${app} is live.`);
    const { id, begun } = await begin(app, now, seed);
    const live = await host.release(begun.live);
    const from = performance.now();
    const spent = begun.seconds;
    const step = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
      if (name in begun.steps) return begun.steps[name] as T; // what `work` of this step gave in an earlier attempt
      signal.throwIfAborted();
      const value = await work();
      begun.steps[name] = JSON.parse(JSON.stringify(value ?? null));
      begun.seconds = spent + (performance.now() - from) / 1000;
      await keep(id, begun);
      return value;
    };
    const served = host.app(app);
    const { loaded } = served;
    if (!loaded) throw new PawlError("not-ready", `The app ${app} is not loaded.`);
    const settings = await step("settings", async () => ({ minutes, seed }));
    /** Minutes that are left of those that the loop was given, over all attempts. */
    const left = () => settings.minutes - (spent + (performance.now() - from) / 1000) / 60;
    const judging = await judgingQuestions(app);
    let areSimulated = false;
    /** Simulated users are heard in the loop that asked them alone; what judges a change teaches it nothing. */
    const isHeard = (turn: Turn) =>
      (areSimulated ? turn.session === simulatedBy(id) : !turn.session.startsWith("sim_")) &&
      !judging.has(normalQuestion(turn.input.messages));
    /** Fixed when first asked: what is said later is for the next loop, and moves nothing from one part to another. */
    const heardOnce = async (name: string, of: typeof correctionsOf): Promise<Correction[]> => {
      const kept = await step(name, async () =>
        of((await reactedTurns(host, live.id)).filter(isHeard)).map(({ turn, ...said }) => ({
          ...said,
          turn: turn.id,
        })),
      );
      return Promise.all(kept.map(async ({ turn, ...said }) => ({ ...said, turn: await host.turn(turn) })));
    };
    const before = await step("before", () => learnedOf(loaded.folder));
    if (changes.length > 0 && !(gateAsked in begun.steps))
      throw new PawlError("conflict", `The app file of ${app} differs from what is live: ${changes.join("; ")}.`, {
        hint: "Ship it or take it back first: the loop starts from what is live.",
      });
    let told = 0;
    const say = (note: string) => report({ task: "loop", done: ++told, unit: "steps", note });

    /** Releases whose documents were read already. */
    const prepared = new Set<string>();
    const candidate = async (change: Learned): Promise<Release> => {
      const { app: written } = await changed(loaded, before, change);
      const { current } = await currentRelease(host.store, host.gateway, { ...loaded, app: written });
      return current;
    };

    const story = await improve({
      app,
      live,
      minutes: settings.minutes,
      left,
      signal,
      step,
      say,
      users: () => whoReacted(host, { app, live, loop: id, seed: settings.seed, judging, signal, report }),
      corrections: async (users) => {
        areSimulated = users.areSimulated;
        return heardOnce("corrections", correctionsOf);
      },
      liked: () => heardOnce("liked", likedOf),
      estimate: async () =>
        (await host.feedbackEstimates(app)).releases.find(({ release }) => release === live.id) ?? null,
      causes: async (): Promise<Cause[]> =>
        (
          await improving.causes(
            { app, release: live.id },
            {
              signal,
              report,
              isHeard,
              isTimeUp: () => left() < settingsShare * settings.minutes,
              recorded: (name) => begun.steps[`cause ${name}`] as Json | undefined, // what `record` kept
              record: async (name, output) => {
                begun.steps[`cause ${name}`] = output;
                await keep(id, begun);
              },
            },
          )
        ).causes,
      candidate,
      answer: async (release, turn) => {
        if (!prepared.has(release.id)) await host.prepare(release, { signal, report });
        prepared.add(release.id);
        const asked = await answeredTurn(host, {
          key: { loop: id, release: release.id, turn: turn.id },
          ...{ release, question: turn.input, signal },
          session: `loop_${id}`,
          known: [spansOf(turn.spans)],
        });
        return asked?.answer ?? null;
      },
      gateExamples: async () => {
        const version = await datasetOf(host, app, undefined);
        return (await readExamples(host.store, version.id, "gate")).length;
      },
      train: (train, validation, most) => trained({ loaded, live, train, validation, minutes: most, signal, report }),
      gate: async (change) => {
        const asked = await step(gateAsked, async () => new Date().toISOString());
        const { learned: proposed } = await changed(loaded, before, change);
        const learned = await withAdapterFile(loaded.folder, { ...proposed, by: id }, host.gateway);
        await saveLearned(loaded.folder, learned);
        const takeBack = async () => {
          await saveLearned(loaded.folder, before);
          await dropAdapterFile(loaded.folder, learned, before);
        };
        try {
          // An edit of the app file meanwhile is not what was measured.
          await host.reload(app, { signal, report });
          const measured = await candidate(change);
          if ((await shipping.candidate(app)).candidate.id !== measured.id)
            throw new PawlError("conflict", `The app file of ${app} was changed while the loop ran.`, {
              hint: "Ship the edit or take it back, then run the loop again.",
            });
          const decision = await gateOf(app, live, { asked, signal, report });
          if (decision.passed) await dropAdapterFile(loaded.folder, before, learned);
          else await takeBack();
          return decision;
        } catch (error) {
          if (!signal.aborted) await takeBack();
          throw error;
        } finally {
          if (!signal.aborted) await host.reload(app, { signal, report });
        }
      },
      report: async (first, promoted, other) => reportOf({ app, first, promoted, other, signal, report }),
    });
    begun.seconds = spent + (performance.now() - from) / 1000;
    begun.report = LoopReport.parse({ ...story, id, createdAt: begun.beganAt, seconds: begun.seconds });
    await keep(id, begun);
    return begun.report;
  }

  /** The questions of the splits that judge; their answers are not looked at. */
  async function judgingQuestions(app: string): Promise<Set<string>> {
    const version = await datasetOf(host, app, undefined);
    const splits = await Promise.all(
      (["gate", "report"] as const).map((split) => readExamples(host.store, version.id, split)),
    );
    return new Set(splits.flat().map(({ messages }) => normalQuestion(messages)));
  }

  /** An adapter from corrections, which continues the live one. */
  async function trained(what: {
    loaded: { app: { name: string } };
    live: Release;
    train: readonly Correction[];
    validation: readonly Correction[];
    minutes: number;
    signal: AbortSignal;
    report: Report;
  }): Promise<{ adapter: string; note: string } | null> {
    const { live } = what;
    const compose = (turn: Turn, passages: readonly Passage[]) =>
      composeMessages({
        instructions: live.spec.instructions,
        examples: live.spec.examples,
        messages: turn.input.messages,
        passages,
      });
    const train = conversationsOf(what.train, compose);
    const validation = conversationsOf(what.validation, compose);
    if (train.length < 4 || validation.length === 0) return null;
    const job = await tuning.start({
      app: live.app,
      examples: { kind: "chat", train, validation },
      minutes: what.minutes,
      recipe: {},
      from: live.spec.adapter?.sha256 ?? null,
    });
    const result = await tuning.wait(job, { signal: what.signal, report: what.report });
    return {
      adapter: result.sha256,
      note: `${result.steps} steps on ${train.length} corrections, ${result.tokensPerSecond.toFixed(0)} tokens/s, loss on ${validation.length} others ${result.validation.toFixed(3)}.`,
    };
  }

  async function gateOf(
    app: string,
    live: Release,
    { asked, ...options }: { asked: string; signal: AbortSignal; report: Report },
  ) {
    // Killed between the gate's decision and its record here, it has been made: a second look would cost the next candidate.
    const [last] = await shipping.story(app);
    const isMade = last?.by === byLoop && last.previous === live.id && last.createdAt >= asked;
    const decision = isMade ? last : await shipping.ship(app, { noWorse: false, by: byLoop, ...options });
    return {
      passed: decision.kind === "ship",
      reason: decision.reason,
      metrics: decision.comparison?.metrics ?? [],
      release: decision.release,
    };
  }

  /** The report split, opened once: the promoted release beside what was live, and beside the best other arm. */
  async function reportOf(what: {
    app: string;
    first: Release;
    promoted: Release;
    other: Release | null;
    signal: AbortSignal;
    report: Report;
  }): ReturnType<LoopParts["report"]> {
    const against = async (release: Release) => {
      const planned = await evaluating
        .plan({ app: what.app, split: "report", releases: [release, what.promoted] })
        .catch((error: unknown) => {
          if (error instanceof PawlError && error.code === "dataset-empty") return null;
          throw error;
        });
      if (!planned) return [];
      const done = await evaluating.run(planned.experiment, planned.examples, what);
      return (await evaluating.detail(done)).differences[0]?.metrics ?? [];
    };
    const metrics = await against(what.first);
    const beside = what.other ? await against(what.other) : [];
    const words = (of: typeof metrics) =>
      of
        .filter(({ isGuarded }) => isGuarded)
        .map(({ name, difference, low, high }) => `${name} ${points(difference)} (${points(low)} to ${points(high)})`)
        .join(", ");
    return {
      metrics,
      story: [
        metrics.length === 0 ? "The dataset has no report split." : `On the report split: ${words(metrics)}.`,
        ...(beside.length > 0 ? [`Beside the best that needs no training: ${words(beside)}.`] : []),
      ],
    };
  }

  return {
    run,
    async list(app) {
      return (await rowsOf(app)).flatMap(({ begun }) => (begun.report ? [LoopReport.parse(begun.report)] : []));
    },
    async read(id) {
      const [row] = await db.select({ body: loops.body }).from(loops).where(eq(loops.id, id));
      const found = row ? (row.body as Begun).report : null; // written above
      if (!found)
        throw new PawlError("not-found", `There is no loop ${id} that has ended.`, {
          hint: "GET /api/loops lists them.",
        });
      return LoopReport.parse(found);
    },
  };
}

function points(value: number | null): string {
  return value === null ? "?" : `${value < 0 ? "−" : "+"}${Math.abs(100 * value).toFixed(1)}`;
}
