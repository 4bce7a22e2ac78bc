import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { silent } from "#kernel";
import { KnowledgeSettings } from "#schema";
import { openStore, type Store } from "#store";
import { citations } from "./cite.ts";
import { documentsVersion, ingest } from "./ingest.ts";
import { retrieve } from "./retrieve.ts";
import { expandSources } from "./sources.ts";
import { wordModels } from "./word-models.ts";

const settings = KnowledgeSettings.parse({ chunkTokens: 60 });
const signal = new AbortController().signal;
let folder: string;
let store: Store;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pawl-ingest-"));
  store = await openStore({ kind: "embedded", folder: join(folder, "home") });
});
afterAll(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

async function docs(name: string, files: Record<string, string | Uint8Array>): Promise<string> {
  const at = join(folder, name);
  await rm(at, { recursive: true, force: true });
  await mkdir(join(at, "docs"), { recursive: true });
  for (const [path, content] of Object.entries(files)) await writeFile(join(at, "docs", path), content);
  return at;
}

async function run(knowledge: string, at: string, over: Partial<Parameters<typeof ingest>[0]> = {}) {
  const models = wordModels();
  const files = await expandSources(["docs"], at);
  const { documents } = await ingest({
    store,
    models,
    knowledge,
    settings,
    files,
    origin: "app",
    signal,
    report: silent,
    ...over,
  });
  return { documents, models, status: Object.fromEntries(documents.map(({ path, status }) => [path, status])) };
}

const leave =
  "# Leave\n\n## Annual\n\nYou get twenty-five days of leave.\n\n## Sick\n\nPhone your manager before nine.\n";
const pay = "# Pay\n\n| Grade | Salary |\n| --- | --- |\n| Clerk | 30,000 euro |\n| Driver | 35,000 euro |\n";

describe("ingest", () => {
  it("adds, then skips what is unchanged, updates what changed, removes what is gone", async () => {
    const at = await docs("a", { "leave.md": leave, "pay.md": pay });
    const first = await run("a", at);
    expect(first.status).toEqual({ "docs/leave.md": "added", "docs/pay.md": "added" });
    const version = await documentsVersion(store, "a");

    const second = await run("a", at);
    expect(second.status).toEqual({ "docs/leave.md": "unchanged", "docs/pay.md": "unchanged" });
    expect(second.models.asked).toEqual([]);
    expect(await documentsVersion(store, "a")).toBe(version);

    await writeFile(join(at, "docs/leave.md"), leave.replace("twenty-five", "thirty"));
    await rm(join(at, "docs/pay.md"));
    const third = await run("a", at);
    expect(third.status).toEqual({ "docs/leave.md": "updated", "docs/pay.md": "removed" });
    expect(third.documents[0]?.id).toBe(first.documents[0]?.id);
    expect(await documentsVersion(store, "a")).not.toBe(version);
    // Only what holds the new word is embedded anew: the chunk and its sentence.
    expect(third.models.asked.every((text) => text.includes("thirty"))).toBe(true);
    const { passages } = await retrieve({
      store,
      models: third.models,
      knowledge: "a",
      settings,
      query: "salary of a clerk",
      signal,
    });
    expect(passages.every((passage) => passage.path === "docs/leave.md")).toBe(true);
  });

  it("reports what it refuses with a code and goes on; what was stored of it is kept", async () => {
    const at = await docs("b", {
      "good.md": leave,
      "empty.md": "",
      "binary.txt": new Uint8Array([1, 0, 2]),
      "bad.pdf": "%PDF-1.7",
    });
    const { documents } = await run("b", at);
    expect(documents.map(({ path, status, code }) => [path, status, code])).toEqual([
      ["docs/bad.pdf", "refused", "document-unreadable"],
      ["docs/binary.txt", "refused", "document-binary"],
      ["docs/empty.md", "refused", "document-empty"],
      ["docs/good.md", "added", undefined],
    ]);
    await writeFile(join(at, "docs/good.md"), new Uint8Array([0, 0]));
    const again = await run("b", at);
    expect(again.status["docs/good.md"]).toBe("refused");
    const [row] = await store.query({ sql: "select text from documents where knowledge = 'b'", params: [] });
    expect(row?.text).toBe(leave);
  });

  it("goes on after it was stopped half way, with no document twice", async () => {
    const many = Object.fromEntries(
      Array.from({ length: 6 }, (_, n) => [`${n}.md`, `# Page ${n}\n\nRule ${n} holds.`]),
    );
    const at = await docs("c", many);
    const stop = new AbortController();
    let reports = 0;
    const report = () => {
      if (++reports === 6) stop.abort();
    };
    await expect(run("c", at, { signal: stop.signal, report })).rejects.toThrow();
    const done = await store.query({ sql: "select id from documents where knowledge = 'c'", params: [] });
    expect(done.length).toBeGreaterThan(0);
    expect(done.length).toBeLessThan(6);
    const { status } = await run("c", at);
    expect(Object.values(status).filter((one) => one === "unchanged")).toHaveLength(done.length);
    const all = await store.query({
      sql: "select count(*)::int as n from chunks where knowledge like 'c#%'",
      params: [],
    });
    expect(all[0]?.n).toBe(6);
  });

  it("stores chunks as slices of the stored text", async () => {
    await run("d", await docs("d", { "leave.md": leave, "pay.md": pay }));
    const rows = await store.query({
      sql: `select substring(d.text from (c.body->>'start')::int + 1 for (c.body->>'end')::int - (c.body->>'start')::int) = c.text as same
        from chunks c join documents d on d.id = c.document_id where d.knowledge = 'd'`,
      params: [],
    });
    expect(rows.length).toBeGreaterThan(2);
    expect(rows.every((row) => row.same === true)).toBe(true);
  });

  it("notes a language that the embedder does not know", async () => {
    const german =
      "# Urlaub\n\nJeder Mitarbeiter hat Anspruch auf dreißig Tage Urlaub im Jahr. Der Antrag ist früh zu stellen.";
    await run("e", await docs("e", { "urlaub.md": german }));
    const [row] = await store.query({ sql: "select body from documents where knowledge = 'e'", params: [] });
    expect(row?.body).toMatchObject({ language: "de", notes: [expect.stringContaining("found by its words")] });
  });
});

describe("retrieve", () => {
  it("finds passages with both ranks, and a table's row as evidence with the names of its columns", async () => {
    const { models } = await run("f", await docs("f", { "leave.md": leave, "pay.md": pay }));
    const query = "What is the salary of a driver?";
    const { passages, evidence } = await retrieve({ store, models, knowledge: "f", settings, query, signal });
    expect(passages[0]).toMatchObject({ path: "docs/pay.md", title: "Pay", bm25: { rank: 1 }, vector: { rank: 1 } });
    expect(evidence[0]?.text).toBe("Grade: Driver; Salary: 35,000 euro");
    const passage = passages[evidence[0]?.passage ?? -1];
    const quote = passage?.text.slice(
      (evidence[0]?.start ?? 0) - passage.start,
      (evidence[0]?.end ?? 0) - passage.start,
    );
    expect(quote).toBe("| Driver | 35,000 euro |");
  });

  it("gives nothing, and no error, for a query without words or an empty collection", async () => {
    const models = wordModels();
    const common = { store, models, settings, signal };
    expect(await retrieve({ ...common, knowledge: "none", query: "anything" })).toEqual({ passages: [], evidence: [] });
    await expect(retrieve({ ...common, knowledge: "f", query: "the of ?! ' & |" })).resolves.toBeDefined();
  });
});

describe("citations", () => {
  it("point at the sentence that says it, and are not given for what no sentence says", async () => {
    const { models } = await run("g", await docs("g", { "leave.md": leave, "pay.md": pay }));
    const query = "How many days of leave, and whom to phone?";
    const { passages, evidence } = await retrieve({ store, models, knowledge: "g", settings, query, signal });
    const answer = "You get twenty-five days of leave. Cats may fly to the moon on Sundays.";
    const found = await citations(answer, { store, models, settings, passages, evidence, signal });
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ at: 34, citation: { quote: "You get twenty-five days of leave.", support: 1 } });
    expect(leave.slice(found[0]?.citation.start, found[0]?.citation.end)).toBe("You get twenty-five days of leave.");
  });
});
