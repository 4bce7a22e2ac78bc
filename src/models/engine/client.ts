import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import { nodeArguments, PawlError, type Report, sibling, silent } from "#kernel";
import type { Env } from "../files.ts";
import { ensureNatives } from "./native.ts";

export type EngineOptions = {
  modelsFolder: string;
  env?: Env;
  /** Progress of fetching the engine itself, where it is not installed. */
  report?: Report;
  /** A model leaves memory after this long without use; default 5 minutes. */
  idleMs?: number;
  /** Context of a chat model in tokens; default 4096. */
  contextTokens?: number;
};

/** Where the running engine listens, as an OpenAI-compatible server. */
export type EngineAddress = { baseURL: string; token: string; pid: number };

export type EngineHandle = {
  /** Starts the engine if it does not run (first use, or after a crash). Throws `engine-unavailable`. */
  address(): Promise<EngineAddress>;
  /** What became of a request that failed on the wire: `engine-crashed` when the process is gone, else undefined. */
  explain(address: EngineAddress): Promise<PawlError | undefined>;
  close(): Promise<void>;
};

/** An engine that does not say its port within this time will not. */
const startMs = 30_000;
/** A broken connection is seen before the exit of the process that broke it. */
const exitMs = 500;

type Running = { child: ChildProcess; address: Promise<EngineAddress> };

/**
 * The engine process, started on first use, started again after a crash or after it left because it was idle, ended by
 * `close` or with this process.
 */
export function startEngine(options: EngineOptions): EngineHandle {
  const env = options.env ?? process.env;
  const closing = new AbortController();
  let running: Running | undefined;
  let starting: Promise<EngineAddress> | undefined;
  let ended: { pid: number | undefined; how: string } | undefined;

  const launch = (): Running => {
    const token = randomBytes(32).toString("base64url");
    const child = spawn(process.execPath, [...nodeArguments, fileURLToPath(sibling(import.meta.url, "./main"))], {
      env: {
        ...env,
        PAWL_MODELS: options.modelsFolder,
        PAWL_ENGINE_TOKEN: token,
        ...(options.idleMs === undefined ? {} : { PAWL_ENGINE_IDLE_MS: String(options.idleMs) }),
        ...(options.contextTokens === undefined ? {} : { PAWL_ENGINE_CONTEXT: String(options.contextTokens) }),
      },
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    const started = { child, address: firstWords(child, token) };
    const forget = () => {
      if (running === started) running = undefined;
    };
    child.once("exit", (code, signal) => {
      ended = { pid: child.pid, how: signal ?? `exit code ${code}` };
      forget();
    });
    child.on("message", (message: unknown) => {
      if (isLeaving(message)) forget();
    });
    // A start that failed is seen by whoever waits for the address; the child may not outlive it.
    started.address.catch(() => child.kill("SIGKILL"));
    return started;
  };

  const start = async (): Promise<EngineAddress> => {
    const report = options.report ?? silent;
    await ensureNatives({ store: options.modelsFolder, env, report, signal: closing.signal });
    closing.signal.throwIfAborted();
    running = launch();
    return running.address;
  };

  return {
    async address() {
      closing.signal.throwIfAborted();
      if (running !== undefined) return running.address;
      starting ??= start().finally(() => {
        starting = undefined;
      });
      return starting;
    },
    async explain(address) {
      const child = running?.child;
      if (child !== undefined && child.pid === address.pid && child.exitCode === null && child.signalCode === null) {
        const alive = await Promise.race([
          new Promise<false>((resolve) => child.once("exit", () => resolve(false))),
          new Promise<true>((resolve) => setTimeout(() => resolve(true), exitMs).unref()),
        ]);
        if (alive) return undefined;
      }
      const how = ended?.pid === address.pid ? ` (${ended.how})` : "";
      return new PawlError("engine-crashed", `The local engine ended in the middle of this request${how}.`, {
        hint: "Ask again: the engine starts anew. If it ends each time, the machine may be short of memory.",
      });
    },
    async close() {
      closing.abort(new PawlError("engine-unavailable", "The engine was closed."));
      const child = running?.child;
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
      await new Promise<void>((resolve) => {
        child.once("exit", () => resolve());
        child.kill("SIGKILL"); // it holds no state that would need a farewell
      });
    },
  };
}

/** What an engine says before it leaves: who asks from now on gets a new one. */
function isLeaving(message: unknown): boolean {
  return typeof message === "object" && message !== null && "leaving" in message;
}

function firstWords(child: ChildProcess, token: string): Promise<EngineAddress> {
  return new Promise((resolve, reject) => {
    const failed = (reason: string, cause?: unknown) =>
      reject(
        new PawlError("engine-unavailable", `The local engine did not start (${reason}).`, {
          hint: "Its own words are on stderr above.",
          ...(cause === undefined ? {} : { cause }),
        }),
      );
    const timer = setTimeout(() => failed(`no answer within ${startMs / 1000} s`), startMs);
    child.once("error", (error) => failed(error.message, error));
    child.once("exit", (code, signal) => {
      clearTimeout(timer);
      failed(`it ended with ${signal ?? `code ${code}`}`);
    });
    child.once("message", (message: unknown) => {
      clearTimeout(timer);
      const port =
        typeof message === "object" && message !== null && "port" in message ? Number(message.port) : Number.NaN;
      if (Number.isNaN(port) || child.pid === undefined) failed("it spoke out of turn");
      else resolve({ baseURL: `http://127.0.0.1:${port}/v1`, token, pid: child.pid });
    });
  });
}
