/** Where time comes from. Passed in, never global, so that a replay or a test can hold it. */
export type Clock = {
  /** Wall time in milliseconds since the Unix epoch, with fractions. */
  now(): number;
};

export const systemClock: Clock = { now: () => performance.timeOrigin + performance.now() };

/** A clock that stands still until told otherwise. */
export function fixedClock(startMs: number): Clock & { advance(ms: number): void } {
  let nowMs = startMs;
  return {
    now: () => nowMs,
    advance: (ms) => {
      nowMs += ms;
    },
  };
}
