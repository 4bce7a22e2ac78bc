// `npm run check`: format and lint, types, the room rule and the fast tests; what to run before every commit.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { ensureInstalled, findNode, root, sourceArguments } from "./ensure.mjs";

ensureInstalled();
const started = performance.now();
const modules = join(root, "node_modules");
const tsc = join(modules, "typescript", "bin", "tsc");
const vitest = join(modules, "vitest", "vitest.mjs");

// Two lanes, for two cores: the type checkers, and everything else.
const lanes = [
  [
    ["types", tsc, "--noEmit"],
    ...(existsSync(join(root, "web", "tsconfig.json")) ? [["types of the console", tsc, "--noEmit", "-p", "web"]] : []),
  ],
  [
    ["format and lint", join(modules, "@biomejs", "biome", "bin", "biome"), "check", "."],
    ["room rule and fast tests", vitest, "run", "--project", "fast", "--passWithNoTests"],
  ],
];
const results = (await Promise.all(lanes.map(runLane))).flat();
for (const { name, code, seconds, output } of results) {
  process.stdout.write(
    `${code === 0 ? "✓" : "✗"} ${name} (${seconds.toFixed(1)} s)\n${code === 0 ? "" : `${output}\n`}`,
  );
}
process.stdout.write(`check took ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
process.exit(results.every((result) => result.code === 0) ? 0 : 1);

async function runLane(steps) {
  const done = [];
  for (const [name, ...args] of steps) done.push(await runStep(name, args));
  return done;
}

function runStep(name, args) {
  const from = performance.now();
  return new Promise((resolve) => {
    const child = spawn(findNode(), [...sourceArguments, ...args], {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (output += text));
    child.on("close", (code) => resolve({ name, code: code ?? 1, seconds: (performance.now() - from) / 1000, output }));
  });
}
