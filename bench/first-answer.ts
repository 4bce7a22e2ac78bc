/**
 * From a fresh clone to the first cited answer, as somebody new has it: `npm run -s bench -- first-answer [--json] [--keep]`.
 *
 * Clones this repository's last commit into an empty folder, with an empty home (only the package clients' settings and
 * caches are linked into it) and an empty model store, and runs `npm start` with the `node` and `npm` of the path. Measures
 * times from that command on, the memory of all its processes (resident; what several share counts for each), and what
 * lies on the disk afterwards. Workers and engine leave after 5 s here, instead of 1 and 5 minutes.
 */
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { createClient } from "#server";
import { sizeMb } from "../tests/size.ts";

const { values: flags } = parseArgs({ options: { json: { type: "boolean" }, keep: { type: "boolean" } } });
const question = "How many days of leave can I carry over?";
const shortIdleMs = "5000";
const limitMs = 15 * 60_000;

const root = join(import.meta.dirname, "..");
const folder = mkdtempSync(join(tmpdir(), "pawl-first-answer-"));
const clone = join(folder, "pawl");
const home = join(folder, "home");
const models = join(folder, "models");
execFileSync("git", ["clone", "--quiet", root, clone]);
linkClients();

const env = cleanEnvironment();
const nodeVersion = execFileSync("node", ["--version"], { env, encoding: "utf8" }).trim();
const startMs = performance.now();
const seconds = () => round((performance.now() - startMs) / 1000);
const child = spawn("npm", ["start"], { cwd: clone, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
let output = "";
const marks: { install?: number; listening?: number } = {};
for (const stream of [child.stdout, child.stderr]) {
  stream.on("data", (text: Buffer) => {
    output += text.toString("utf8");
    if (output.includes("pawl: building the console")) marks.install ??= seconds();
    if (/^pawl: http/m.test(output)) marks.listening ??= seconds();
    process.stderr.write(text);
  });
}

try {
  const url = await until(() => /^pawl: (http:\S+)$/m.exec(output)?.[1]);
  const client = createClient({ baseUrl: url });
  await until(async () => ((await client.health()).status === "ready" ? true : undefined));
  const readySeconds = seconds();
  const { choices, pawl } = await client.chat({
    body: { model: "app/handbook", messages: [{ role: "user", content: question }] },
  });
  const firstAnswerSeconds = seconds();
  const busyMemoryMb = groupMemoryMb();
  if (pawl?.citations.length === 0) throw new Error(`The answer cites nothing: ${choices[0]?.message.content}`);
  await until(() => (/src\/host\/worker|src\/models\/engine/.test(groupProcesses()) ? undefined : true));
  await sleep(10_000); // what the heap gives back, it gives back with a delay
  const result = {
    node: nodeVersion,
    installSeconds: marks.install,
    listeningSeconds: marks.listening,
    readySeconds,
    firstAnswerSeconds,
    installMb: sizeMb(clone),
    modelsMb: sizeMb(models),
    busyMemoryMb,
    idleMemoryMb: groupMemoryMb(),
    answer: choices[0]?.message.content,
    citations: pawl?.citations.map(({ title, quote }) => ({ title, quote })),
  };
  if (flags.json) console.log(JSON.stringify(result));
  else for (const [name, value] of Object.entries(result)) console.log(name.padEnd(20), JSON.stringify(value));
} finally {
  const ended = new Promise((resolve) => child.once("close", resolve));
  if (child.pid !== undefined && child.exitCode === null) {
    process.kill(-child.pid, "SIGTERM");
    await ended;
  }
  if (!flags.keep) rmSync(folder, { recursive: true, force: true });
}

/** The registries that this machine is set to use, and what their clients have cached: a warm cache is part of the measure. */
function linkClients(): void {
  for (const name of [".npmrc", ".npm", ".m2", ".cache/pip", ".config/pip", ".pip"]) {
    if (!existsSync(join(homedir(), name))) continue;
    mkdirSync(dirname(join(home, name)), { recursive: true });
    symlinkSync(join(homedir(), name), join(home, name));
  }
}

/** Without what `npm run` and this repository's own Node add: the Node of the path is the one that a newcomer has. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(npm_|pawl_|node_|malloc_|xdg_)/i.test(name));
  const path = (process.env.PATH ?? "").split(delimiter).filter((entry) => !entry.includes("node_modules"));
  return {
    ...Object.fromEntries(kept),
    HOME: home,
    PATH: path.join(delimiter),
    PAWL_MODELS: models,
    PAWL_PORT: "0",
    PAWL_ENGINE_IDLE_MS: shortIdleMs,
    PAWL_WORKER_IDLE_MS: shortIdleMs,
  };
}

/** Asks again and again until there is an answer. */
async function until<T>(look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  while (performance.now() - startMs < limitMs) {
    const found = await look();
    if (found !== undefined) return found;
    if (child.exitCode !== null) throw new Error(`npm start ended with ${child.exitCode}.`);
    await sleep(250);
  }
  throw new Error(`Not there after ${limitMs / 60_000} minutes.`);
}

/** Lines `pgid rss args` of everything that `npm start` has started. */
function groupProcesses(): string {
  const all = execFileSync("ps", ["-A", "-o", "pgid=,rss=,args="], { encoding: "utf8", maxBuffer: 1e8 });
  const ours = new RegExp(`^\\s*${child.pid}\\s`);
  return all
    .split("\n")
    .filter((line) => ours.test(line))
    .join("\n");
}

function groupMemoryMb(): number {
  const kilobytes = groupProcesses()
    .split("\n")
    .reduce((sum, line) => sum + Number(line.trim().split(/\s+/)[1] ?? 0), 0);
  return Math.round((kilobytes * 1024) / 1e6);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
