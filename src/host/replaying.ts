import { listPins } from "#data";
import type { Release, Turn } from "#schema";
import { spansOf } from "#trace";
import type { HostCore } from "./core.ts";

/** The pinned turns of an app as the newest edit answers them, beside what they were. */
export type Replays = {
  release: string | null;
  isRunning: boolean;
  turns: { was: Turn; now: Turn | null; isSame: boolean }[];
};

/**
 * Asks an app's pinned turns again after each save. What the edit did not touch is known from the turn; the next save
 * cancels what is running.
 */
export type Replaying = {
  start(app: string, release: Release): void;
  of(app: string): Replays;
  close(): Promise<void>;
};

export function openReplaying(host: HostCore): Replaying {
  const states = new Map<string, Replays & { stop: AbortController; ended: Promise<void> }>();

  async function run(app: string, release: Release, state: Replays, signal: AbortSignal): Promise<void> {
    const pinned = await listPins(host.store, app);
    state.turns = await Promise.all(pinned.map(async (id) => ({ was: await host.turn(id), now: null, isSame: false })));
    for (const turn of state.turns) {
      signal.throwIfAborted();
      const now = await host
        .askRelease(release, turn.was.input, {
          signal,
          session: `replay_${release.id}`,
          known: [spansOf(turn.was.spans)],
        })
        .catch((error: unknown) => {
          if (signal.aborted) throw error;
          return null; // stored with its error; the others are asked all the same
        });
      turn.now = now;
      turn.isSame = now?.answer?.text === turn.was.answer?.text;
    }
  }

  return {
    start(app, release) {
      const before = states.get(app);
      before?.stop.abort();
      const stop = new AbortController();
      const state: Replays = { release: release.id, isRunning: true, turns: [] };
      const ended = (before?.ended ?? Promise.resolve())
        .then(() => run(app, release, state, stop.signal))
        .catch(() => {}) // a save that came meanwhile takes over
        .finally(() => {
          state.isRunning = false;
        });
      states.set(app, Object.assign(state, { stop, ended }));
    },
    of(app) {
      const state = states.get(app);
      return state ?? { release: null, isRunning: false, turns: [] };
    },
    async close() {
      for (const { stop } of states.values()) stop.abort();
      await Promise.all([...states.values()].map(({ ended }) => ended));
    },
  };
}
