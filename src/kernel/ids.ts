import { encodeTime, monotonicFactory } from "ulid";

/** The prefix of each kind of id; an id is `prefix_ULID`, so ids of one kind sort by the time they were made. */
export type IdPrefix =
  | "trn" // turn
  | "spn" // span
  | "run" // run
  | "ses" // session
  | "rel" // release (its content hash, not a ULID)
  | "doc" // document
  | "chk" // chunk
  | "job" // job
  | "fbk" // feedback
  | "out" // outcome
  | "key" // API key
  | "dst" // dataset
  | "exp" // experiment
  | "dec" // decision
  | "lop"; // loop

/** A branded id: `Id<"trn">` is a string that begins with `trn_`. */
export type Id<P extends IdPrefix> = `${P}_${string}`;

const ulid = monotonicFactory();

/** A new id, monotonic within this process. */
export function newId<P extends IdPrefix>(prefix: P): Id<P> {
  return `${prefix}_${ulid()}`;
}

/** An id derived from content: equal content, equal id. `digest` is a hex sha256; 128 bits of it are kept. */
export function contentId<P extends IdPrefix>(prefix: P, digest: string): Id<P> {
  return `${prefix}_${digest.slice(0, 32)}`;
}

const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/**
 * An id that sorts by a time, as `newId`'s do, and is the same for the same content. `digest` is a hex sha256; 80 bits
 * of it are kept.
 */
export function timedId<P extends IdPrefix>(prefix: P, timeMs: number, digest: string): Id<P> {
  const bytes = Buffer.from(digest.slice(0, 32), "hex");
  return `${prefix}_${encodeTime(Math.floor(timeMs), 10)}${Array.from(bytes, (byte) => crockford[byte % 32]).join("")}`;
}
