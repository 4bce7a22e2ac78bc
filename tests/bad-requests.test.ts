import { readdirSync, readFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { smallApp, startPawl, type TestServer } from "./server.ts";

// What a client may do wrong: each a problem with a code and a hint, and the server goes on.
let pawl: TestServer;
beforeAll(async () => {
  pawl = await startPawl({ app: smallApp(`sampling: { maxTokens: 16 },`) });
});
afterAll(() => pawl.stop());

type Answer = { status: number; type: string; body: Record<string, unknown> };

/** Sends bytes as they are, with any header, `host` too. */
function send(path: string, options: { body?: string; headers?: Record<string, string>; url?: string } = {}) {
  return new Promise<Answer>((resolve, reject) => {
    const sent = request(
      new URL(path, options.url ?? pawl.url),
      { method: options.body === undefined ? "GET" : "POST", headers: options.headers ?? {} },
      (response) => {
        let text = "";
        response.on("data", (part) => (text += part));
        response.on("end", () =>
          resolve({
            status: response.statusCode ?? 0,
            type: response.headers["content-type"] ?? "",
            body: text.startsWith("{") ? JSON.parse(text) : { text },
          }),
        );
      },
    );
    sent.on("error", reject);
    sent.end(options.body);
  });
}

const ask = (body: object) => send("/v1/chat/completions", { body: JSON.stringify(body) });
const question = { messages: [{ role: "user", content: "How do I book a train?" }] };
const problem = ({ body }: Answer) => body.pawl ?? body;

describe("a request", () => {
  test("that is not JSON says where it breaks off", async () => {
    for (const path of ["/v1/chat/completions", "/api/ingest"]) {
      const answer = await send(path, { body: '{"model": "app/small", ' });
      expect(answer.status).toBe(400);
      expect(problem(answer)).toMatchObject({ code: "malformed-json", hint: expect.stringContaining("JSON") });
    }
  });

  test("has its error in OpenAI's shape under /v1, as problem details elsewhere", async () => {
    const openai = await ask({ model: "app/none", ...question });
    expect(openai.type).toContain("application/json");
    expect(openai.body.error).toMatchObject({
      type: "not_found_error",
      code: "app-unknown",
      hint: "Served here: small.",
    });
    const own = await send("/api/turns/trn_none");
    expect(own.type).toContain("application/problem+json");
    expect(own.body).toMatchObject({ status: 404, code: "turn-unknown", hint: expect.any(String) });
  });

  test.each([
    ["local/smollm-135m-instruct", "model-unknown", 404, "local/smollm2-135m-instruct"],
    ["smollm2-135m-instruct", "model-unknown", 404, "local/smollm2-135m-instruct"],
    ["locale/default", "provider-unknown", 400, "local"],
    ["local/bge-small-en-v1.5", "model-kind-wrong", 400, "chat"],
    ["url:nowhere", "model-unknown", 404, "url:http://host:port/v1#model"],
    ["openai/gpt-5-mini", "provider-key-missing", 401, "OPENAI_API_KEY"],
  ])("for %s is %s, and the hint says what was meant", async (model, code, status, hint) => {
    const answer = await ask({ model, ...question });
    expect(answer.status).toBe(status);
    expect(problem(answer)).toMatchObject({ code, hint: expect.stringContaining(hint) });
  });

  test.each([
    ["messages", { model: "app/small", messages: [] }],
    ["messages.0.role", { model: "app/small", messages: [{ role: "poet", content: "x" }] }],
    ["temperature", { model: "app/small", ...question, temperature: "hot" }],
    ["model", question],
  ])("with a wrong %s names it", async (name, body) => {
    const answer = await ask(body);
    expect(answer.status).toBe(400);
    expect(problem(answer)).toMatchObject({
      code: "bad-request",
      title: expect.stringMatching(new RegExp(`^${name}: `)),
    });
  });

  test("with a field that pawl cannot honour is refused, unless its value asks for nothing", async () => {
    const tool = { type: "function", function: { name: "f" } };
    const call = { role: "assistant", content: null, tool_calls: [{ id: "1", type: "function", function: {} }] };
    for (const more of [
      { presence_penalty: 1 },
      { frequency_penalty: -0.5 },
      { logit_bias: { 50256: -100 } },
      { functions: [{ name: "f" }] },
      { tools: [tool] },
      { tool_choice: "required" },
      { modalities: ["text", "audio"] },
      { top_k: 5 },
      { temprature: 0 },
      { messages: [question.messages[0], call, ...question.messages] },
    ])
      expect(problem(await ask({ model: "app/small", ...question, ...more })), JSON.stringify(more)).toMatchObject({
        code: "unsupported-option",
        hint: expect.any(String),
      });
    const neutral = { presence_penalty: 0, frequency_penalty: 0, logit_bias: {}, functions: [], tools: [] };
    const idle = { tool_choice: "auto", modalities: ["text"], prediction: null, n: 1 };
    const ignored = { user: "u", metadata: { a: "b" }, store: true, service_tier: "auto", parallel_tool_calls: true };
    expect(await ask({ model: "app/small", ...question, ...neutral, ...idle, ...ignored })).toMatchObject({
      status: 200,
    });
  });

  test("whose last message is not the user's, or is empty, is refused", async () => {
    for (const messages of [
      [{ role: "user", content: "  " }],
      [...question.messages, { role: "assistant", content: "By Wayfare." }],
    ])
      expect(problem(await ask({ model: "app/small", messages }))).toMatchObject({ code: "bad-request" });
  });

  test("that is too long says how long it is and how long it may be", async () => {
    const long = { messages: [{ role: "user", content: "How do I book a train to Leeds? ".repeat(900) }] };
    const model = await ask({ model: "local/default", ...long });
    expect(model.status).toBe(400);
    expect(problem(model)).toMatchObject({
      code: "context-overflow",
      details: { contextTokens: 4096, promptTokens: expect.any(Number) },
    });
    const conversation = [...long.messages, { role: "assistant", content: "By Wayfare." }, ...question.messages];
    const app = await ask({ model: "app/small", messages: conversation, pawl: { answer: "model" } });
    expect(app.status).toBe(400);
    expect(problem(app)).toMatchObject({
      code: "prompt-too-long",
      hint: expect.stringContaining("Shorten"),
      details: { contextTokens: 4096, maxTokens: 16 },
    });
    const turn = await pawl.client.turns({ query: { limit: 1 } });
    expect(turn.turns[0]).toMatchObject({ status: "failed", error: { code: "prompt-too-long" } });
  });

  test("with a body over the limit is told so, with a length in its header or without", async () => {
    const body = JSON.stringify({ model: "app/small", messages: [{ role: "user", content: "x".repeat(4_100_000) }] });
    for (const headers of [{ "content-length": String(body.length) }, { "transfer-encoding": "chunked" }])
      expect(await send("/v1/chat/completions", { body, headers })).toMatchObject({
        status: 413,
        body: { pawl: { code: "too-large", hint: expect.any(String) } },
      });
  });

  test("for a path that is not there points at the document of those that are", async () => {
    for (const path of ["/v1/completions", "/api/nothing"])
      expect(problem(await send(path))).toMatchObject({
        code: "not-found",
        hint: expect.stringContaining("/openapi.json"),
      });
  });

  test("from another site's page, or to another host's name, is refused", async () => {
    const { host } = new URL(pawl.url);
    const foreign = [{ host: "evil.example" }, { host, origin: "https://evil.example" }, { host, origin: "null" }];
    for (const headers of foreign)
      expect(await send("/api/turns", { headers })).toMatchObject({ status: 403, body: { code: "forbidden" } });
    expect(await send("/api/turns", { headers: { host, origin: pawl.url } })).toMatchObject({ status: 200 });
  });

  test("of an upload that is no document is refused with the document's code", async () => {
    const upload = (path: string, body: string) =>
      send(`/api/documents?app=small&path=${encodeURIComponent(path)}`, { body });
    expect((await upload("notes.docx", "x")).body).toMatchObject({ status: "refused", code: "document-unsupported" });
    expect((await upload("empty.md", "")).body).toMatchObject({ status: "refused", code: "document-empty" });
    expect((await upload("../../app.ts", "x")).body).toMatchObject({ status: "refused", code: "document-unsupported" });
    expect((await upload("noextension", "x")).body).toMatchObject({ code: "bad-request" });
  });

  test("of any of these kinds leaves the server as it was", async () => {
    const health = await pawl.client.health();
    expect(health).toMatchObject({ status: "ready", pid: pawl.pid });
    const { documents } = await pawl.client.documents();
    expect(documents.map(({ path }) => path)).toEqual(["docs/leave.md", "docs/travel.md"]);
  });
});

describe("with a key", () => {
  const key = "sk-test-3f1b9c7d5e2a4806";
  const wrong = "sk-wrong-77aa0b1c2d3e4f50";
  let guarded: TestServer;
  beforeAll(async () => {
    guarded = await startPawl({ env: { PAWL_API_KEY: key, PAWL_HOST: "0.0.0.0" } });
  });
  afterAll(() => guarded.stop());

  test("pawl listens on other addresses, and answers who has it", async () => {
    const { port } = new URL(guarded.url);
    const url = `http://127.0.0.1:${port}`;
    const body = JSON.stringify({ model: "app/small", ...question });
    const asked = (headers: Record<string, string>) => send("/v1/chat/completions", { url, body, headers });
    for (const headers of [{}, { authorization: `Bearer ${wrong}` }, { authorization: key }]) {
      const answer = await asked(headers);
      expect(answer.status).toBe(401);
      expect(problem(answer)).toMatchObject({ code: "unauthorized", hint: expect.stringContaining("Bearer") });
      expect(JSON.stringify(answer)).not.toContain(key);
      expect(JSON.stringify(answer)).not.toContain(wrong);
    }
    expect(await asked({ authorization: `Bearer ${key}` })).toMatchObject({ status: 200 });
    expect(await asked({ authorization: `Bearer ${key}`, host: "pawl.example" })).toMatchObject({ status: 200 });
    expect(await send("/health", { url })).toMatchObject({ status: 200 });
  });

  test("a request names no address and no file of the server's machine; on a server without a key it may", async () => {
    const authorization = `Bearer ${key}`;
    const { port } = new URL(guarded.url);
    const asked = (path: string, body: object, url = `http://127.0.0.1:${port}`) =>
      send(path, { url, body: JSON.stringify(body), headers: { authorization } });
    const input = { input: "trains" };
    const requests: [string, object, string][] = [
      ["/v1/chat/completions", { model: "url:http://127.0.0.1:9/v1#m", ...question }, "provider-unreachable"],
      ["/v1/chat/completions", { model: "file:/etc/passwd.gguf", ...question }, "model-file-unavailable"],
      ["/v1/embeddings", { model: "url:http://127.0.0.1:9/v1#m", ...input }, "provider-unreachable"],
      ["/v1/embeddings", { model: "file:/etc/passwd.gguf", ...input }, "model-kind-wrong"],
      ["/api/models/pull", { model: "url:http://127.0.0.1:9/v1#m" }, ""],
      ["/api/ingest", { app: "small", paths: ["/etc/hosts"] }, ""],
    ];
    for (const [path, body, otherwise] of requests) {
      const refused = await asked(path, body);
      expect(refused.status, path).toBe(403);
      expect(problem(refused)).toMatchObject({ code: "forbidden", hint: expect.stringMatching(/in the app/) });
      if (otherwise !== "") expect(problem(await asked(path, body, pawl.url))).toMatchObject({ code: otherwise });
    }
    expect(await asked("/api/ingest", { app: "small" })).toMatchObject({ status: 202 });
  });

  test("the key is in no log, no trace and no file", async () => {
    await guarded.client.turns(); // what is asked is written by now
    const files = readdirSync(guarded.home, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
    for (const file of files) {
      const bytes = readFileSync(join(file.parentPath, file.name));
      for (const secret of [key, wrong]) expect(bytes.includes(secret), file.name).toBe(false);
    }
    for (const secret of [key, wrong]) expect(guarded.output()).not.toContain(secret);
  });
});
