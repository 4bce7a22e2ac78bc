import { readFileSync } from "node:fs";
import { join } from "node:path";
import OpenAI, { BadRequestError, NotFoundError } from "openai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { pythonWith } from "./python.ts";
import { startPawl, type TestServer } from "./server.ts";

// The official clients of npm and PyPI, unchanged, against a running pawl.
let pawl: TestServer;
let client: OpenAI;
beforeAll(async () => {
  pawl = await startPawl();
  client = new OpenAI({ baseURL: `${pawl.url}/v1`, apiKey: "none", maxRetries: 0 });
});
afterAll(() => pawl.stop());

const question = "How many unused days of leave move into the next year?";
const messages = [{ role: "user" as const, content: question }];
const trip = {
  type: "object",
  properties: { city: { type: "string", maxLength: 12 }, nights: { type: "integer" } },
  required: ["city", "nights"],
  additionalProperties: false,
};
const embedder = "local/bge-small-en-v1.5";

describe("npm's client", () => {
  test("asks an app; `pawl` and the turn's header are beside the answer", async () => {
    const { data, response } = await client.chat.completions.create({ model: "app/small", messages }).withResponse();
    expect(data.choices[0]?.message.content).toContain("five unused days");
    expect(data.choices[0]?.finish_reason).toBe("stop");
    expect(response.headers.get("x-pawl-turn")).toBe(data.id);
    expect(data).toMatchObject({ pawl: { abstained: false, citations: [{ title: "Annual leave › Carrying over" }] } });
  });

  test("streams an app; what was found is in no content, the citations are in the last chunk", async () => {
    const stream = await client.chat.completions.create({ model: "app/small", messages, stream: true });
    const chunks = [];
    for await (const chunk of stream) chunks.push(chunk);
    const text = chunks.map((chunk) => chunk.choices[0]?.delta.content ?? "").join("");
    expect(text).toContain("[1]");
    expect(chunks[0]).toHaveProperty("pawl.found");
    expect(chunks.at(-1)).toMatchObject({ pawl: { citations: [{ quote: expect.any(String) }] } });
  });

  test("streams a model with its usage, by the client's own stream helper", async () => {
    const stream = client.chat.completions.stream({
      model: "local/default",
      messages,
      max_tokens: 12,
      stream_options: { include_usage: true },
    });
    const deltas: string[] = [];
    stream.on("content", (delta) => deltas.push(delta));
    const completion = await stream.finalChatCompletion();
    expect(completion.choices[0]?.message.content).toBe(deltas.join(""));
    expect(completion.choices[0]?.finish_reason).toMatch(/stop|length/);
    expect(completion.usage?.completion_tokens).toBeGreaterThan(0);
    expect(completion.usage?.completion_tokens).toBeLessThanOrEqual(12);
  });

  test("gets JSON of the schema it gave, from a model and from an app", async () => {
    const inDocuments = "What may a hotel in London cost?";
    const notThere = "Who won the football world cup in 1974?";
    for (const [model, content] of [
      ["local/default", inDocuments],
      ["app/small", inDocuments],
      ["app/small", notThere],
    ] as const) {
      const completion = await client.chat.completions.parse({
        model,
        messages: [{ role: "user", content }],
        max_tokens: 48,
        response_format: { type: "json_schema", json_schema: { name: "trip", schema: trip, strict: true } },
      });
      const said = z.strictObject({ city: z.string().max(12), nights: z.int() });
      expect(said.safeParse(completion.choices[0]?.message.parsed)).toMatchObject({ success: true });
      if (model === "app/small") expect(completion).toMatchObject({ pawl: { abstained: false, mode: "model" } });
    }
  });

  test("gets a log-probability for each token, with the most likely others", async () => {
    const { choices } = await client.chat.completions.create({
      model: "local/default",
      messages,
      max_tokens: 4,
      logprobs: true,
      top_logprobs: 2,
    });
    const tokens = choices[0]?.logprobs?.content ?? [];
    expect(tokens.map(({ token }) => token).join("")).toBe(choices[0]?.message.content);
    for (const { token, logprob, top_logprobs } of tokens) {
      expect(logprob).toBeLessThanOrEqual(0);
      expect(top_logprobs).toHaveLength(2);
      expect(top_logprobs[0]?.token).toBe(token); // greedy
    }
  });

  test("embeds, as floats and as the base64 that it asks for by itself", async () => {
    const [packed, plain] = await Promise.all([
      client.embeddings.create({ model: embedder, input: ["leave", "trains"] }),
      client.embeddings.create({ model: embedder, input: ["leave", "trains"], encoding_format: "float" }),
    ]);
    expect(packed.data.map(({ index }) => index)).toEqual([0, 1]);
    expect(packed.data.map(({ embedding }) => embedding.length)).toEqual([384, 384]);
    for (const [i, { embedding }] of plain.data.entries())
      for (const [j, value] of embedding.entries()) expect(value).toBeCloseTo(packed.data[i]?.embedding[j] ?? 9, 6);
    const length = plain.data[0]?.embedding.reduce((sum, value) => sum + value * value, 0);
    expect(length).toBeCloseTo(1, 4);
    expect(plain.usage.prompt_tokens).toBeGreaterThan(0);
  });

  test("lists apps and models, each with its kind", async () => {
    const models = [];
    for await (const model of client.models.list()) models.push(model);
    expect(models).toContainEqual(
      expect.objectContaining({ id: "app/small", pawl: expect.objectContaining({ kind: "app" }) }),
    );
    expect(models).toContainEqual(
      expect.objectContaining({ id: embedder, pawl: expect.objectContaining({ kind: "embed" }) }),
    );
  });

  test("throws its own error types, with pawl's code and hint", async () => {
    const unknown = client.chat.completions.create({ model: "local/smollm2-135m-instrukt", messages });
    await expect(unknown).rejects.toThrow(NotFoundError);
    await expect(unknown).rejects.toMatchObject({ status: 404, code: "model-unknown", type: "not_found_error" });
    await expect(unknown).rejects.toThrow(/Did you mean local\/smollm2-135m-instruct/);
    const noApp = client.chat.completions.create({ model: "app/smal", messages, stream: true });
    await expect(noApp).rejects.toMatchObject({ status: 404, code: "app-unknown" });
    const hot = client.chat.completions.create({ model: "app/small", messages, temperature: 9 });
    await expect(hot).rejects.toThrow(BadRequestError);
    await expect(hot).rejects.toMatchObject({ code: "bad-request", message: expect.stringContaining("temperature") });
    const tools = client.chat.completions.create({
      model: "app/small",
      messages,
      tools: [{ type: "function", function: { name: "f", parameters: {} } }],
    });
    await expect(tools).rejects.toMatchObject({ status: 400, code: "unsupported-option" });
  });

  test("that leaves in the middle of an answer leaves a cancelled turn", async () => {
    const stream = await client.chat.completions.create({
      model: "local/default",
      messages: [{ role: "user", content: "Write a long story about a train." }],
      max_tokens: 400,
      stream: true,
    });
    let id = "";
    for await (const chunk of stream) {
      id = chunk.id;
      if (chunk.choices[0]?.delta.content) break; // the client closes the connection
    }
    await expect
      .poll(() => pawl.client.turn({ params: { id } }).catch(() => null), { timeout: 10_000 })
      .toMatchObject({ status: "cancelled" });
  });
});

test("PyPI's client gets the same", async (context) => {
  const python = await pythonWith(["openai==2.8.1"]);
  if (python === null) return context.skip("needs Python with pip and the package openai");
  const program = readFileSync(join(import.meta.dirname, "openai-clients.py"), "utf8");
  const got = await python(program, { url: pawl.url, question });
  expect(got).toMatchObject({
    answer: expect.stringContaining("five unused days"),
    streamed: expect.stringContaining("five unused days"),
    citations: [{ title: "Annual leave › Carrying over" }],
    last: { abstained: false, citations: [{ title: "Annual leave › Carrying over" }] },
    header: true,
    shaped: { city: expect.any(String), nights: expect.any(Number) },
    dimensions: [384, 384],
    models: expect.arrayContaining(["app/small", embedder]),
    unknown: ["NotFoundError", "model-unknown", "not_found_error"],
    bad: ["BadRequestError", "bad-request", "invalid_request_error"],
  });
  expect(got).toHaveProperty("difference", expect.closeTo(0, 6));
  expect(got).toHaveProperty("logprobs.3");
});
