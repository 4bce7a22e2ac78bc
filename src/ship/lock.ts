import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { contentId, hashOf, PawlError, sha256 } from "#kernel";
import { ReleaseSpec } from "#schema";

/** `pawl.lock.json`: what is live as git approved it, on what evidence, and how often the gate was looked at. */
export const Lock = z.strictObject({
  lockVersion: z.literal(1),
  app: z.string(),
  live: z.strictObject({
    release: z.string(),
    spec: ReleaseSpec,
    shippedAt: z.iso.datetime(),
    commit: z.string().nullable(),
  }),
  previous: z.strictObject({ release: z.string(), spec: ReleaseSpec, commit: z.string().nullable() }).nullable(),
  dataset: z.strictObject({ name: z.string(), version: z.string() }).nullable(),
  /** Every look at the gate split of this dataset since it was new: each spent a part of the error rate. */
  looks: z.array(z.strictObject({ at: z.iso.datetime(), release: z.string(), verdict: z.string(), alpha: z.number() })),
  /** Scores of the live release on the development split, so that a fresh clone need not ask it again. */
  scores: z
    .strictObject({
      release: z.string(),
      /** The version of the examples, and which scorers they were: of others these are not the scores. */
      dataset: z.string().optional(),
      scorers: z.string().optional(),
      metrics: z.array(z.string()),
      examples: z.record(z.string(), z.array(z.number().nullable())),
    })
    .nullable(),
});
export type Lock = z.infer<typeof Lock>;

const Written = z.object({ live: z.object({ release: z.string(), spec: z.json() }) });

const fileName = "pawl.lock.json";

/** The lock as read, and what the file was then: a write is refused where somebody wrote in between. */
export type ReadLock = { lock: Lock; digest: string };

/**
 * Reads the lock beside an app file; null where there is none.
 *
 * @throws PawlError `lock-damaged` (says where), `lock-mismatch` for another app's
 */
export async function readLock(folder: string, app: string): Promise<ReadLock | null> {
  const path = join(folder, fileName);
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
  if (text === null) return null;
  const lock = parse(path, text);
  if (lock.app !== app) {
    throw new PawlError("lock-mismatch", `${path} is of the app ${lock.app}, not of ${app}.`, {
      hint: "Each app has a folder of its own; move the file to its app, or delete it to begin anew.",
      details: { path },
    });
  }
  return { lock, digest: sha256(text) };
}

function parse(path: string, text: string): Lock {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw damaged(path, cause instanceof Error ? cause.message : String(cause), cause);
  }
  const parsed = Lock.safeParse(value);
  if (!parsed.success)
    throw damaged(path, `${parsed.error.issues[0]?.path.join(".")}: ${parsed.error.issues[0]?.message}`);
  // The hash is of the spec as it was written: a later pawl reads it with more settings, each at its default.
  const { release, spec } = Written.parse(value).live;
  if (contentId("rel", hashOf(spec)) !== release) throw damaged(path, `live.release is not the hash of live.spec`);
  return parsed.data;
}

function damaged(path: string, why: string, cause?: unknown): PawlError {
  return new PawlError("lock-damaged", `${path} cannot be read: ${why}.`, {
    hint: "Take the version that git has (git checkout pawl.lock.json), or delete the file to begin anew.",
    details: { path },
    ...(cause === undefined ? {} : { cause }),
  });
}

export function releaseId(spec: ReleaseSpec): string {
  return contentId("rel", hashOf(spec));
}

/**
 * Writes the lock in one step.
 *
 * @param before what was read; null where there was none
 * @throws PawlError `conflict` where the file is not what was read: somebody else shipped meanwhile
 */
export async function writeLock(folder: string, before: ReadLock | null, lock: Lock): Promise<void> {
  const path = join(folder, fileName);
  const now = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
  if ((now === null ? null : sha256(now)) !== (before?.digest ?? null)) {
    throw new PawlError("conflict", `${path} was changed while this ran.`, {
      hint: "Somebody else shipped: look at their release, then run again.",
    });
  }
  const partial = `${path}.${process.pid}.part`;
  await writeFile(partial, lockText(lock));
  await rename(partial, path);
}

/** Indented JSON, but a line for each example, so that a review sees which changed. */
function lockText(lock: Lock): string {
  const { scores, ...rest } = lock;
  const body = JSON.stringify({ ...rest, scores: null }, null, 2);
  if (!scores) return `${body}\n`;
  const lines = Object.entries(scores.examples).map(
    ([id, values]) => `      ${JSON.stringify(id)}: ${JSON.stringify(values)}`,
  );
  const text = `{\n    ${named("release", scores.release)}${named("dataset", scores.dataset)}${named("scorers", scores.scorers)}"metrics": ${JSON.stringify(scores.metrics)},\n    "examples": {\n${lines.join(",\n")}\n    }\n  }`;
  return `${body.replace(/"scores": null/, () => `"scores": ${text}`)}\n`;
}

function named(name: string, value: string | undefined): string {
  return value === undefined ? "" : `${JSON.stringify(name)}: ${JSON.stringify(value)},\n    `;
}
