import { type FileHandle, mkdir, open, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Turn } from "#schema";

/**
 * The journal: a finished turn is appended to a file before its last byte leaves, then written to the store in batches.
 * A process that is killed loses nothing that was acknowledged: the next start writes what the store lacks.
 *
 * A segment is closed when the store has taken all of its turns, and deleted. An `append` is one `write` call: after
 * kill -9 the line is in the kernel's hands whole, or it was never acknowledged (a torn last line is dropped).
 * A power cut can lose the last moments: there is no fsync for each turn.
 */
export type Journal = {
  /** Resolves when the turn is in the file. From then on `pending` knows it until the store does. */
  append(turn: Turn): Promise<void>;
  /** A turn that the store may not have yet. */
  pending(id: string): Turn | undefined;
  /** Resolves when the store has every turn appended so far. */
  flush(): Promise<void>;
  close(): Promise<void>;
};

const flushAfterMs = 50;
const batchTurns = 200;
const segmentTurns = 5_000;

/**
 * Opens the journal in `folder` and writes what an earlier process left there.
 *
 * @param write stores turns; must be idempotent (a turn may come twice)
 * @param onError told of a write that failed; the turns stay in the journal and are tried again
 */
export async function openJournal(options: {
  folder: string;
  write: (turns: readonly Turn[]) => Promise<void>;
  onError: (error: unknown) => void;
}): Promise<Journal> {
  await mkdir(options.folder, { recursive: true });
  const left = (await readdir(options.folder)).filter((name) => name.endsWith(".ndjson")).sort();
  for (const name of left) {
    const turns = readLines(await readFile(join(options.folder, name), "utf8"));
    for (let i = 0; i < turns.length; i += batchTurns) await options.write(turns.slice(i, i + batchTurns));
    await rm(join(options.folder, name));
  }

  const waiting = new Map<string, Turn>();
  let number = Number(left.at(-1)?.replace(/\D/g, "") ?? 0);
  let segment: { file: FileHandle; path: string; turns: number; bytes: number } | undefined;
  let lastAppend: Promise<void> = Promise.resolve();
  let flushing: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;

  async function openSegment() {
    number += 1;
    const path = join(options.folder, `${String(number).padStart(8, "0")}.ndjson`);
    return { file: await open(path, "a"), path, turns: 0, bytes: 0 };
  }

  async function drain(): Promise<void> {
    while (waiting.size > 0) {
      const batch = [...waiting.values()].slice(0, batchTurns);
      await options.write(batch);
      for (const turn of batch) waiting.delete(turn.id);
    }
    if (segment && segment.turns >= segmentTurns) {
      // In the line of appends, so that no turn is written into a segment that is being dropped.
      lastAppend = lastAppend.then(() => (waiting.size === 0 ? dropSegment() : undefined));
      await lastAppend;
    }
  }

  async function dropSegment(): Promise<void> {
    const done = segment;
    segment = undefined;
    await done?.file.close();
    if (done) await rm(done.path);
  }

  function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    flushing ??= lastAppend.then(drain).finally(() => {
      flushing = undefined;
    });
    return flushing;
  }

  function soon(): void {
    timer ??= setTimeout(() => {
      flush().catch((error) => {
        options.onError(error);
        if (waiting.size > 0) setTimeout(soon, 1_000).unref();
      });
    }, flushAfterMs);
  }

  return {
    append(turn) {
      const line = Buffer.from(`${JSON.stringify(turn)}\n`);
      const appended = lastAppend.then(async () => {
        segment ??= await openSegment();
        const { file, bytes } = segment;
        await file.appendFile(line).catch(async (error: unknown) => {
          await file.truncate(bytes).catch(() => {}); // a full disk took a part: the next line must not follow it
          throw error;
        });
        segment.bytes += line.length;
        segment.turns += 1;
        waiting.set(turn.id, turn);
        soon();
      });
      lastAppend = appended.catch(() => {}); // the caller is told; the next append tries on its own
      return appended;
    },
    pending: (id) => waiting.get(id),
    async flush() {
      await flush();
      if (waiting.size > 0) await flush();
    },
    async close() {
      await flush();
      await dropSegment();
    },
  };
}

function readLines(text: string): Turn[] {
  return text.split("\n").flatMap((line, index, lines) => {
    if (line === "") return [];
    try {
      return [JSON.parse(line)];
    } catch (error) {
      if (index === lines.length - 1) return []; // torn by the kill: never acknowledged
      throw error;
    }
  });
}
