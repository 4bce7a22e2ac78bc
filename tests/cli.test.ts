import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createClient } from "#server";
import { appFolder, type Command, pawl, startCommand, untilSaid } from "./command.ts";
import { smallApp } from "./server.ts";

// The command line: with a server up it goes through it, without one it opens its own.
const verbs = ["init", "serve", "dev", "ingest", "ask", "chat", "trace", "feedback", "models", "bench"];
let folder: string;
beforeAll(async () => {
  folder = await appFolder();
  const other = smallApp().replace('"small"', '"other"').replace("./docs", "../docs");
  mkdirSync(join(folder, "second"));
  writeFileSync(join(folder, "second", "app.ts"), other);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (...args: string[]) => pawl(args, { cwd: folder });
const ask = ["ask", "What may a hotel in London cost?"] as const;
/** Documents `many/FROM.md` to `many/(TO - 1).md`: enough that an ingest of them can be stopped on its way. */
function writeHouses(from: number, to: number) {
  for (let n = from; n < to; n++)
    writeFileSync(
      join(folder, "many", `${n}.md`),
      `# House ${n}\n\nDesk ${n * 7} of house ${n} is kept free on day ${n % 28}.\n`,
    );
}
const owner = () => {
  const path = join(folder, ".pawl", "store", "owner.json");
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : null;
};

describe("help", () => {
  test("of each verb has an example", async () => {
    for (const verb of verbs) {
      const { code, stdout } = await pawl([verb, "--help"]);
      expect(code, verb).toBe(0);
      expect(stdout, verb).toMatch(new RegExp(`Example:\\n {2}\\$ pawl ${verb}`));
    }
    const { stdout } = await pawl(["--help"]);
    for (const verb of verbs) expect(stdout).toMatch(new RegExp(`^ {2}${verb} `, "m"));
  });

  test("is pointed at where a verb or an argument is wrong, and the exit code is 2", async () => {
    for (const args of [
      ["ingset"],
      ["ask"],
      ["ask", "x", "--modle", "y"],
      ["models", "push"],
      ["bench", "speed", "."],
    ]) {
      const ended = await pawl(args, { cwd: folder });
      expect(ended.code, args.join(" ")).toBe(2);
      expect(ended.stdout).toBe("");
      expect(ended.stderr).toMatch(/--help|hint|pawl/);
    }
    expect(await pawl(["--version"])).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  });
});

describe("pawl init", () => {
  test("writes an app for a folder of documents, and never over one", async () => {
    const cwd = mkdtempSync(join(tmpdir(), "pawl-init-"));
    mkdirSync(join(cwd, "docs"));
    const empty = await pawl(["init", "./docs"], { cwd });
    expect(empty.stderr).toContain("(document-unsupported)");
    writeFileSync(join(cwd, "docs", "a.md"), "# A\n\nText.\n");
    const made = await pawl(["init", "./docs", "--name", "mine", "--questions", "0", "--json"], { cwd });
    const untried = { questions: 0, answered: 0, lost: [], notes: [] };
    expect(JSON.parse(made.stdout)).toEqual({ app: "mine", file: join(cwd, "app.ts"), documents: 1, ...untried });
    expect(readFileSync(join(cwd, "app.ts"), "utf8")).toContain('documents: "./docs"');
    expect(await pawl(["init", "./docs", "--name", "other"], { cwd })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("(conflict)"),
    });
    expect((await pawl(["init", "./lost"], { cwd })).stderr).toContain("(not-found)");
    const named = await pawl(["init", "./docs", "--name", "HR Handbook"], { cwd });
    expect(named).toMatchObject({ code: 2, stderr: expect.stringContaining("--name hr-handbook") });
    rmSync(cwd, { recursive: true });
  });

  test("writes over no dataset that is there, and looks whether it can write where it is told to", async () => {
    const cwd = mkdtempSync(join(tmpdir(), "pawl-init-"));
    mkdirSync(join(cwd, "docs"));
    writeFileSync(join(cwd, "docs", "keys.md"), "# Keys\n\nA lost key is reported to the gatehouse.\n");
    writeFileSync(join(cwd, "questions.jsonl"), "mine");
    const ended = await pawl(["init", "./docs"], { cwd });
    expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining("(conflict)") });
    expect(readFileSync(join(cwd, "questions.jsonl"), "utf8")).toBe("mine");
    expect(existsSync(join(cwd, "app.ts"))).toBe(false);
    const out = await pawl(["data", "questions", "./docs", "--out", "questions.jsonl/of/mine.jsonl"], { cwd });
    expect(out).toMatchObject({ code: 2, stderr: expect.stringContaining("cannot be written") });
    rmSync(cwd, { recursive: true });
  });
});

describe("without a server", () => {
  test("`pawl ask` opens its own, answers, and leaves nothing running", async () => {
    const ended = await run(...ask, "--json");
    expect(ended.code).toBe(0);
    const answer = JSON.parse(ended.stdout);
    expect(answer).toEqual({
      turn: expect.stringMatching(/^trn_/),
      release: expect.stringMatching(/^rel_/),
      answer: expect.stringContaining("140 pounds"),
      abstained: false,
      citations: [expect.objectContaining({ title: "Travel › Hotels", quote: expect.any(String) })],
    });
    expect(owner()).toBeNull();
    const nothing = await run("ask", "Who wrote the national anthem of Norway?");
    expect(nothing.stdout).toMatch(/do not say.*trn_.*Nearest: [A-Z]/s);
    const text = await run(...ask);
    expect(text.stdout).toMatch(/140 pounds.*\[1\] Travel › Hotels.*trn_/s);
  });

  test("`pawl feedback` records a thumb, replaces it, and shows what it says of the release", async () => {
    const { turns } = JSON.parse((await run("trace", "--json", "--limit", "1")).stdout);
    const { id } = turns[0];
    expect((await run("feedback", id, "up", "--rater", "ann")).stdout).toMatch(/^Recorded /);
    expect((await run("feedback", id, "down", "--rater", "ann", "--reason", "too long")).stdout).toMatch(/^Replaced /);
    const { feedback, releases } = JSON.parse((await run("feedback", "--json")).stdout);
    expect(feedback).toMatchObject([
      { turn: id, rater: "ann", body: { kind: "thumb", value: -1, reason: "too long" } },
    ]);
    expect(releases).toMatchObject([{ thumbs: 1, raw: 0 }]);
    expect((await run("feedback")).stdout).toMatch(/ann +down .*too long/);
    const both = await run("feedback", id, "down", "--correct", "120 pounds", "--rater", "ben");
    expect(both.stdout).toMatch(/^Recorded down .*\nRecorded corrected /);
    const [correction, thumb] = JSON.parse((await run("feedback", "--json", "--rater", "ben")).stdout).feedback;
    expect([correction.body, thumb.body]).toMatchObject([
      { kind: "correction", value: "120 pounds" },
      { kind: "thumb", value: -1 },
    ]);
    for (const [args, code] of [
      [["trn_none", "up"], "turn-unknown"],
      [[id, "sideways"], "unsupported-option"],
      [[id, "up", "--prefer", id], "unsupported-option"],
      [[id, "--correct", "x", "--passage", "somewhere"], "bad-request"],
      [[id, "--prefer", id], "bad-request"],
    ] as const)
      expect(await run("feedback", ...args)).toMatchObject({ code: 2, stderr: expect.stringContaining(`(${code})`) });
  });

  test("`pawl trace` lists the turns and draws one", async () => {
    const { turns } = JSON.parse((await run("trace", "--json", "--limit", "1")).stdout);
    expect(turns).toMatchObject([{ question: ask[1], status: "done" }]);
    const turn = JSON.parse((await run("trace", turns[0].id, "--json")).stdout);
    expect(turn.spans.map((span: { path: string }) => span.path)).toEqual(["retrieve", "answer"]);
    expect((await run("trace", turns[0].id)).stdout).toMatch(/retrieve +█.* ms/);
    expect(await run("trace", "trn_none")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("(turn-unknown)"),
    });
  });

  test("`pawl chat` answers line by line until its input ends", async () => {
    const chat = startCommand(["chat"], { cwd: folder, input: `${ask[1]}\nHow do I book a train?\n` });
    const { code, stdout } = await chat.ended;
    expect(code).toBe(0);
    expect(stdout).toMatch(/140 pounds.*Wayfare/s);
  });

  test("Ctrl-C during an ingest keeps what was read; the next run goes on", async () => {
    mkdirSync(join(folder, "many"));
    writeHouses(0, 100);
    const ingest = startCommand(["ingest", "many", "--json"], { cwd: folder, isGroup: true });
    await untilSaid(ingest, /reading many\/\d+\.md · [1-9]\d* of 100/);
    process.kill(-(ingest.child.pid ?? 0), "SIGINT"); // a terminal signals the whole group
    const stopped = await ingest.ended;
    expect(stopped.code).toBe(2);
    expect(stopped.stdout).toBe("");
    expect(stopped.stderr).toMatch(/\(cancelled\)\s+What was read is kept/);
    expect(owner()).toBeNull();

    const again = await run("ingest", "many", "--json");
    const statuses = JSON.parse(again.stdout).documents.map(({ status }: { status: string }) => status);
    expect(again.code).toBe(0);
    expect(new Set(statuses)).toEqual(new Set(["unchanged", "added"]));
    expect(statuses).toHaveLength(100);
  });
});

describe("with a server up", () => {
  let server: Command;
  beforeAll(async () => {
    server = startCommand(["serve", ".", "second"], { cwd: folder, env: { PAWL_PORT: "0" } });
    await untilSaid(server, /small is ready/);
    await untilSaid(server, /other is ready/);
  });
  afterAll(async () => {
    server.child.kill("SIGTERM");
    expect((await server.ended).code).toBe(0);
  });

  test("every command goes through it, and there is no second owner", async () => {
    const before = owner();
    expect(before).toMatchObject({ pid: server.child.pid, url: expect.stringContaining("http://127.0.0.1:") });
    const { turn } = JSON.parse((await run(...ask, "--json")).stdout);
    expect((await fetch(`${before.url}/api/turns/${turn}`)).status).toBe(200);
    const ingested = JSON.parse((await run("ingest", "--json")).stdout);
    expect(ingested.documents).toContainEqual(
      expect.objectContaining({ path: "docs/leave.md", status: "unchanged", chunks: 2 }),
    );
    const { models } = JSON.parse((await run("models", "--json")).stdout);
    expect(models).toContainEqual(
      expect.objectContaining({ id: "local/bge-small-en-v1.5", kind: "embed", state: "ready" }),
    );
    expect((await run("models")).stdout).toMatch(/^app\/small +app/m);
    expect(owner()).toEqual(before);
  });

  test("the app is named by its folder, its file or its name", async () => {
    const appOf = async (name: string) => {
      const { turn } = JSON.parse((await run(...ask, "--json", "--app", name)).stdout);
      return JSON.parse((await run("trace", turn, "--json")).stdout).app;
    };
    expect(await appOf("other")).toBe("other");
    expect(await appOf("app.ts")).toBe("small");
    const unknown = await run(...ask, "--app", "nobody");
    expect(unknown.stderr).toMatch(/\(app-unknown\)\s+It serves: small, other/);
    expect(unknown.code).toBe(2);
  });

  test("a second server on the folder is refused, and told who has it", async () => {
    const second = await pawl(["serve"], { cwd: folder, env: { PAWL_PORT: "0" } });
    expect(second.code).toBe(2);
    expect(second.stderr).toContain(`(process ${server.child.pid})`);
    expect(second.stderr).toContain("(store-locked)");
  });

  test("Ctrl-C during an ingest ends the command and cancels the job, not the server", async () => {
    writeHouses(100, 200);
    const ingest = startCommand(["ingest", "many"], { cwd: folder });
    await untilSaid(ingest, /reading many\/\d+\.md · \d+ of 200/);
    ingest.child.kill("SIGINT");
    expect(await ingest.ended).toMatchObject({ code: 2, stderr: expect.stringContaining("(cancelled)") });
    expect((await fetch(`${owner().url}/health`)).status).toBe(200);
    const { jobs } = (await (await fetch(`${owner().url}/api/jobs`)).json()) as { jobs: { status: string }[] };
    expect(jobs[0]?.status).toBe("cancelled");
  });
});

test("Ctrl-C on a server finishes the answer that is being written, then ends", async () => {
  const server = startCommand(["serve"], { cwd: folder, env: { PAWL_PORT: "0" }, isGroup: true });
  const [, url = ""] = await untilSaid(server, /^pawl: (http:\S+)$/m);
  const messages = [{ role: "user" as const, content: "Write a long story about a train." }];
  let finish: string | null | undefined;
  let isStopped = false;
  for await (const chunk of createClient({ baseUrl: url }).stream({
    model: "local/default",
    messages,
    max_tokens: 60,
  })) {
    if (!isStopped && chunk.choices[0]?.delta.content) process.kill(-(server.child.pid ?? 0), "SIGINT");
    isStopped ||= Boolean(chunk.choices[0]?.delta.content);
    finish = chunk.choices[0]?.finish_reason ?? finish;
  }
  expect(finish).toMatch(/stop|length/);
  expect(await server.ended).toMatchObject({
    code: 0,
    stderr: expect.stringContaining("finishing what is being answered"),
  });
});

test("a server that was killed leaves no lock behind", async () => {
  const server = startCommand(["serve"], { cwd: folder, env: { PAWL_PORT: "0" } });
  await untilSaid(server, /^pawl: http/m);
  server.child.kill("SIGKILL");
  await server.ended;
  expect(owner()).not.toBeNull(); // its note is still there; the lock is not
  expect((await run("trace", "--json")).code).toBe(0);
});
