import type { Found } from "#app";
import { PawlError } from "#kernel";
import type { Place, Range, ReleaseSpec, Turn } from "#schema";
import type { Known } from "#trace";
import { type Case, type Expected, isRight } from "./case.ts";
import type { Unread } from "./remedies.ts";

/** What finding causes needs of the host: the release that failed, and ways to ask it differently. */
export type Replay = {
  spec: ReleaseSpec;
  /** The adapter that pawl ships for answers from passages, for this release's model; null where there is none. */
  skill: ReleaseSpec["adapter"];
  /** Asks a turn's question of this spec. */
  ask(spec: ReleaseSpec, turn: Turn, known: readonly Known[]): Promise<Turn>;
  /** What a search over the app's documents gives, of all collections; brings the index that it wants. */
  search(spec: ReleaseSpec, query: string): Promise<Found>;
  /** What retrieval would give, had it found these places. */
  foundAt(places: readonly Place[]): Promise<Found>;
  chunks(documentId: string): Promise<(Range & { titlePath: readonly string[] })[]>;
  document(id: string): Promise<{ path: string; text: string; pagesWithoutText: readonly number[] }>;
  /** Documents that have pages without text. */
  unread(): Promise<Unread[]>;
  /** True where the app's folder has such a file, whatever its sources name. */
  hasFile(path: string): Promise<boolean>;
  /** The place of these passages that supports a statement; null where none does. */
  support(statement: string, found: Found): Promise<Place | null>;
  /** What a step gave in an earlier attempt, else its work. */
  once<T extends boolean | string | null>(step: string, work: () => Promise<T>): Promise<T>;
  tell(done: number, note: string): void;
  /** True: no further setting is tried, as what is left of the time is for other things. */
  isTimeUp(): boolean;
};

/** A failure with what is right, places found where nobody named them. */
export type Failed = Case & { expected: Expected };

/** Most turns that one trial asks a model for; a search is cheap, so that others have more. */
export const mostAsked = 20;
export const mostSearched = 50;

/** An arm that mends less than this share of its turns falls short. */
export const half = 0.5;

/** What a release is to blame for: its prompt leaves no room for this question. Other errors say nothing of a release. */
export function isTooLong(error: unknown): boolean {
  return error instanceof PawlError && (error.code === "prompt-too-long" || error.code === "context-overflow");
}

/** Whether the answer comes out right when the turn is asked so. A prompt that is too long is one more way to fail. */
export async function comesOut(
  replay: Replay,
  spec: ReleaseSpec,
  { turn, expected }: Failed,
  known: readonly Known[],
): Promise<boolean> {
  try {
    return await isRight(await replay.ask(spec, turn, known), expected);
  } catch (error) {
    if (isTooLong(error)) return false;
    throw error;
  }
}
