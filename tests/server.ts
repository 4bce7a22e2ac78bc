import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nodeArguments } from "#kernel";
import { type Client, createClient } from "#server";
import { embeddedFolder } from "./homes.ts";

const root = join(import.meta.dirname, "..");

export type TestServer = {
  url: string;
  client: Client;
  /** The app's folder and pawl's own (`PAWL_HOME`). */
  folder: string;
  home: string;
  pid: number;
  /** What it wrote on stdout and stderr so far. */
  output(): string;
  /** Ends it; `SIGKILL` leaves its folders for another start. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again on the same folders. */
  restart(): Promise<TestServer>;
};

export type ServerOptions = {
  /** The text of `app.ts`; default: an app `small` over `documents`. */
  app?: string;
  /** File name → text, written into the app's folder. */
  files?: Record<string, string>;
  env?: Record<string, string>;
  /** `dev` reads app and documents again when they change. */
  verb?: "serve" | "dev";
  /** Wait until every app is ready (default). */
  isReady?: boolean;
};

/** Two short documents, for tests that need some knowledge and not much of it. */
export const smallFiles: Record<string, string> = {
  "docs/leave.md":
    "# Annual leave\n\n## Carrying over\n\nUp to five unused days move into the next leave year. They lapse on 30 June.\n\n## Booking\n\nBook leave in Perch at least two weeks ahead.\n",
  "docs/travel.md":
    "# Travel\n\n## Trains\n\nTrains are booked through Wayfare, in standard class, unless the journey takes more than four hours.\n\n## Hotels\n\nA hotel may cost up to 140 pounds a night in London and 110 elsewhere.\n",
};

export const smallApp = (more = "") => `import { defineApp } from "pawl";

export default defineApp({
  name: "small",
  instructions: "Answer questions from the documents.",
  knowledge: { docs: "./docs" },
  ${more}
});
`;

/** A real pawl as a user starts it: the command line's `serve` in a process of its own, on a free port. */
export async function startPawl(options: ServerOptions = {}): Promise<TestServer> {
  const base = mkdtempSync(join(tmpdir(), "pawl-server-"));
  const folder = join(base, "app");
  const home = join(base, "home");
  mkdirSync(home, { recursive: true });
  for (const [name, text] of Object.entries({
    "app.ts": options.app ?? smallApp(),
    ...(options.files ?? smallFiles),
  })) {
    mkdirSync(join(folder, name, ".."), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  await embeddedFolder(join(home, "store"));
  return launch({ folder, home, base, options });
}

/** The handbook of the repository, as `npm start` serves it, with a folder of its own for what it stores. */
export async function startHandbook(options: Pick<ServerOptions, "env" | "isReady"> = {}): Promise<TestServer> {
  const base = mkdtempSync(join(tmpdir(), "pawl-handbook-"));
  const folder = join(base, "app");
  const home = join(base, "home");
  cpSync(join(root, "examples", "handbook"), folder, { recursive: true, filter: (path) => !path.endsWith(".pawl") });
  await embeddedFolder(join(home, "store"));
  return launch({ folder, home, base, options });
}

async function launch(parts: {
  folder: string;
  home: string;
  base: string;
  options: ServerOptions;
}): Promise<TestServer> {
  const { folder, home, options } = parts;
  const child = spawn(
    process.execPath,
    [...nodeArguments, join(root, "src", "cli", "main.ts"), options.verb ?? "serve", folder],
    {
      env: { ...process.env, PAWL_HOME: home, PAWL_PORT: "0", ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (text) => (output += text));
  const url = await listening(child, () => output);
  const key = options.env?.PAWL_API_KEY;
  const client = createClient({ baseUrl: url, ...(key ? { key } : {}) });
  if (options.isReady !== false) await untilReady(client, child, () => output);
  return {
    url,
    client,
    folder,
    home,
    pid: child.pid ?? 0,
    output: () => output,
    async stop(signal = "SIGTERM") {
      if (child.exitCode === null && child.signalCode === null) {
        const gone = new Promise((resolve) => child.once("exit", resolve));
        child.kill(signal);
        await gone;
      }
      if (signal !== "SIGKILL") rmSync(parts.base, { recursive: true, force: true });
    },
    restart: () => launch(parts),
  };
}

function listening(child: ChildProcess, output: () => string): Promise<string> {
  return new Promise((resolve, reject) => {
    const look = () => {
      const found = /^pawl: (http:\S+)$/m.exec(output());
      if (found?.[1]) resolve(found[1]);
    };
    child.stdout?.on("data", look);
    child.once("exit", (code) => reject(new Error(`pawl ended with ${code}:\n${output()}`)));
  });
}

async function untilReady(client: Client, child: ChildProcess, output: () => string): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`pawl ended:\n${output()}`);
    const health = await client.health();
    if (health.status === "ready") return;
    if (health.status === "failed") throw new Error(`pawl failed: ${JSON.stringify(health.apps)}\n${output()}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
