import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Reported } from "#ship";
import { pawl } from "./command.ts";
import { type FakeProvider, fakeProvider } from "./fake-provider.ts";
import { embeddedFolder } from "./homes.ts";

// Scorers of the user's own, what an experiment costs, and scores that the lock file spares: by the commands, over a
// provider that says what its instructions say.
const root = mkdtempSync(join(tmpdir(), "pawl-own-scorer-"));
const folder = join(root, "app");
let provider: FakeProvider;
const env = { PAWL_HOME: undefined };

const app = ({ instructions = "Good day.", polite = "answer.includes('Good') ? 1 : 0" } = {}) => `
import { defineApp } from "pawl";
export default defineApp({
  name: "desk",
  instructions: ${JSON.stringify(instructions)},
  model: "desk/obedient",
  evals: {
    data: "questions.jsonl",
    scorers: {
      polite: ({ answer }) => ${polite},
      length: { score: ({ answer }) => answer.length, unit: "characters", direction: "lower", range: [0, 1000], margin: 5, isGuarded: false },
    },
  },
});
`;
const write = (edit?: Parameters<typeof app>[0]) => writeFileSync(join(folder, "app.ts"), app(edit));
const prices = (given: object) =>
  writeFileSync(
    join(folder, "pawl.config.ts"),
    `export default ${JSON.stringify({ providers: { desk: { baseUrl: provider.baseURL } }, prices: given })};\n`,
  );
const named = (metrics: readonly { name: string }[], name: string) => metrics.find((metric) => metric.name === name);

beforeAll(async () => {
  provider = await fakeProvider();
  mkdirSync(join(folder, "node_modules"), { recursive: true });
  symlinkSync(join(import.meta.dirname, ".."), join(folder, "node_modules", "pawl"), "junction");
  const lines = Array.from({ length: 30 }, (_, i) => ({
    id: `q${i}`,
    question: `Question ${i}?`,
    split: "development",
  }));
  writeFileSync(join(folder, "questions.jsonl"), lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  prices({});
  write();
  await embeddedFolder(join(folder, ".pawl", "store"));
});
afterAll(async () => {
  await provider.close();
  rmSync(root, { recursive: true, force: true });
});

async function evaluated() {
  const { code, stdout, stderr } = await pawl(["eval", "--json"], { cwd: folder, env });
  expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
  return { ...JSON.parse(stdout), said: stderr };
}

test("a model without a price costs an unknown amount, never nothing; both before and after", async () => {
  const { before, spent, said } = await evaluated();
  expect(before).toMatchObject({ calls: 30, examples: 30, unpriced: ["desk/obedient"], from: "estimate" });
  expect(spent).toMatchObject({ calls: 30, unpriced: ["desk/obedient"], costUsd: 0 });
  expect(said).toContain("cost unknown (no price of desk/obedient)");
});

test("a scorer of the user's has its figure, its unit and its interval", async () => {
  const { metrics } = await evaluated();
  expect(named(metrics, "polite")).toMatchObject({ mean: 1, unit: "score", direction: "higher" });
  expect(named(metrics, "length")).toMatchObject({ mean: 9, unit: "characters", direction: "lower" });
});

test("a changed scorer scores what was answered anew, and asks nothing", async () => {
  const asked = provider.requests.length;
  write({ polite: "answer.includes('Hello') ? 1 : 0" });
  const { metrics, before, spent } = await evaluated();
  expect(named(metrics, "polite")).toMatchObject({ mean: 0 });
  expect(before).toMatchObject({ calls: 0, examples: 0 });
  expect(spent.calls).toBe(0);
  expect(provider.requests).toHaveLength(asked);
});

test.each([
  ["throws", "(() => { throw new Error('no idea'); })()", "The scorer polite failed: no idea."],
  ["gives no number", "Number.NaN", "The scorer polite gave NaN."],
  ["leaves its range", "7", "The scorer polite gave 7, outside of its range."],
])("a scorer that %s is the example's error, with the scorer's name", async (_, polite, message) => {
  write({ polite });
  const { errors, failures, metrics } = await evaluated();
  expect({ errors, failures, metrics }).toEqual({
    errors: 30,
    failures: [{ code: "scorer-failed", message, examples: 30 }],
    metrics: [],
  });
});

test("a scorer with the name of one of pawl's is refused", async () => {
  writeFileSync(join(folder, "app.ts"), app().replace("polite:", "f1:"));
  const { code, stderr } = await pawl(["eval", "--json"], { cwd: folder, env });
  expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining("pawl has a scorer f1 already") });
});

test("check counts a scorer of the user's, and the cost by the user's own price", async () => {
  prices({ "desk/obedient": { input: 10, output: 20 } });
  write();
  expect((await pawl(["ship"], { cwd: folder, env })).code).toBe(0);
  write({ instructions: "What?" });
  const { code, stdout, stderr } = await pawl(["check", "--json"], { cwd: folder, env });
  const report: Reported = JSON.parse(stdout);
  expect({ code, verdict: report.verdict }).toEqual({ code: 1, verdict: "worse" });
  expect(named(report.metrics, "polite")).toMatchObject({ verdict: "worse", pairs: { better: 0, same: 0, worse: 30 } });
  const { spent } = report;
  expect(spent?.costUsd).toBeCloseTo(((spent?.inputTokens ?? 0) * 10 + (spent?.outputTokens ?? 0) * 20) / 1e6, 12);
  expect(report.before).toMatchObject({ calls: 30, from: "turns", unpriced: [] });
  expect(report.before?.detectable.polite).toBeGreaterThan(0.1);
  expect(stderr).toMatch(/30 examples to ask: 30 calls, about [\d,]+ tokens, \$[\d.]+, \d+ s, as earlier turns took/);
});

test("an edit of a scorer alone is unchanged: it can change no answer", async () => {
  write({ polite: "0.5" });
  const { stdout } = await pawl(["check", "--json"], { cwd: folder, env });
  expect(JSON.parse(stdout)).toMatchObject({ verdict: "unchanged", examples: 0 });
});

test("in an empty store live's scores are those of pawl.lock.json, until the scorers or the examples differ", async () => {
  rmSync(join(folder, ".pawl"), { recursive: true });
  await embeddedFolder(join(folder, ".pawl", "store"));
  write({ instructions: "What?" });
  let asked = provider.requests.length;
  const check = async () => {
    const { stdout } = await pawl(["check", "--json", "--report", "report.md"], { cwd: folder, env });
    const now = provider.requests.length;
    const calls = now - asked;
    asked = now;
    const report: Reported = JSON.parse(stdout);
    return { calls, report };
  };
  const first = await check();
  expect(first).toMatchObject({ calls: 30, report: { verdict: "worse", fromLock: 30, before: { calls: 30 } } });
  expect(readFileSync(join(folder, "report.md"), "utf8")).toContain("Live scores from pawl.lock.json.");

  write({ instructions: "What?", polite: "answer.startsWith('Good') ? 1 : 0" });
  const other = await check();
  expect(other.calls).toBe(30); // live's: the candidate's answers are recorded
  expect(other.report.fromLock).toBeUndefined();
});
