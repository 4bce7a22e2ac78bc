import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import * as z from "zod";
import { asPawlError, PawlError, type Report } from "#kernel";
import type { CatalogEntry, ModelFile } from "./catalog.ts";
import { withLock } from "./lock.ts";
import { fetchFrom, type Source, SourceFailure, sourceName } from "./sources/source.ts";

export type Env = Readonly<Record<string, string | undefined>>;

/** What was last verified: as long as size and time stand, the file is not hashed again. */
const Stamp = z.object({ sha256: z.string(), sizeBytes: z.number(), mtimeMs: z.number() });
export type Stamp = z.infer<typeof Stamp>;

type Failure = { source: string; reason: string };

/** The model store: `PAWL_MODELS`, else a folder in the user's cache; shared by all projects and processes. */
export function modelsFolder(env: Env): string {
  const given = env.PAWL_MODELS;
  if (given !== undefined && given !== "") return given;
  if (process.platform === "darwin") return join(homedir(), "Library", "Caches", "pawl", "models");
  if (process.platform === "win32") return join(env.LOCALAPPDATA ?? homedir(), "pawl", "models");
  return join(env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "pawl", "models");
}

/** Where a model's file lies in the store. */
export function pathOf(folder: string, entry: Pick<CatalogEntry, "id">, file: Pick<ModelFile, "name">): string {
  return join(folder, entry.id.replace(/[^a-zA-Z0-9._-]+/g, "_"), file.name);
}

/** The verified state of a file without hashing it; undefined when it is absent or has changed since. */
export async function verified(path: string): Promise<Stamp | undefined> {
  try {
    const [text, found] = await Promise.all([readFile(`${path}.json`, "utf8"), stat(path)]);
    const stamp = Stamp.parse(JSON.parse(text));
    return stamp.sizeBytes === found.size && stamp.mtimeMs === found.mtimeMs ? stamp : undefined;
  } catch {
    return undefined; // no file, no stamp or an unreadable stamp: all mean "not verified"
  }
}

/** Records that the file at `path` has this hash. */
export async function stamp(path: string, sha256: string): Promise<Stamp> {
  const found = await stat(path);
  const value = { sha256, sizeBytes: found.size, mtimeMs: found.mtimeMs };
  await writeFile(`${path}.json.part`, JSON.stringify(value));
  await rename(`${path}.json.part`, `${path}.json`);
  return value;
}

/**
 * Makes sure that a model's file is in the store, whole and with the right hash, and returns its path.
 * Sources are tried in order; a damaged file is moved aside and fetched again.
 * Throws `model-file-unavailable` (details: each source and why it failed), `disk-full`, `cancelled`.
 */
export async function ensureFile(
  entry: Pick<CatalogEntry, "id">,
  file: ModelFile,
  options: { folder: string; env: Env; signal: AbortSignal; report: Report },
): Promise<{ path: string; sha256: string }> {
  const path = pathOf(options.folder, entry, file);
  const known = await verified(path);
  if (known !== undefined && (file.sha256 ?? known.sha256) === known.sha256) return { path, sha256: known.sha256 };
  await mkdir(dirname(path), { recursive: true }).catch((error: unknown) => {
    throw new PawlError("model-file-unavailable", `The model store ${options.folder} cannot be written.`, {
      hint: "Set PAWL_MODELS to a folder that you may write to.",
      cause: error,
    });
  });
  const onWait = () => options.report({ task: `waiting for another process to fetch ${file.name}`, done: 0 });
  return withLock(`${path}.lock`, { signal: options.signal, onWait }, async () => {
    const present = await check(path, file, options.report);
    return present === undefined ? obtain(entry, file, path, options) : { path, sha256: present };
  });
}

/** The hash of a file that is there and right; a wrong one is moved aside. */
async function check(path: string, file: ModelFile, report: Report): Promise<string | undefined> {
  const known = await verified(path);
  if (known !== undefined && (file.sha256 ?? known.sha256) === known.sha256) return known.sha256;
  const actual = await hashFile(path).catch(() => undefined);
  if (actual === undefined) return undefined;
  const expected = file.sha256 ?? (await recordedHash(path)) ?? actual;
  if (actual === expected) return (await stamp(path, actual)).sha256;
  await rename(path, `${path}.damaged`);
  report({ task: `checking ${file.name}`, done: 0, note: `${file.name} was damaged; it is fetched again.` });
  return undefined;
}

async function obtain(
  entry: Pick<CatalogEntry, "id">,
  file: ModelFile,
  path: string,
  options: { env: Env; signal: AbortSignal; report: Report },
): Promise<{ path: string; sha256: string }> {
  const expected = file.sha256 ?? (await recordedHash(path)) ?? null;
  const failures: Failure[] = [];
  for (const source of file.sources) {
    const name = sourceName(source, options.env);
    try {
      const sha256 = await obtainFrom(source, file, path, expected, options);
      return { path, sha256 };
    } catch (error) {
      if (options.signal.aborted) throw asPawlError(options.signal.reason);
      if (!(error instanceof SourceFailure)) throw asPawlError(error);
      failures.push({ source: name, reason: error.message });
      options.report({ task: `fetching ${file.name}`, done: 0, note: `${name}: ${error.message}` });
    }
  }
  const reasons = failures.map(({ source, reason }) => `${source}: ${reason}`).join("; ");
  throw new PawlError("model-file-unavailable", `No source has the file ${file.name} of ${entry.id}: ${reasons}.`, {
    hint: `Connect to one of these sources, or put the file at ${path} yourself.`,
    details: { model: entry.id, file: file.name, path, sources: failures },
  });
}

async function obtainFrom(
  source: Source,
  file: ModelFile,
  path: string,
  expected: string | null,
  options: { env: Env; signal: AbortSignal; report: Report },
): Promise<string> {
  if (source.kind !== "path" && (options.env.PAWL_OFFLINE ?? "") !== "") {
    throw new SourceFailure("not asked, because PAWL_OFFLINE is set");
  }
  const resumable = source.kind === "hub" || source.kind === "url";
  const part = resumable ? `${path}.part` : `${path}.unpacked`;
  if (!resumable) await rm(part, { force: true });
  const resumed = await exists(part);
  const scratch = await mkdtemp(join(dirname(path), "fetch-"));
  try {
    options.report({ task: `fetching ${file.name}`, done: 0 });
    await fetchFrom(source, {
      target: part,
      scratch,
      env: options.env,
      signal: options.signal,
      onBytes: (done, total) =>
        options.report({
          task: `fetching ${file.name}`,
          done,
          ...((total ?? file.sizeBytes) === null ? {} : { total: total ?? file.sizeBytes ?? done }),
          unit: "bytes",
        }),
    });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  const actual = await hashFile(part);
  if (expected !== null && actual !== expected) {
    await rm(part, { force: true });
    // What was resumed may have been the beginning of another file: once more from the first byte.
    if (resumed) return obtainFrom(source, file, path, expected, options);
    throw new SourceFailure(
      `gave a file with the wrong sha256 (${actual.slice(0, 12)}… instead of ${expected.slice(0, 12)}…)`,
    );
  }
  await rename(part, path);
  return (await stamp(path, actual)).sha256;
}

/** The hash in a stamp, whatever the file looks like now: what a file without a catalog hash must still have. */
async function recordedHash(path: string): Promise<string | undefined> {
  try {
    return Stamp.parse(JSON.parse(await readFile(`${path}.json`, "utf8"))).sha256;
  } catch {
    return undefined;
  }
}

export async function hashFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const bytes of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(bytes);
  return hash.digest("hex");
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
