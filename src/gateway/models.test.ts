import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PawlError } from "#kernel";
import type { ChatRequest } from "#schema";
import { type FakeProvider, fakeProvider } from "../../tests/fake-provider.ts";
import { createModels, type Gateway } from "./models.ts";
import { chatRoute } from "./route.ts";

const secret = "sk-abcdef0123456789abcdef";
let fake: FakeProvider;
let models: Gateway;

beforeAll(async () => {
  fake = await fakeProvider();
  models = createModels({
    env: {
      ...process.env,
      OPENAI_API_KEY: secret,
      OPENAI_BASE_URL: fake.baseURL,
      ANTHROPIC_API_KEY: secret,
      ANTHROPIC_BASE_URL: fake.baseURL,
      GEMINI_API_KEY: secret,
      GOOGLE_GENERATIVE_AI_API_KEY: "",
      GOOGLE_GENERATIVE_AI_BASE_URL: fake.baseURL,
      FAKE_KEY: secret,
      OLLAMA_HOST: fake.baseURL.replace("/v1", ""),
    },
    providers: [
      { name: "fake", baseURL: fake.baseURL, apiKeyEnv: "FAKE_KEY", silenceMs: 400 },
      { name: "unkeyed", baseURL: fake.baseURL, apiKeyEnv: "PAWL_NO_SUCH_KEY" },
      { name: "nobody", baseURL: "http://127.0.0.1:9/v1" },
    ],
    silenceMs: 400,
    retry: { attempts: 3, baseMs: 1, maxMs: 1000 },
  });
});
afterAll(async () => {
  await models.close();
  await fake.close();
});

const request = (model: string): ChatRequest => ({
  model,
  messages: [
    { role: "system", content: "Be brief." },
    { role: "user", content: "one two three" },
  ],
  sampling: { temperature: 0, maxTokens: 32, stop: [] },
  format: { type: "text" },
});

const signal = new AbortController().signal;

async function failure(model: string): Promise<PawlError> {
  return models.chat(request(model), { signal }).then(
    () => expect.fail(`${model} answered`),
    (error: PawlError) => error,
  );
}

describe.each(["fake", "openai", "anthropic", "google"])("a provider reached as %s", (name) => {
  test("refuses an adapter, and is not asked", async () => {
    const asked = models.chat({ ...request(`${name}/answers`), adapter: "0".repeat(64) }, { signal });
    await expect(asked).rejects.toMatchObject({ code: "unsupported-option" });
  });

  test("streams its answer and counts its tokens", async () => {
    const heard: string[] = [];
    const answer = await models.chat(request(`${name}/echo`), {
      signal,
      onDelta: async (text) => void heard.push(text),
    });
    expect(answer).toMatchObject({ text: "one two three", finish: "stop", usage: { inputTokens: 7, outputTokens: 3 } });
    expect(heard).toEqual(["one ", "two ", "three"]);
    expect(fake.requests.at(-1)?.key).toBe(secret);
  });

  test.each([
    ["key-wrong", "provider-key-wrong"],
    ["always-limited", "provider-rate-limited"],
    ["overflow", "context-overflow"],
    ["failing", "provider-failed"],
    ["slow", "provider-timeout"],
    ["stuck", "provider-timeout"],
    ["broken", "provider-failed"],
    ["garbled", "provider-failed"],
  ])("that is %s becomes %s, without the key in it", async (fault, code) => {
    const error = await failure(`${name}/${fault}`);
    expect(error.code).toBe(code);
    expect(JSON.stringify([error.message, error.hint, error.details])).not.toContain(secret);
    expect(error.hint).toBeTruthy();
  });

  test("ends at once when the caller goes away", async () => {
    const gone = new AbortController();
    setTimeout(() => gone.abort(), 50);
    await expect(models.chat(request(`${name}/slow`), { signal: gone.signal })).rejects.toMatchObject({
      code: "cancelled",
    });
  });
});

test("A rate limit that passes is waited for", async () => {
  await expect(models.chat(request("fake/rate-limited"), { signal })).resolves.toMatchObject({ text: "one two three" });
});

test("A failing provider is asked three times, a wrong key once", async () => {
  const before = fake.requests.length;
  await failure("fake/failing");
  await failure("fake/key-wrong");
  expect(fake.requests.length - before).toBe(4);
});

test("An answer that broke off after its first words is not begun again", async () => {
  const before = fake.requests.length;
  const heard: string[] = [];
  const broken = models.chat(request("fake/broken"), { signal, onDelta: async (text) => void heard.push(text) });
  await expect(broken).rejects.toMatchObject({ code: "provider-failed" });
  expect(heard).toEqual(["one "]);
  expect(fake.requests.length - before).toBe(1);
});

test("A missing key names its variable", async () => {
  const error = await failure("unkeyed/echo");
  expect(error.code).toBe("provider-key-missing");
  expect(error.hint).toContain("PAWL_NO_SUCH_KEY");
});

test("A server that is not there is said to be unreachable", async () => {
  expect((await failure("nobody/echo")).code).toBe("provider-unreachable");
});

test("A model can be named by the URL of its server", async () => {
  await expect(models.chat(request(`url:${fake.baseURL}#echo`), { signal })).resolves.toMatchObject({
    text: "one two three",
  });
  expect((await failure("url:nonsense")).code).toBe("model-unknown");
});

test("What describes a model named by a URL is a name that reaches it", async () => {
  const { id, version } = await models.describe(`url:${fake.baseURL}#echo`);
  expect([id, version]).toEqual([`url:${fake.baseURL}#echo`, `url:${fake.baseURL}#echo`]);
  await expect(models.chat(request(id), { signal })).resolves.toMatchObject({ text: "one two three" });
});

test.each(["fake", "openai"])("Embeddings of %s come as unit vectors in the order of the texts", async (name) => {
  const texts = ["abc", "abcdefghij"];
  const { vectors, dimensions } = await models.embed({ model: `${name}/embed`, texts, purpose: "passage" }, { signal });
  expect(dimensions).toBe(3);
  expect([...(vectors[0] ?? [])].map((value) => value.toFixed(3))).toEqual(["0.600", "0.800", "0.000"]);
  expect(vectors).toHaveLength(2);
});

test.each([
  ["opnai/gpt-5", "provider-unknown", "openai"],
  ["local/smollm2-135m", "model-unknown", "local/smollm2-135m-instruct"],
  ["default", "model-unknown", "local/default"],
])("%s is unknown, and something near is named", async (id, code, near) => {
  const error = await failure(id);
  expect(error.code).toBe(code);
  expect(error.hint).toContain(near);
});

test("The list offers what is there, and says what lacks a key or its files", async () => {
  const list = await models.list();
  const stateOf = (id: string) => list.find((info) => info.id === id)?.state;
  expect(stateOf("openai/gpt-5-mini")).toBe("offered");
  expect(stateOf("ollama/echo")).toBe("offered");
  expect(stateOf("fake/echo")).toBe("ready");
  expect(["ready", "not-downloaded"]).toContain(stateOf("local/smollm2-135m-instruct"));
  const bare = createModels({ env: { OLLAMA_HOST: "127.0.0.1:9" } });
  expect((await bare.list()).find(({ id }) => id === "openai/gpt-5-mini")?.state).toBe("key-missing");
});

test("A route says which model answered and why the others did not", async () => {
  const { model: _, ...asked } = request("");
  const routed = await chatRoute(models, ["fake/key-wrong", "nobody/echo", "fake/echo"], asked, { signal });
  expect(routed.model).toBe("fake/echo");
  expect(routed.notes.map(({ code }) => code)).toEqual(["provider-key-wrong", "provider-unreachable"]);
  const none = chatRoute(models, ["fake/key-wrong", "nobody/echo"], asked, { signal });
  await expect(none).rejects.toMatchObject({ code: "provider-unreachable", details: { notes: [{}, {}] } });
});
