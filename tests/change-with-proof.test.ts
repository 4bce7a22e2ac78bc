import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { MetricDifference } from "#schema";
import type { Reported } from "#ship";
import { pawl as command } from "./command.ts";
import { startHandbook, type TestServer } from "./server.ts";

// An edit of the handbook's app, and whether it is better: 100 development questions, real retrieval, no model needed.
let pawl: TestServer;
const appFile = () => join(pawl.folder, "app.ts");
const lockFile = () => join(pawl.folder, "pawl.lock.json");

const app = (
  edit: { knowledge?: string; instructions?: string; comment?: string } = {},
) => `import { defineApp } from "pawl";
${edit.comment ?? ""}
export default defineApp({
  name: "handbook",
  instructions: ${JSON.stringify(edit.instructions ?? "Answer employees' questions from the handbook.")},
  knowledge: { handbook: ${edit.knowledge ?? '"./docs/*.md"'} },
  evals: { data: "questions.jsonl" },
});
`;

beforeAll(async () => {
  pawl = await startHandbook();
  writeFileSync(appFile(), app());
});
afterAll(() => pawl.stop());

type Started = Promise<{ id: string }>;

async function result<T>(started: Started): Promise<T> {
  const { id } = await started;
  for (;;) {
    const job = await pawl.client.job({ params: { id } });
    if (job.status === "done") return job.result as T; // by the contract of the job's kind
    if (job.error) throw Object.assign(new Error(job.error.message), job.error);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
const check = () => result<Reported>(pawl.client.check({ params: { id: "handbook" }, body: {} }));
const ship = (body = {}) =>
  result<{ kind: string; release: string; previous: string | null; reason: string }>(
    pawl.client.ship({ params: { id: "handbook" }, body }),
  );
const metric = (report: Reported, name: string): MetricDifference => {
  const found = report.metrics.find((candidate) => candidate.name === name);
  if (!found) throw new Error(`no metric ${name}`);
  return found;
};

describe("the first ship", () => {
  test("writes the lock file with what is live", async () => {
    const decision = await ship();
    expect(decision).toMatchObject({ kind: "ship", previous: null });
    expect(JSON.parse(readFileSync(lockFile(), "utf8")).live.release).toBe(decision.release);
  });
});

describe("a harmless edit", () => {
  test("of a comment is unchanged, and nothing is asked", async () => {
    writeFileSync(appFile(), app({ comment: "// The People Team owns this.\n" }));
    expect(await check()).toMatchObject({ verdict: "unchanged", examples: 0 });
  });

  test("of the properties' order is unchanged", async () => {
    const lines = app().split("\n");
    const [name = ""] = lines.splice(4, 1);
    writeFileSync(appFile(), [...lines.slice(0, 6), name, ...lines.slice(6)].join("\n"));
    expect((await check()).verdict).toBe("unchanged");
  });

  test("of the wording is not worse", async () => {
    writeFileSync(appFile(), app({ instructions: "You answer questions of employees, from the handbook." }));
    const report = await check();
    expect(report.changes).toEqual(["instructions: 1 line changed"]);
    expect(report.verdict).not.toBe("worse");
  });

  test("is not what `bench answers` measures, and it says so", async () => {
    const file = join(pawl.folder, "lines.jsonl");
    const line = {
      passages: ["The office opens at eight."],
      question: "When does the office open?",
      answer: "at eight",
    };
    writeFileSync(file, JSON.stringify(line));
    const { stdout, stderr } = await command(
      ["bench", "answers", file, "--app", pawl.folder, "--arms", "default", "--json"],
      {
        env: { PAWL_HOME: pawl.home },
      },
    );
    expect(JSON.parse(stdout)).toMatchObject({ lines: 1, arms: { default: { f1: expect.any(Number) } } });
    expect(stderr).toMatch(/Measured is what is live, rel_\w+\. The app file is not: instructions: 1 line changed\./);
  });
});

describe("a harmful edit is worse, and the report names the component that fell", () => {
  const harmful = [
    {
      what: "support threshold 0",
      knowledge: '{ sources: "./docs/*.md", minSupport: 0 }',
      fallen: "abstention",
      component: "answer",
    },
    {
      what: "chunks of ten tokens",
      knowledge: '{ sources: "./docs/*.md", chunkTokens: 10 }',
      fallen: "retrieval_recall",
      component: "retrieve",
    },
    {
      what: "search by words alone",
      knowledge: '{ sources: "./docs/*.md", fusion: "bm25" }',
      fallen: "retrieval_recall",
      component: "retrieve",
    },
  ];
  test.each(harmful)("$what", { timeout: 600_000 }, async ({ knowledge, fallen, component }) => {
    writeFileSync(appFile(), app({ knowledge }));
    const report = await check();
    const { difference, detectable, verdict, component: named } = metric(report, fallen);
    expect(-(difference ?? 0)).toBeGreaterThan(detectable ?? Number.POSITIVE_INFINITY);
    expect({ verdict, report: report.verdict, named }).toEqual({ verdict: "worse", report: "worse", named: component });
  });

  test("and does not ship; the look at the gate is counted", async () => {
    writeFileSync(appFile(), app({ knowledge: '{ sources: "./docs/*.md", minSupport: 0 }' }));
    const before = JSON.parse(readFileSync(lockFile(), "utf8")).live.release;
    expect((await ship()).kind).toBe("refused");
    const lock = JSON.parse(readFileSync(lockFile(), "utf8"));
    expect(lock.live.release).toBe(before);
    expect(lock.looks).toHaveLength(1);
  });
});

describe("a person", () => {
  test("may overrule, with a reason that is kept, and roll back", async () => {
    const before = JSON.parse(readFileSync(lockFile(), "utf8")).live.release;
    const shipped = await ship({ overrule: "The board wants an answer every time.", by: "ann" });
    expect(shipped.kind).toBe("overruled");
    expect(shipped.reason).toContain("The board wants an answer every time.");
    const completion = await pawl.client.chat({
      body: { model: "app/handbook", messages: [{ role: "user", content: "Who won the cup in 1974?" }] },
    });
    expect(completion.pawl).toMatchObject({ abstained: false, release: shipped.release });
    const back = await pawl.client.rollback({ params: { id: "handbook" }, body: { reason: "It makes things up." } });
    expect(back).toMatchObject({ kind: "rollback", release: before, previous: shipped.release });
    const story = await pawl.client.story({ params: { id: "handbook" } });
    expect(story.live).toBe(before);
    expect(story.decisions.map((decision) => decision.kind).slice(0, 4)).toEqual([
      "rollback",
      "overruled",
      "refused",
      "check",
    ]);
  });
});

describe("a damaged lock file", () => {
  test("is an error that says where, and nothing is lost", async () => {
    const text = readFileSync(lockFile(), "utf8");
    writeFileSync(lockFile(), text.replace('"lockVersion": 1', '"lockVersion": '));
    await expect(check()).rejects.toMatchObject({ code: "lock-damaged" });
    writeFileSync(lockFile(), text.replace(/"release": "rel_[0-9a-f]+"/, '"release": "rel_00"'));
    await expect(check()).rejects.toMatchObject({ code: "lock-damaged" });
    writeFileSync(lockFile(), text);
    expect(existsSync(lockFile())).toBe(true);
  });
});
