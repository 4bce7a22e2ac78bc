import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nodeArguments } from "#kernel";
import { embeddedFolder } from "./homes.ts";
import { smallApp, smallFiles } from "./server.ts";

const root = join(import.meta.dirname, "..");

export type Ended = { code: number | null; stdout: string; stderr: string };

/** A command that runs; `ended` resolves when it has ended, however. */
export type Command = { child: ChildProcess; output(): string; ended: Promise<Ended> };

type CommandOptions = {
  cwd?: string;
  env?: Record<string, string | undefined>;
  /** It leads a process group, as a command in a terminal does. */
  isGroup?: boolean;
  /** What it reads on stdin; default nothing. */
  input?: string;
};

/** Starts `pawl …` from the sources. */
export function startCommand(args: readonly string[], options: CommandOptions = {}): Command {
  return startNode([join(root, "src", "cli", "main.ts"), ...args], options);
}

/** Starts a script with pawl's own arguments to Node. */
export function startNode(args: readonly string[], options: CommandOptions = {}): Command {
  return startProgram(process.execPath, [...nodeArguments, ...args], options);
}

/** Starts any program. */
export function startProgram(program: string, args: readonly string[], options: CommandOptions = {}): Command {
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ["pipe", "pipe", "pipe"],
    detached: options.isGroup ?? false,
  });
  child.stdin.end(options.input ?? "");
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (text) => (stdout += text));
  child.stderr.on("data", (text) => (stderr += text));
  const ended = new Promise<Ended>((resolve) => child.once("close", (code) => resolve({ code, stdout, stderr })));
  return { child, output: () => stdout + stderr, ended };
}

/** Runs `pawl …` to its end. */
export const pawl = (args: readonly string[], options: CommandOptions = {}): Promise<Ended> =>
  startCommand(args, options).ended;

/** Longest wait for a line: shorter than a test's time-out, so that a failure shows what was written instead. */
const sayMs = 100_000;

/** Resolves when the command has written what `pattern` describes; rejects when it ends before, or takes too long. */
export function untilSaid(command: Command, pattern: RegExp): Promise<RegExpExecArray> {
  return new Promise((resolve, reject) => {
    const look = () => {
      const found = pattern.exec(command.output());
      if (found) resolve(found);
    };
    for (const stream of [command.child.stdout, command.child.stderr]) stream?.on("data", look);
    look();
    setTimeout(() => reject(new Error(`It did not say ${pattern}:\n${command.output()}`)), sayMs).unref();
    void command.ended.then(({ code }) => reject(new Error(`It ended with ${code}:\n${command.output()}`)));
  });
}

/** An app's folder with a prepared store in `.pawl`, and `pawl` as its package. */
export async function appFolder(options: { app?: string; files?: Record<string, string | Uint8Array> } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "pawl-app-"));
  for (const [name, content] of Object.entries({
    "app.ts": options.app ?? smallApp(),
    ...(options.files ?? smallFiles),
  })) {
    mkdirSync(join(folder, name, ".."), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(root, join(folder, "node_modules", "pawl"), "junction");
  await embeddedFolder(join(folder, ".pawl", "store"));
  return folder;
}

/** A copy of a folder of the repository beside nothing else. */
export function copyOf(path: string): string {
  const folder = mkdtempSync(join(tmpdir(), "pawl-copy-"));
  cpSync(join(root, path), folder, { recursive: true });
  return folder;
}
