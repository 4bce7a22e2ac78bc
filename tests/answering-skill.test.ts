import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findEntry } from "#models";
import type { ChatRequest } from "#schema";
import { hashFile } from "../src/models/files.ts";
import { writeAdapter } from "./adapter-file.ts";
import { pawl } from "./command.ts";
import { smallApp, startPawl, type TestServer } from "./server.ts";

// A skill as pawl ships one, made of numbers that nobody trained: where it speaks, and where it must not.
const model = "local/smollm2-135m-instruct";
const question = "How many unused days of leave move into the next year?";
let skills: string;
let sha256: string;
let server: TestServer;

beforeAll(async () => {
  skills = mkdtempSync(join(tmpdir(), "pawl-skills-"));
  const folder = join(skills, "answering");
  mkdirSync(folder);
  await writeAdapter(join(folder, "adapter.gguf"), { strength: 0.4 });
  sha256 = await hashFile(join(folder, "adapter.gguf"));
  const base = findEntry(model)?.weights.sha256;
  const manifest = { name: "answering", model, base, file: "adapter.gguf", sha256 };
  writeFileSync(join(folder, "skill.json"), JSON.stringify(manifest));
  server = await startPawl({
    app: smallApp('answer: "model", sampling: { maxTokens: 12 },'),
    env: { PAWL_SKILLS: skills },
  });
});
afterAll(async () => {
  await server.stop();
  rmSync(skills, { recursive: true });
});

/** The request that a turn's model step made. */
async function modelRequest(body: object): Promise<ChatRequest> {
  const { id } = await server.client.chat({
    body: { model: "app/small", messages: [{ role: "user", content: question }], max_tokens: 12, ...body },
  });
  const { spans } = await server.client.turn({ params: { id } });
  return spans.find((span) => span.kind === "model")?.input as ChatRequest; // what that step's input is
}

const specNow = async () => (await server.client.releases({ query: {} })).releases[0]?.spec;

/** `pawl …` on the server's app. */
const command = (...args: string[]) =>
  pawl([...args, "--app", server.folder, "--json"], { env: { PAWL_HOME: server.home, PAWL_SKILLS: skills } });

describe("the answering skill", () => {
  test("is named by the release of an app that answers from documents, and words its answers", async () => {
    expect(await specNow()).toMatchObject({ adapter: { model, sha256 } });
    expect((await modelRequest({})).adapter).toBe(sha256);
  });

  test("words no JSON, and never what a model is asked by its own name", async () => {
    expect((await modelRequest({ response_format: { type: "json_object" } })).adapter).toBeUndefined();
    const raw = () => modelRequest({ model, messages: [{ role: "user", content: "Name three colours." }] });
    expect((await raw()).adapter).toBeUndefined();
  });

  test("leaves the model's own words as they are, before and after it spoke", async () => {
    const raw = async () => {
      const body = { model, messages: [{ role: "user" as const, content: "Name three colours." }], temperature: 0 };
      return (await server.client.chat({ body })).choices[0]?.message.content;
    };
    const before = await raw();
    const asked = { model: "app/small", messages: [{ role: "user" as const, content: question }], max_tokens: 12 };
    await server.client.chat({ body: asked });
    expect(await raw()).toBe(before);
  });

  test("is measured on passages given, beside the model without it", async () => {
    const file = join(skills, "lines.jsonl");
    const lines = [
      { passages: ["Five days move into the next year."], question, answer: "Five days", citation: 1, answers: [] },
      { passages: ["Trains are booked in Wayfare."], question, answer: null },
    ];
    writeFileSync(file, lines.map((line) => JSON.stringify(line)).join("\n"));
    const { stdout, code } = await command("bench", "answers", file);
    expect(code).toBe(0);
    const figures = { f1: expect.any(Number), exact: expect.any(Number), abstention: expect.any(Number) };
    expect(JSON.parse(stdout).arms).toMatchObject({ bare: figures, default: figures });
    writeFileSync(file, '{"passages":["a"],"question":"b","answer":"a","citation":2}');
    const refused = await command("bench", "answers", file);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("line 1: its citation is 2, and it has 1 passages");
  });

  test("is turned off and on; the release says which", async () => {
    expect(JSON.parse((await command("models", "disable", "skills")).stdout)).toEqual({ skills: false });
    await server.stop("SIGKILL");
    server = await server.restart();
    expect((await modelRequest({})).adapter).toBeUndefined();
    expect(await specNow()).toMatchObject({ adapter: null });
    await command("models", "enable", "skills");
    await server.stop("SIGKILL");
    server = await server.restart();
    expect((await modelRequest({})).adapter).toBe(sha256);
  });
});
