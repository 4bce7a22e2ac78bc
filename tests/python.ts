import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const cache = join(import.meta.dirname, "../node_modules/.cache/pawl");

/** Runs a Python program; gives what it printed, parsed as JSON. `input` is on its standard input, as JSON. */
export type Python = (program: string, input: unknown) => Promise<unknown>;

/**
 * A Python with these packages (`name==version`), the reference implementations that tests compare with; installed by
 * pip once into a folder of its own. `null` where there is no Python or no such package: tests name what they skip.
 */
export async function pythonWith(packages: readonly string[]): Promise<Python | null> {
  const name = packages.join("_").replaceAll("==", "-");
  const folder = join(cache, `python-${name}`);
  if (!existsSync(folder)) {
    await mkdir(cache, { recursive: true });
    const part = await mkdtemp(`${folder}.part-`);
    try {
      await run("python3", ["-m", "pip", "install", "--quiet", "--target", part, ...packages], { timeout: 300_000 });
      // Another test file may have been quicker: its folder is as good.
      await rename(part, folder).catch(() => rm(part, { recursive: true, force: true }));
    } catch {
      await rm(part, { recursive: true, force: true });
      return null;
    }
  }
  return async (program, input) => {
    const env = { ...process.env, PYTHONPATH: folder, OMP_NUM_THREADS: "2" };
    const running = run("python3", ["-c", program], { env, maxBuffer: 1 << 28 });
    running.child.stdin?.end(JSON.stringify(input));
    const { stdout } = await running;
    return JSON.parse(stdout);
  };
}
