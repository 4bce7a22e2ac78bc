import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createClient } from "#server";
import type { Reported } from "#ship";
import { type Command, startProgram, untilSaid } from "./command.ts";

// The whole way of somebody who has an AI SDK project: the packed package, one line, turns, an app, a proof. The model is
// the default chat model, asked for real at every step.
const folder = mkdtempSync(join(tmpdir(), "pawl-walk-"));
const shop = join(folder, "shop");
const outside = { PAWL_HOME: undefined, NODE_OPTIONS: undefined, NODE_ENV: undefined };
const questions = [
  "What is the capital of France?",
  "How many days does a week have?",
  "What colour is the sky on a clear day?",
  "Which animal says meow?",
  "What is the opposite of hot?",
  "In which season does it snow?",
];

/** The user's program before pawl, but for the two lines that name it. It asks a server that speaks OpenAI's protocol. */
const program = `
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { generateText } from "ai";
import { record } from "pawl/ai";

const local = createOpenAICompatible({
  name: "local",
  baseURL: process.env.PAWL_URL + "/v1",
  transformRequestBody: (body) => ({ ...body, model: "local/" + body.model }),
});
const model = record(local("smollm2-135m-instruct"), { app: "shop" });
const system = "You answer a customer's question in one short sentence.";
for (const prompt of ${JSON.stringify(questions)})
  await generateText({ model, system, prompt, temperature: 0, maxOutputTokens: 48 });
`;

beforeAll(() => {
  const { stdout } = run("npm", ["pack", "--json", "--pack-destination", folder], resolve("."));
  const [archive] = JSON.parse(stdout) as [{ filename: string }]; // npm's documented output
  mkdirSync(shop);
  writeFileSync(join(shop, "package.json"), '{ "name": "shop", "private": true, "type": "module" }\n');
  writeFileSync(join(shop, "ask.js"), program);
  writeFileSync(join(shop, ".gitignore"), "node_modules\n.pawl\n");
  const { dependencies } = JSON.parse(readFileSync("package.json", "utf8"));
  const sdk = ["ai", "@ai-sdk/openai-compatible"].map((name) => `${name}@${dependencies[name]}`);
  run("npm", ["install", "--no-audit", "--no-fund", join(folder, archive.filename), ...sdk], shop);
  run("git", ["init", "--quiet"], shop);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.skipIf(process.platform === "win32").sequential("from an AI SDK project to a proof", () => {
  let collecting: Command;
  beforeAll(async () => {
    collecting = startProgram(pawlOf(shop), ["serve", "--collect", "--port", "0"], { cwd: shop, env: outside });
    const [, url = ""] = await untilSaid(collecting, /^pawl: (http:\S+)$/m);
    run(process.execPath, ["ask.js"], shop, { PAWL_URL: url });

    const client = createClient({ baseUrl: url });
    const { turns } = await client.turns({ query: { app: "shop" } });
    expect(turns.map(({ question }) => question).sort()).toEqual(questions.toSorted());
    for (const { id, answer } of turns)
      await client.exampleOfTurn({
        params: { id: "customers" },
        body: { turn: id, split: "development", answer: answer?.text ?? null },
      });
  });
  afterAll(async () => {
    collecting.child.kill("SIGTERM");
    await collecting.ended;
  });

  test("six turns become an app and its dataset", async () => {
    expect(pawl(shop, ["init", "--from-turns", "--app", "shop"]).stdout).toContain("app.ts describes shop");
    const written = readFileSync(join(shop, "app.ts"), "utf8");
    expect(written).toContain(`instructions: "You answer a customer's question in one short sentence."`);
    expect(written).toContain('model: "local/smollm2-135m-instruct"');
    collecting.child.kill("SIGTERM");
    await collecting.ended;

    const { stdout } = pawl(shop, ["data", "export", "customers"]);
    expect(stdout.trim().split("\n")).toHaveLength(6);
    writeFileSync(join(shop, "customers.jsonl"), stdout);
    edit(shop, "  questions:", '  evals: { data: "customers.jsonl" },\n  questions:');
    expect(pawl(shop, ["ship"]).stdout).toContain("live:");
    run("git", ["add", "."], shop);
    run("git", ["-c", "user.name=ann", "-c", "user.email=ann@example.com", "commit", "--quiet", "-m", "pawl"], shop);
  });

  for (const [what, home] of [
    ["in a fresh clone with an empty store", "first"],
    ["in a second fresh clone", "second"],
  ] as const) {
    test(`${what}, a gross edit is worse and a small one cannot be told`, () => {
      const clone = join(folder, home);
      run("git", ["clone", "--quiet", shop, clone], folder);
      symlinkSync(join(shop, "node_modules"), join(clone, "node_modules"), "junction");

      const gross = check(clone, "Reply in Spanish.");
      const small = check(clone, "You answer a customer's question in one short sentence, please.");
      expect(gross).toMatchObject({ code: 1, report: { verdict: "worse", examples: 6, errors: 0 } });
      expect(small).toMatchObject({ code: 1, report: { verdict: "cannot-tell", examples: 6, errors: 0 } });
      expect(gross.report.fromLock).toBe(6); // an empty store: live is as the lock file has it
      const [first] = small.report.metrics.filter(({ verdict }) => verdict === "cannot-tell");
      expect(first?.needed).toBeGreaterThan(6);
      expect(small.report.reason).toMatch(/\d+ examples/);
    });
  }
});

function check(clone: string, instructions: string): { code: number | null; report: Reported } {
  run("git", ["checkout", "--quiet", "app.ts"], clone);
  edit(clone, /instructions: .*,/, `instructions: ${JSON.stringify(instructions)},`);
  const { status, stdout, stderr } = pawl(clone, ["check", "--json"], [0, 1]);
  if (!stdout) throw new Error(stderr);
  return { code: status, report: JSON.parse(stdout) };
}

function edit(where: string, from: string | RegExp, to: string): void {
  const file = join(where, "app.ts");
  writeFileSync(file, readFileSync(file, "utf8").replace(from, to));
}

function pawlOf(where: string): string {
  return join(where, "node_modules", ".bin", "pawl");
}

function pawl(where: string, args: string[], expected: number[] = [0]) {
  return run(pawlOf(where), args, where, {}, expected);
}

function run(command: string, args: string[], cwd: string, env: Record<string, string> = {}, expected = [0]) {
  const done = spawnSync(command, args, {
    cwd,
    env: { ...process.env, ...outside, ...env },
    encoding: "utf8",
    shell: process.platform === "win32",
  });
  if (!expected.includes(done.status ?? -1))
    throw new Error(`${command} ${args.join(" ")} ended with ${done.status}:\n${done.stdout}\n${done.stderr}`);
  return done;
}
