import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { appFolder, pawl } from "./command.ts";
import { smallApp, smallFiles, startPawl, type TestServer } from "./server.ts";

const questions = [
  {
    id: "a",
    question: "How many days move into the next leave year?",
    answer: "five",
    sources: [{ path: "leave.md", start: 34, end: 88 }],
  },
  { id: "b", question: "What may a hotel in London cost?", answer: "140 pounds" },
];
const jsonl = questions.map((line) => `${JSON.stringify(line)}\n`).join("");

describe("the command line, with an empty store and no server", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await appFolder({
      app: smallApp('evals: { data: "./own.csv" },'),
      files: {
        ...smallFiles,
        "own.csv": "question,answer\nWhat is booked in Perch?,leave\n",
        "questions.jsonl": jsonl,
      },
    });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const run = (...args: string[]) => pawl([...args, "--app", folder], { cwd: folder });

  test("imports a file twice as the same version, and exports what it imported", async () => {
    const first = await run("import", "questions.jsonl", "--json");
    expect(first.code).toBe(0);
    const done = JSON.parse(first.stdout);
    expect(done).toMatchObject({ dataset: "questions", imported: 2, refused: [], notCarried: [] });
    const exported = await run("data", "export", "questions");
    writeFileSync(join(folder, "again.jsonl"), exported.stdout);
    const again = await run("import", "again.jsonl", "--dataset", "questions", "--json");
    expect(JSON.parse(again.stdout).version).toBe(done.version);
  });

  test("exits 1 where a line is refused, with its place, and imports the others", async () => {
    writeFileSync(join(folder, "some.jsonl"), `${jsonl}nonsense\n`);
    const { code, stdout } = await run("import", "some.jsonl", "--json");
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      imported: 2,
      refused: [{ at: "some.jsonl:3", message: expect.any(String) }],
    });
    const text = await run("import", "some.jsonl");
    expect(text.stdout).toContain("2 examples in some");
    expect(text.stderr).toContain("refused some.jsonl:3: It is not JSON");
  });

  test("exits 2 for a file that cannot be read, and for words it does not know", async () => {
    const missing = await run("import", "no.jsonl");
    expect(missing).toMatchObject({ code: 2, stdout: "" });
    expect(missing.stderr).toContain("dataset-unreadable");
    expect((await run("import", "questions.jsonl", "--format", "xml")).code).toBe(2);
    expect((await run("data", "export", "nothing")).stderr).toContain("dataset-unknown");
  });

  test("lists the datasets that the app names in its file, without an import", async () => {
    const { code, stdout } = await run("data", "--json");
    expect(code).toBe(0);
    const { datasets } = JSON.parse(stdout);
    expect(datasets).toContainEqual(expect.objectContaining({ dataset: "own", app: "small", examples: 1 }));
  });
});

describe("a server", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startPawl();
  });
  afterAll(() => server?.stop());

  test("takes a file, a turn and a pin, and looks into the documents", async () => {
    const { client } = server;
    const imported = await client.importDataset({
      body: { app: "small", dataset: "leave", file: "leave.jsonl", text: jsonl.replace("five", "a dozen") },
    });
    expect(imported.health.map(({ kind, examples }) => [kind, examples])).toContainEqual([
      "answer-not-in-source",
      ["a"],
    ]);
    const { examples, total } = await client.examples({ params: { id: imported.version }, query: { q: "hotel" } });
    expect([total, examples[0]?.id]).toEqual([1, "b"]);

    const chat = await client.chat({
      body: { model: "app/small", messages: [{ role: "user", content: "When do unused days lapse?" }] },
    });
    const turn = chat.pawl?.turn ?? "";
    await client.feedback({ params: { id: turn }, body: { kind: "correction", value: "On 30 June." } });
    const added = await client.exampleOfTurn({ params: { id: "leave" }, body: { turn } });
    expect(added).toMatchObject({ dataset: "leave", imported: 1, refused: [] });
    const all = await client.examples({ params: { id: "leave" } });
    expect(all.examples.at(-1)).toMatchObject({
      id: turn,
      answer: "On 30 June.",
      split: "development",
      provenance: { source: "turn" },
    });

    await client.pin({ params: { id: turn } });
    expect(await client.pins({ query: { app: "small" } })).toEqual({ turns: [turn] });
    await client.unpin({ params: { id: turn } });
    expect(await client.pins({ query: { app: "small" } })).toEqual({ turns: [] });
    await expect(client.pin({ params: { id: "trn_none" } })).rejects.toMatchObject({ code: "turn-unknown" });
    await expect(client.examples({ params: { id: "none" } })).rejects.toMatchObject({ code: "dataset-unknown" });
  });

  test("takes a file that is larger than other bodies may be", async () => {
    const long = "word ".repeat(2000);
    const text = Array.from({ length: 500 }, (_, index) => JSON.stringify({ question: `${index} ${long}` })).join("\n");
    const done = await server.client.importDataset({ body: { dataset: "large", file: "large.jsonl", text } });
    expect(done).toMatchObject({ imported: 500, refused: [] });
  });
});
