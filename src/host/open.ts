import { dirname, resolve } from "node:path";
import { PawlError, type Report } from "#kernel";
import type { AnswerMode, Feedback, Message, Outcome, Release, Steps, Turn } from "#schema";
import type { Known } from "#trace";
import { collectionOf } from "./apps.ts";
import { readConfig } from "./config.ts";
import type { ReplayOptions } from "./core.ts";
import { foundAt, type Place } from "./found-at.ts";
import { openHost } from "./host.ts";

/** An app opened in this process, without a server: ask it, look at its turns, run them again. */
export type Pawl = {
  /** The release that answers. */
  readonly release: Release;
  /** A stored turn with its spans, feedback and outcomes. Throws `turn-unknown`. */
  turn(id: string): Promise<Turn & { feedback: Feedback[]; outcomes: Outcome[] }>;
  /** Asks the app: one recorded turn. `known` is asked for the output of each step before it runs. */
  ask(
    question: string | readonly Message[],
    options?: { known?: readonly Known[]; answer?: AnswerMode; session?: string; signal?: AbortSignal },
  ): Promise<Turn>;
  /**
   * Runs a stored turn again, as a new turn. A step whose input is as it was gives what it gave; the others run.
   * `faithful` refuses where one differs, `release` asks another release, `before` runs that step and what follows
   * anew, and `known` is asked first: `[given("retrieve", …)]` is "what if this had been found?".
   */
  replay(turn: string | Pick<Turn, "id">, options?: Partial<ReplayOptions>): Promise<Turn>;
  /** What retrieval would have given, had it found these places of the app's documents: an input for `given`. */
  foundAt(...places: readonly Place[]): Promise<Steps["retrieve"]["out"]>;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
};

/**
 * Opens an app: its store, its models, its documents (read anew where they changed). Close it, or use `await using`.
 *
 * @param options.app the app's folder, or its file; default the current folder
 * @param options.report told how far reading the documents is
 * @throws PawlError `app-file-missing`, `app-malformed`; `store-locked` while a server holds the app's folder
 *
 * @example
 * await using pawl = await openPawl({ app: "." });
 * const turn = await pawl.ask("How many days of leave can I carry over?");
 */
export async function openPawl(options: { app?: string; report?: Report } = {}): Promise<Pawl> {
  const path = resolve(options.app ?? ".");
  const folder = /\.(m?[tj]s)$/.test(path) ? dirname(path) : path;
  const { report } = options;
  const config = await readConfig({ appFolder: folder, env: process.env });
  const host = await openHost(config, { apps: [path], ...(report ? { report } : {}) });
  const close = () => host.close();
  try {
    const [served] = host.apps.values();
    if (!served) throw new PawlError("internal", `${path} was not loaded.`);
    const release = await host.reload(served.name, report ? { report } : {});
    const collections = Object.keys(release.spec.knowledge).map((name) => collectionOf(release.app, name));
    return {
      release,
      turn: host.turn,
      ask: (question, { signal = new AbortController().signal, known = [], answer, session } = {}) =>
        host.ask({
          model: `app/${release.app}`,
          messages: typeof question === "string" ? [{ role: "user", content: question }] : [...question],
          format: { type: "text" },
          signal,
          known,
          session,
          ...(answer ? { answer } : {}),
        }),
      replay: (turn, { signal = new AbortController().signal, faithful = false, ...rest } = {}) =>
        host.replay(typeof turn === "string" ? turn : turn.id, { ...rest, signal, faithful }),
      foundAt: (...places) => foundAt(host.store, collections, host.indexOf, places),
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
