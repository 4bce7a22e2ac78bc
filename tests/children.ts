import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { nodeArguments } from "#kernel";

/** A child process of a test, and the lines it has said. */
export type TestChild = {
  process: ChildProcess;
  lines: string[];
  /** Resolves with the first line, said or to be said, that `wanted` accepts; rejects when the child ends before. */
  line(wanted: (line: string) => boolean): Promise<string>;
  /** Sends a signal and waits for the end. */
  kill(signal?: NodeJS.Signals): Promise<void>;
};

/** Starts a script of `tests/` as pawl starts its own children. */
export function startChild(script: string, args: readonly string[]): TestChild {
  const child = fork(join(import.meta.dirname, script), [...args], {
    execArgv: [...nodeArguments],
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  if (child.stdout !== null) {
    createInterface({ input: child.stdout }).on("line", (line) => {
      lines.push(line);
      for (const look of waiting) look();
    });
  }
  return {
    process: child,
    lines,
    line: (wanted) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = lines.find(wanted);
          if (found === undefined) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
        void ended.then(() => reject(new Error(`The child ended first; it said: ${lines.join(" | ")}`)));
      }),
    kill: async (signal = "SIGKILL") => {
      child.kill(signal);
      await ended;
    },
  };
}
