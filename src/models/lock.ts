import { open, readFile, rm, stat, utimes } from "node:fs/promises";
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";

/** The holder touches its lock this often; a lock untouched for four beats belongs to nobody. */
const beatMs = 5_000;

/**
 * Runs `work` while holding a lock file, so that two processes never fetch or rewrite the same file at once.
 * A lock whose holder died (its process is gone, or it stopped touching the file) is taken over.
 */
export async function withLock<T>(
  path: string,
  options: { signal: AbortSignal; onWait?: () => void },
  work: () => Promise<T>,
): Promise<T> {
  let waited = false;
  while (!(await take(path))) {
    if (!waited) options.onWait?.();
    waited = true;
    if (await isStale(path)) await rm(path, { force: true });
    else await sleep(200, undefined, { signal: options.signal });
  }
  const beat = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => {}); // a lock that was taken over cannot be touched; the work ends all the same
  }, beatMs);
  beat.unref();
  try {
    return await work();
  } finally {
    clearInterval(beat);
    await rm(path, { force: true });
  }
}

async function take(path: string): Promise<boolean> {
  try {
    const file = await open(path, "wx");
    await file.writeFile(`${process.pid}\n${hostname()}\n`);
    await file.close();
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}

async function isStale(path: string): Promise<boolean> {
  try {
    const [text, { mtimeMs }] = await Promise.all([readFile(path, "utf8"), stat(path)]);
    if (Date.now() - mtimeMs > 4 * beatMs) return true;
    const [pid, host] = text.split("\n");
    return host === hostname() && pid !== undefined && !isAlive(Number(pid));
  } catch {
    return false; // released in between: the next round takes it
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
