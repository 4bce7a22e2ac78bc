import { loadApp } from "#app";
import { toProblem } from "#kernel";

/*
 * Loads apps as Node does, without a test runner's own module loader between: each message is a path, each line on
 * stdout what came of it.
 */
process.on("message", async (path: string) => {
  const result = await loadApp(path).catch((error: unknown) => ({ problem: toProblem(error) }));
  process.stdout.write(`${JSON.stringify(result)}\n`);
});
