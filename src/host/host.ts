import type { Config } from "./config.ts";
import { type HostCore, type OpenOptions, openCore } from "./core.ts";
import { type Evaluating, openEvaluating } from "./evaluating.ts";
import { type Improving, openImproving } from "./improving.ts";
import { type Looping, openLooping } from "./looping.ts";
import { openQuestions, type Questions } from "./questions.ts";
import { openReplaying, type Replaying } from "./replaying.ts";
import { openShipping, type Shipping } from "./shipping.ts";
import { openTuning, type Tuning } from "./tuning.ts";
import { openWorking, type Working } from "./working.ts";

/** One pawl process: what it holds open, and everything that can be asked of it. */
export type Host = HostCore & {
  readonly evaluating: Evaluating;
  readonly shipping: Shipping;
  readonly improving: Improving;
  readonly working: Working;
  readonly replaying: Replaying;
  readonly tuning: Tuning;
  readonly looping: Looping;
  readonly questions: Questions;
};

/**
 * Opens everything, once. The apps are loaded and their documents read in the background: `apps` says how far each is.
 *
 * @throws PawlError `store-locked` where another process owns the folder
 */
export async function openHost(config: Config, options: OpenOptions): Promise<Host> {
  const core = await openCore(config, options);
  const closing = new AbortController();
  const evaluating = openEvaluating(core);
  const shipping = openShipping(core, evaluating);
  const improving = openImproving(core, evaluating, closing.signal);
  const tuning = openTuning(core);
  const looping = openLooping({ host: core, evaluating, shipping, improving, tuning });
  const working = openWorking({
    host: core,
    jobs: core.ingesting.jobs,
    evaluating,
    shipping,
    looping,
    signal: closing.signal,
  });
  const replaying = openReplaying(core);
  const questions = openQuestions(core, closing.signal);
  return {
    ...core,
    evaluating,
    shipping,
    improving,
    working,
    replaying,
    tuning,
    looping,
    questions,
    /** Where an edit answers (`pawl dev`), a load is a save: the pinned turns are asked again. */
    async reload(name, reloading) {
      const release = await core.reload(name, reloading);
      if (options.answersWith === "candidate") replaying.start(release.app, release);
      return release;
    },
    async close() {
      closing.abort();
      await replaying.close();
      await Promise.all([working.ended, improving.ended, questions.ended]);
      await core.close();
    },
  };
}
