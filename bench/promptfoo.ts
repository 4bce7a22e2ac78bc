import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { median } from "#stats";
import { echoApp, echoSuite } from "../tests/echo-suite.ts";
import { fakeProvider } from "../tests/fake-provider.ts";
import { promptfooCommand, promptfooEnvironment, promptfooVersion } from "../tests/promptfoo.ts";

/*
 * pawl beside promptfoo: the same suite, asked of the same echo provider over HTTP, by turns: `npm run -s bench --
 * promptfoo --json`. Both store their results and can go on after an interruption; both have run once before (their
 * databases exist); promptfoo keeps its own concurrency, its cache is off; pawl's turns are new each time, because each
 * round asks something else.
 *   cold   one case, the whole process: median of 5
 *   total  1,000 cases: median of 3
 * Seconds of the wall clock, and of the processor (user and system, with children): the second hardly depends on what
 * else the machine does. pawl's modules are built first, as they are published.
 */
const { values: flags } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    cases: { type: "string", default: "1000" },
    cold: { type: "string", default: "5" },
    total: { type: "string", default: "3" },
  },
});

type Took = { wallSeconds: number; cpuSeconds: number };
type Side = { name: "pawl" | "promptfoo"; run(suite: string, cases: number): Promise<Took> };

const root = join(import.meta.dirname, "..");
const command = await promptfooCommand();
if (command === null) {
  console.log(JSON.stringify({ skipped: "npm could not install promptfoo" }));
  process.exit(0);
}
const folder = mkdtempSync(join(tmpdir(), "pawl-bench-promptfoo-"));
const provider = await fakeProvider();
try {
  const sides = [pawlSide(), promptfooSide(command)];
  let round = 0;
  const suite = (cases: number) => {
    round += 1;
    return echoSuite(join(folder, `suite-${round}.yaml`), { cases, name: `round ${round}` });
  };
  const measure = async (cases: number, rounds: number) => {
    const took: Record<Side["name"], Took[]> = { pawl: [], promptfoo: [] };
    for (let i = 0; i < rounds; i++) {
      const file = suite(cases);
      for (const side of i % 2 === 0 ? sides : sides.toReversed()) took[side.name].push(await side.run(file, cases));
    }
    const of = (name: Side["name"], what: keyof Took) => median(took[name].map((one) => one[what]));
    const both = (what: keyof Took) => {
      const [pawl, promptfoo] = [of("pawl", what), of("promptfoo", what)];
      return { pawl: rounded(pawl), promptfoo: rounded(promptfoo), ratio: rounded(promptfoo / pawl) };
    };
    return { cases, rounds, wallSeconds: both("wallSeconds"), cpuSeconds: both("cpuSeconds") };
  };
  for (const side of sides) await side.run(suite(1), 1);
  const result = {
    promptfoo: promptfooVersion,
    cold: await measure(1, Number(flags.cold)),
    total: await measure(Number(flags.cases), Number(flags.total)),
    load: loadavg().map(rounded),
  };
  console.log(JSON.stringify(result, null, flags.json ? undefined : 2));
} finally {
  await provider.close();
  rmSync(folder, { recursive: true, force: true });
}

function pawlSide(): Side {
  buildModules();
  const app = echoApp(join(folder, "app"), provider.baseURL);
  return {
    name: "pawl",
    run: async (suite, cases) => {
      const { took, stdout } = await timed(
        [join(root, "dist", "cli", "main.js"), "eval", app, "--data", suite, "--json"],
        {},
      );
      const { examples, errors, metrics } = JSON.parse(stdout);
      const passed = metrics.find(({ name }: { name: string }) => name === "passed")?.mean;
      if (examples !== cases || errors !== 0 || passed !== 1) throw new Error(`pawl's run went wrong: ${stdout}`);
      return took;
    },
  };
}

function buildModules(): void {
  const tsdown = join(root, "node_modules", "tsdown", "dist", "run.mjs");
  execFileSync(process.execPath, [tsdown, "--config", join(root, "tsdown.config.ts")], { cwd: root, stdio: "ignore" });
  cpSync(join(root, "src", "store", "migrations"), join(root, "dist", "store", "migrations"), { recursive: true });
}

function promptfooSide(entry: string): Side {
  return {
    name: "promptfoo",
    run: async (suite, cases) => {
      const args = [entry, "eval", "-c", suite, "--no-cache", "--no-table", "--no-progress-bar"];
      const { took, stdout } = await timed(args, promptfooEnvironment(join(folder, "promptfoo"), provider.baseURL));
      if (!stdout.includes(`${cases.toLocaleString("en")} passed`))
        throw new Error(`promptfoo's run went wrong: ${stdout}`);
      return took;
    },
  };
}

/** Runs one command to its end; bash tells what it and its children took of the processor. */
async function timed(args: readonly string[], env: Record<string, string>) {
  const script = 'TIMEFORMAT="processor %U %S"; time "$@"';
  const { npm_lifecycle_event: _, ...own } = process.env;
  const from = performance.now();
  const child = spawn("bash", ["-c", script, "bash", process.execPath, ...args], {
    cwd: folder,
    env: { ...own, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (text) => (stdout += text));
  child.stderr.on("data", (text) => (stderr += text));
  await once(child, "close");
  const wallSeconds = (performance.now() - from) / 1000;
  const [, user, system] = /processor (\S+) (\S+)/.exec(stderr) ?? [];
  if (user === undefined) throw new Error(`It could not be timed: ${stderr}`);
  return { took: { wallSeconds, cpuSeconds: Number(user) + Number(system) }, stdout };
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
