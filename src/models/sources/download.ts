import { createWriteStream } from "node:fs";
import { stat } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type FetchContext, SourceFailure } from "./source.ts";

/** A host that does not answer within this time is taken as not reachable: the next source is waiting. */
const answerMs = 4_000;
/** A download that brings no byte for this long is given up. */
const stallMs = 30_000;

/**
 * Downloads `url` to `context.target`, going on (HTTP range, RFC 9110 §14) from the bytes that are already there.
 * `fetch` follows redirects and drops the authorization header when one leaves the origin.
 */
export async function download(url: string, headers: Record<string, string>, context: FetchContext): Promise<void> {
  const have = await sizeOf(context.target);
  const stop = new AbortController();
  const signal = AbortSignal.any([context.signal, stop.signal]);
  let timer = setTimeout(() => stop.abort(), answerMs);
  try {
    const response = await fetch(url, {
      headers: { ...headers, ...(have > 0 ? { range: `bytes=${have}-` } : {}) },
      signal,
    });
    if (response.status === 416) {
      // The part is as long as the file, or longer: hashing decides which.
      await response.body?.cancel();
      return;
    }
    if (!response.ok || response.body === null) {
      await response.body?.cancel();
      throw new SourceFailure(`answered ${response.status}${statusHint(response.status)}`);
    }
    const resumed = response.status === 206;
    const length = Number(response.headers.get("content-length") ?? Number.NaN);
    const start = resumed ? have : 0;
    let done = start;
    const counted = async function* (body: AsyncIterable<Uint8Array>) {
      for await (const bytes of body) {
        clearTimeout(timer);
        timer = setTimeout(() => stop.abort(), stallMs);
        done += bytes.length;
        context.onBytes(done, Number.isNaN(length) ? undefined : start + length);
        yield bytes;
      }
    };
    await pipeline(
      Readable.fromWeb(response.body),
      counted,
      createWriteStream(context.target, { flags: resumed ? "a" : "w" }),
    );
  } catch (error) {
    if (context.signal.aborted || error instanceof SourceFailure) throw error;
    if (stop.signal.aborted) throw new SourceFailure("did not answer in time");
    if (isDiskError(error)) throw error;
    throw new SourceFailure(`could not be reached (${reason(error)})`);
  } finally {
    clearTimeout(timer);
  }
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    (found) => found.size,
    () => 0,
  );
}

function statusHint(status: number): string {
  if (status === 401 || status === 403) return ", access refused (is HF_TOKEN set and allowed?)";
  if (status === 404) return ", no such file";
  return "";
}

function isDiskError(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOSPC" || error.code === "EACCES");
}

/** The innermost cause's code or text: `fetch failed` alone says nothing. */
function reason(error: unknown): string {
  let inner = error;
  while (inner instanceof Error && inner.cause !== undefined) inner = inner.cause;
  if (inner instanceof Error) return "code" in inner && typeof inner.code === "string" ? inner.code : inner.message;
  return "unknown reason";
}
