import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Client, createClient } from "#server";
import { appFolder, type Command, pawl, startCommand, untilSaid } from "./command.ts";
import { type FakeProvider, fakeProvider } from "./fake-provider.ts";
import { smallApp } from "./server.ts";

// A hosted model that fails: what the command line and the API say of it, and what the turn keeps.
const key = "sk-fake-5d1e8a7730f94c2b";
let provider: FakeProvider;
let folder: string;
let server: Command;
let url: string;
let client: Client;
beforeAll(async () => {
  provider = await fakeProvider();
  folder = await appFolder({ app: smallApp(`model: ["fake/failing", "fake/echo"], answer: "model",`) });
  const fake = { baseUrl: provider.baseURL, keyFrom: "FAKE_KEY" };
  const providers = {
    fake,
    nokey: { ...fake, keyFrom: "FAKE_KEY_LOST" },
    hasty: { ...fake, silenceMs: 700 },
    gone: { baseUrl: "http://127.0.0.1:9/v1" },
  };
  writeFileSync(join(folder, "pawl.config.ts"), `export default ${JSON.stringify({ providers })};\n`);
  server = startCommand(["serve"], { cwd: folder, env: { PAWL_PORT: "0", FAKE_KEY: key } });
  [, url = ""] = await untilSaid(server, /^pawl: (http:\S+)$/m);
  client = createClient({ baseUrl: url });
  await untilSaid(server, /small is ready/);
});
afterAll(async () => {
  server.child.kill("SIGTERM");
  await server.ended;
  await provider.close();
  rmSync(folder, { recursive: true, force: true });
});

const ask = (model: string, ...more: string[]) =>
  pawl(["ask", "What may a hotel cost?", "--model", model, ...more], { cwd: folder });

describe("pawl ask", () => {
  test("asks a provider of pawl.config.ts with the key from its variable", async () => {
    const ended = await ask("fake/echo", "--json");
    expect(JSON.parse(ended.stdout)).toMatchObject({
      answer: "What may a hotel cost?",
      citations: [],
      abstained: false,
    });
    expect(provider.requests.at(-1)).toMatchObject({ path: "/v1/chat/completions", key });
  });

  test.each([
    ["nokey/echo", "provider-key-missing", /Set FAKE_KEY_LOST in the environment/],
    ["fake/key-wrong", "provider-key-wrong", /Check the key in FAKE_KEY/],
    ["fake/always-limited", "provider-rate-limited", /Wait 600 s, or use another model/],
    ["hasty/slow", "provider-timeout", /did not answer within 0\.7 s.*another model/s],
    ["hasty/stuck", "provider-timeout", /did not answer within 0\.7 s/],
    ["fake/overflow", "context-overflow", /fewer or shorter passages.*longer context/s],
    ["fake/failing", "provider-failed", /failed \(500\).*tries again/s],
    ["fake/broken", "provider-failed", /broke off.*Ask again/s],
    ["fake/garbled", "provider-failed", /Ask again/],
    ["gone/echo", "provider-unreachable", /Is the address right/],
    ["fale/echo", "provider-unknown", /Did you mean fake/],
  ])("%s is %s, with what to do", async (model, code, says) => {
    const ended = await ask(model);
    expect(ended.code).toBe(2);
    expect(ended.stdout).toBe("");
    expect(ended.stderr).toContain(`(${code})`);
    expect(ended.stderr).toMatch(says);
    const [, hint = ""] = /^ {6}(.+)$/m.exec(ended.stderr) ?? [];
    expect(ended.stderr.split(hint), "the hint is said once").toHaveLength(2);
    expect(ended.stderr).not.toContain(key);
  });

  test("asks a model by the address of its server", async () => {
    const ended = await ask(`url:${provider.baseURL}#echo`, "--json");
    expect(JSON.parse(ended.stdout)).toMatchObject({ answer: "What may a hotel cost?" });
  });

  test("waits out a provider that asks for a pause, and answers", async () => {
    expect(await ask("fake/rate-limited")).toMatchObject({ code: 0, stdout: expect.stringContaining("hotel") });
  });
});

test("a route goes on to its next model, and the turn says why", async () => {
  const ended = await pawl(["ask", "What may a hotel in London cost?", "--json"], { cwd: folder });
  const { spans } = await client.turn({ params: { id: JSON.parse(ended.stdout).turn } });
  expect(spans.map(({ path, error }) => [path, error !== null])).toEqual([
    ["retrieve", false],
    ["compose", false],
    ["route", false],
    ["model", true],
    ["route#2", false],
    ["model#2", false],
    ["answer", false],
  ]);
  expect(spans[4]?.output).toEqual({ model: "fake/echo", reason: "after fake/failing failed (provider-failed)" });
});

test("the API gives each fault its status; in the middle of a stream it is an event", async () => {
  const post = (model: string, stream: boolean) =>
    fetch(`${url}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model, stream, messages: [{ role: "user", content: "one two three" }] }),
    });
  const statuses = { "fake/key-wrong": 401, "fake/always-limited": 429, "hasty/slow": 504, "fake/overflow": 400 };
  for (const [model, status] of Object.entries(statuses))
    for (const stream of [false, true]) expect((await post(model, stream)).status, model).toBe(status);
  const broken = await post("fake/broken", true);
  expect(broken.status).toBe(200);
  const events = (await broken.text()).trim().split("\n\n");
  expect(JSON.parse(events.at(-2)?.slice(6) ?? "")).toMatchObject({ error: { code: "provider-failed" } });
  expect(events.at(-1)).toBe("data: [DONE]");
});

test("the failed turns are kept with their errors, and the key is in no file and no line", async () => {
  const { turns } = await client.turns({ query: { status: "failed", limit: 100 } });
  const codes = new Set(turns.map(({ error }) => error?.code));
  expect([...codes].sort()).toEqual(
    expect.arrayContaining(["context-overflow", "provider-key-wrong", "provider-rate-limited", "provider-timeout"]),
  );
  for (const file of readdirSync(join(folder, ".pawl"), { recursive: true, withFileTypes: true }))
    if (file.isFile()) expect(readFileSync(join(file.parentPath, file.name)).includes(key), file.name).toBe(false);
  expect(server.output()).not.toContain(key);
  expect((await fetch(`${url}/health`)).status).toBe(200);
});
