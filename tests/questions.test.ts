import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type QuestionsReport, WrittenQuestion } from "#schema";
import { pawl, startCommand, untilSaid } from "./command.ts";
import { embeddedFolder } from "./homes.ts";

// Questions from documents, with the models and skills that pawl is installed with.
const pages = {
  "parking.md": `# Parking

Visitors may park for three hours in the courtyard. The barrier is opened by the porter at the north gate.

A lost parking badge costs £15 and is replaced by Facilities within two working days.
`,
  "kitchen.md": `# Kitchen

The dishwasher is started every evening at 18:30. Food in the fridge is thrown away on Fridays, whatever its label says.

Coffee is bought from Holm and Sons, and the machine is cleaned by the apprentices.
`,
  "keys.md": `# Keys

Keys for the archive are signed out from Miss Falk. They must be returned before 17:00.

A key that is lost is reported to the warden, who changes the lock within five days.
`,
};
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "pawl-questions-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A folder with documents in `docs`, and a prepared store where commands look for one. */
async function documentsIn(name: string, files: Record<string, string>): Promise<string> {
  const cwd = join(folder, name);
  mkdirSync(join(cwd, "docs"), { recursive: true });
  for (const [file, text] of Object.entries(files)) writeFileSync(join(cwd, "docs", file), text);
  await embeddedFolder(join(cwd, ".pawl", "store"));
  return cwd;
}
const env = { PAWL_SKILLS: "" };

describe("pawl init", () => {
  test("tries the app with questions from its documents; killed half way, it goes on", async () => {
    const cwd = await documentsIn("handbook", pages);
    const args = ["init", "./docs", "--questions", "3"];
    const first = startCommand(args, { cwd, env });
    await untilSaid(first, /writing questions, \d min at most · [12] of 3/);
    first.child.kill("SIGKILL");
    await first.ended;
    expect(existsSync(join(cwd, "questions.jsonl"))).toBe(false);

    const again = await pawl(args, { cwd, env });
    expect(again.code, again.stderr).toBe(0);
    expect(again.stderr).toContain("Going on: what was written before is kept.");
    expect(again.stdout).toContain("app.ts describes handbook, over 3 documents of ./docs.");
    const [, kept, answered] = /^(\d) questions from your documents: (\d) answered/m.exec(again.stdout) ?? [];
    expect(Number(kept)).toBeGreaterThanOrEqual(2);
    expect(Number(answered)).toBeGreaterThanOrEqual(2);
    const lines = readFileSync(join(cwd, "questions.jsonl"), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines).toHaveLength(Number(kept));
    for (const { question, answer, sources } of lines) {
      const [source] = sources;
      expect(question).toMatch(/\?$/);
      expect(readFileSync(join(cwd, source.path), "utf8").slice(source.start, source.end)).toContain(answer);
    }
    expect(readFileSync(join(cwd, "app.ts"), "utf8")).toContain('evals: { data: "./questions.jsonl" }');
    // What it made is an app with a dataset, and is never written over.
    const list = JSON.parse((await pawl(["data", "list", "--json"], { cwd, env })).stdout);
    expect(list.datasets).toMatchObject([{ dataset: "questions", examples: Number(kept) }]);
    expect(await pawl(args, { cwd, env })).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/This app is made and tried.*\(conflict\)[\s\S]*npx pawl dev/),
    });
    // Without a word from anybody the questions that were asked are what is judged, whatever split they are in.
    const causes = JSON.parse((await pawl(["causes", "--json"], { cwd, env })).stdout);
    expect(causes).toMatchObject({ turns: Number(kept), failed: Number(kept) - Number(answered) });
  });

  test("of documents none of which can be read it makes no app, and says why", async () => {
    const cwd = await documentsIn("broken", {});
    writeFileSync(join(cwd, "docs", "manual.md"), Buffer.from([0, 255, 1, 254, 0, 0, 3, 200]));
    const ended = await pawl(["init", "./docs"], { cwd, env });
    expect(ended).toMatchObject({ code: 2, stderr: expect.stringMatching(/docs\/manual\.md: .*\(document-binary\)/) });
    expect(existsSync(join(cwd, "app.ts"))).toBe(false);
    writeFileSync(join(cwd, "docs", "keys.md"), pages["keys.md"]);
    const mixed = await pawl(["init", "./docs", "--questions", "1", "--json"], { cwd, env });
    expect(mixed.code, mixed.stderr).toBe(0);
    expect(JSON.parse(mixed.stdout).notes).toContainEqual(expect.stringMatching(/^docs\/manual\.md was not read: /));
  });

  test("without skills it makes the app all the same, and says why it was not tried", async () => {
    const cwd = await documentsIn("bare", { "keys.md": pages["keys.md"] });
    const ended = await pawl(["init", "./docs", "--json"], { cwd, env: { PAWL_SKILLS: "none" } });
    expect(ended.code, ended.stderr).toBe(0);
    expect(JSON.parse(ended.stdout)).toMatchObject({
      documents: 1,
      questions: 0,
      notes: [expect.stringContaining("There is no reader")],
    });
  });
});

describe("pawl data questions", () => {
  test("of a folder that belongs to no app", async () => {
    const cwd = await documentsIn("loose", pages);
    const args = ["data", "questions", "./docs", "--count", "4", "--share", "0.25", "--out", "out.jsonl", "--json"];
    const ended = await pawl(args, { cwd, env: { ...env, PAWL_HOME: join(cwd, ".pawl") } });
    expect(ended.code, ended.stderr).toBe(0);
    const report: QuestionsReport = JSON.parse(ended.stdout);
    expect(report.kept).toBe(report.questions.length);
    expect(report.written).toBeGreaterThanOrEqual(report.kept);
    expect(report.kept).toBeGreaterThanOrEqual(2);
    for (const { path, start, end, quote } of report.questions)
      expect(readFileSync(join(cwd, path), "utf8").slice(start, end)).toBe(quote);
    for (const question of report.questions) {
      WrittenQuestion.parse(question);
      if (question.answer !== null) expect(question.quote).toContain(question.answer);
    }
    const lines = readFileSync(join(cwd, "out.jsonl"), "utf8").trim().split("\n");
    expect(lines).toHaveLength(report.kept);
    expect(existsSync(join(cwd, "app.ts"))).toBe(false);
  });

  test.each([
    ["nothing readable", { "picture.bin": "\u0000\u0001" }, 2, "document-unsupported"],
    [
      "another language",
      {
        "urlaub.md":
          "# Urlaub\n\nIm Kalenderjahr stehen jedem Mitarbeiter dreißig Urlaubstage zu, die bis zum März des Folgejahres genommen werden müssen.\n",
      },
      2,
      "document-language",
    ],
  ])("%s: says so", async (name, files, code, said) => {
    const cwd = await documentsIn(name.replaceAll(" ", "-"), files as Record<string, string>);
    const ended = await pawl(["data", "questions", "./docs"], { cwd, env: { ...env, PAWL_HOME: join(cwd, ".pawl") } });
    expect(ended.code, ended.stdout).toBe(code);
    expect(ended.stderr).toContain(said);
  });

  test("documents of two lines, and without a fact, give what they have", async () => {
    const cwd = await documentsIn("thin", { "two.md": "# Hm\n\nWell, yes.\n", "none.md": "Quite so.\nIndeed.\n" });
    const ended = await pawl(["data", "questions", "./docs", "--json"], {
      cwd,
      env: { ...env, PAWL_HOME: join(cwd, ".pawl") },
    });
    expect(ended.code, ended.stderr).toBe(0);
    expect(JSON.parse(ended.stdout)).toMatchObject({
      kept: 0,
      questions: [],
      notes: ["The documents hold nothing that a question could ask for."],
    });
  });
});
