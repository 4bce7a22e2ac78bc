import { setTimeout as sleep } from "node:timers/promises";
import { asPawlError, type ErrorCode, PawlError } from "#kernel";

export type RetryOptions = {
  /** Tries in all. */
  attempts: number;
  /** The first pause; it doubles, with full jitter (Brooker, "Exponential backoff and jitter", AWS 2015). */
  baseMs: number;
  /** A provider that asks for a longer pause than this is not waited for. */
  maxMs: number;
};

export const defaultRetry: RetryOptions = { attempts: 3, baseMs: 400, maxMs: 20_000 };

const transient: ReadonlySet<ErrorCode> = new Set(["provider-rate-limited", "provider-failed", "provider-unreachable"]);

/** Runs `work`, again after a pause where its error may pass by itself and `mayRepeat` still says so. */
export async function retrying<T>(
  work: () => Promise<T>,
  options: RetryOptions & { signal: AbortSignal; mayRepeat: () => boolean; random?: () => number },
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof PawlError) || !transient.has(error.code) || !options.mayRepeat()) throw error;
      const asked = error.details?.retryAfterMs;
      const pauseMs =
        typeof asked === "number" ? asked : options.baseMs * 2 ** (attempt - 1) * (options.random ?? Math.random)();
      if (attempt >= options.attempts || pauseMs > options.maxMs) throw error;
      await sleep(pauseMs, undefined, { signal: options.signal }).catch(() => {
        throw asPawlError(options.signal.reason);
      });
    }
  }
}
