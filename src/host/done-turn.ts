import type { Question } from "#app";
import { contentId, hashOf } from "#kernel";
import type { Release, Turn } from "#schema";
import type { Known } from "#trace";
import type { HostCore } from "./core.ts";

/**
 * A turn of a piece of work that may be broken off: asked until it is done once, and from then on read. One that failed or was
 * stopped was recorded too, and is asked anew.
 *
 * @param what.key what makes it this turn: the same key is never answered twice
 * @throws PawlError what asking throws
 */
export async function doneTurn(
  host: HostCore,
  what: {
    key: unknown;
    release: Release;
    question: Question;
    session: string;
    known?: readonly Known[];
    signal: AbortSignal;
  },
): Promise<Turn> {
  const { key, release, question, ...options } = what;
  for (let attempt = 0; ; attempt += 1) {
    options.signal.throwIfAborted();
    const id = contentId("trn", hashOf({ key, attempt }));
    const isKnown = (await host.recorded([id])).has(id);
    const turn = isKnown ? await host.turn(id) : await host.askRelease(release, question, { id, ...options });
    if (turn.status === "done") return turn;
  }
}
