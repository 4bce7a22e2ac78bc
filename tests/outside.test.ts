import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { context, SpanStatusCode, type Tracer, trace } from "@opentelemetry/api";
import { OTLPTraceExporter as JsonExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as ProtobufExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, NodeTracerProvider, type SpanExporter } from "@opentelemetry/sdk-trace-node";
import { generateText, stepCountIs, streamText, tool } from "ai";
import { flush, turn as inOneTurn, record, session } from "pawl/ai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { loadApp } from "#app";
import { pawl as command, startCommand, untilSaid } from "./command.ts";
import { type FakeProvider, fakeProvider } from "./fake-provider.ts";
import { embeddedFolder } from "./homes.ts";
import { startPawl, type TestServer } from "./server.ts";

// Other programs' calls, sent by their own SDKs over HTTP, become turns of a real pawl.
let pawl: TestServer;
let provider: FakeProvider;
beforeAll(async () => {
  provider = await fakeProvider();
  pawl = await startPawl({
    isReady: false,
    env: { PAWL_API_KEY: "secret", OPENAI_API_KEY: "k", OPENAI_BASE_URL: provider.baseURL },
  });
});
afterAll(async () => {
  await pawl?.stop();
  await provider?.close();
});

const headers = { authorization: "Bearer secret" };
const traces = () => `${pawl.url}/v1/traces`;

/** A program with OpenTelemetry's SDK, and its end: everything is exported. */
function program(service: string, exporter: SpanExporter): { tracer: Tracer; end(): Promise<void> } {
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ "service.name": service, "service.version": "1.2.3" }),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  });
  provider.register();
  return {
    tracer: provider.getTracer("test"),
    async end() {
      await provider.shutdown();
      trace.disable();
      context.disable();
    },
  };
}

async function turnsOf(app: string) {
  const { turns } = await pawl.client.turns({ query: { app } });
  return Promise.all(turns.map(({ id }) => pawl.client.turn({ params: { id } })));
}

describe("OpenTelemetry's own SDK", () => {
  test.each([
    ["protobuf", () => new ProtobufExporter({ url: traces(), headers })],
    ["JSON", () => new JsonExporter({ url: traces(), headers })],
    ["protobuf with gzip", () => new ProtobufExporter({ url: traces(), headers, compression: "gzip" as never })],
  ])("%s: an agent with a search, a model call and a tool is one turn, nested as it ran", async (name, exporter) => {
    const app = `agent-${name.replaceAll(" ", "-").toLowerCase()}`;
    const { tracer, end } = program(app, exporter());
    await tracer.startActiveSpan("invoke_agent concierge", async (agent) => {
      agent.setAttributes({
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.agent.name": "concierge",
        "gen_ai.conversation.id": "conversation-7",
      });
      tracer.startActiveSpan("retrieval hotels", (span) => {
        span.setAttributes({
          "gen_ai.operation.name": "retrieval",
          "gen_ai.data_source.id": "hotels",
          "gen_ai.retrieval.query.text": "quiet room",
          "gen_ai.retrieval.documents": JSON.stringify([{ id: "h1", score: 0.9, content: "Rooms to the yard." }]),
        });
        span.end();
      });
      for (const step of [1, 2]) {
        tracer.startActiveSpan("chat gpt-5-mini", (span) => {
          span.setAttributes({
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "openai",
            "gen_ai.request.model": "gpt-5-mini",
            "gen_ai.response.model": "gpt-5-mini-2026-01-01",
            "gen_ai.request.temperature": 0.2,
            "gen_ai.system_instructions": JSON.stringify([{ type: "text", content: "You are a concierge." }]),
            "gen_ai.input.messages": JSON.stringify([
              { role: "user", parts: [{ type: "text", content: "Is there a quiet room?" }] },
            ]),
            "gen_ai.output.messages": JSON.stringify([
              step === 1
                ? {
                    role: "assistant",
                    parts: [{ type: "tool_call", id: "1", name: "rooms", arguments: { side: "yard" } }],
                  }
                : { role: "assistant", parts: [{ type: "text", content: "Yes, to the yard." }], finish_reason: "stop" },
            ]),
            "gen_ai.response.finish_reasons": [step === 1 ? "tool_calls" : "stop"],
            "gen_ai.usage.input_tokens": 100 * step,
            "gen_ai.usage.output_tokens": 10 * step,
            "gen_ai.usage.cache_read.input_tokens": 5,
          });
          if (step === 1) {
            tracer.startActiveSpan("execute_tool rooms", (inner) => {
              inner.setAttributes({
                "gen_ai.operation.name": "execute_tool",
                "gen_ai.tool.name": "rooms",
                "gen_ai.tool.call.arguments": JSON.stringify({ side: "yard" }),
                "gen_ai.tool.call.result": JSON.stringify({ free: 2 }),
              });
              inner.end();
            });
          }
          span.end();
        });
      }
      agent.end();
    });
    await end();

    const [turn, ...others] = await turnsOf(app);
    expect(others).toEqual([]);
    expect(turn).toMatchObject({
      app,
      release: "1.2.3",
      session: "conversation-7",
      status: "done",
      question: "Is there a quiet room?",
      answer: { text: "Yes, to the yard." },
      usage: { inputTokens: 300, outputTokens: 30, cachedTokens: 10 },
      input: {
        messages: [
          { role: "system", content: "You are a concierge." },
          { role: "user", content: "Is there a quiet room?" },
        ],
        sampling: { temperature: 0.2 },
      },
    });
    const byPath = Object.fromEntries((turn?.spans ?? []).map((span) => [span.path, span]));
    expect(Object.keys(byPath).sort()).toEqual([
      "task",
      "task/model",
      "task/model#2",
      "task/model/task",
      "task/retrieve",
    ]);
    expect(byPath["task/model"]).toMatchObject({
      parent: byPath.task?.id,
      name: "openai/gpt-5-mini@gpt-5-mini-2026-01-01",
      output: { finish: "tool-calls", toolCalls: [{ name: "rooms" }] },
    });
    expect(byPath["task/model/task"]).toMatchObject({
      parent: byPath["task/model"]?.id,
      name: "tool rooms",
      input: { side: "yard" },
      output: { free: 2 },
    });
    expect(byPath["task/retrieve"]?.output).toMatchObject({
      passages: [{ documentId: "h1", text: "Rooms to the yard." }],
    });
  });

  test("spans of one trace that come in several requests, its root last, are one turn", async () => {
    const exporter = new JsonExporter({ url: traces(), headers });
    const { tracer, end } = program("in-parts", exporter);
    const later = new NodeTracerProvider({
      resource: resourceFromAttributes({ "service.name": "in-parts" }),
      spanProcessors: [new BatchSpanProcessor(new JsonExporter({ url: traces(), headers }))],
    });
    const root = later.getTracer("test").startSpan("POST /ask");
    const within = trace.setSpan(context.active(), root);
    const query = tracer.startSpan("select", {}, within);
    query.end();
    const ask = tracer.startSpan("chat m", {}, within);
    ask.setAttributes({
      "gen_ai.operation.name": "chat",
      "gen_ai.request.model": "m",
      "gen_ai.input.messages": JSON.stringify([{ role: "user", content: "Late?" }]),
    });
    ask.end();
    await end();
    const [early] = await turnsOf("in-parts");
    expect(early?.spans.map(({ path }) => path).sort()).toEqual(["model", "task"]);
    root.setStatus({ code: SpanStatusCode.ERROR, message: "the kitchen is closed" });
    root.end();
    await later.shutdown();
    const [turn, ...others] = await turnsOf("in-parts");
    expect(others).toEqual([]);
    expect(turn).toMatchObject({
      id: early?.id,
      question: "Late?",
      status: "failed",
      error: { code: "outside-failed", message: "the kitchen is closed" },
    });
    expect(turn?.spans.map(({ path }) => path).sort()).toEqual(["task", "task/model", "task/task"]);
  });

  test("a trace in which no model is asked is no turn", async () => {
    const { tracer, end } = program("plain-web", new JsonExporter({ url: traces(), headers }));
    tracer.startSpan("GET /health").end();
    await end();
    expect(await turnsOf("plain-web")).toEqual([]);
  });

  test("what is not a trace is refused with a reason", async () => {
    const send = (body: string | Uint8Array<ArrayBuffer>, type: string, more: Record<string, string> = {}) =>
      fetch(traces(), { method: "POST", body, headers: { ...headers, "content-type": type, ...more } });
    expect((await send("{", "application/json")).status).toBe(400);
    expect((await send("{}", "text/plain")).status).toBe(400);
    expect((await send(new Uint8Array([10, 200, 1, 2]), "application/x-protobuf")).status).toBe(400);
    expect((await send("not gzip", "application/json", { "content-encoding": "gzip" })).status).toBe(400);
    expect((await fetch(traces(), { method: "POST", body: "{}" })).status).toBe(401);
    const odd = { resourceSpans: [{ scopeSpans: [{ spans: [{ traceId: "1", spanId: "2" }] }] }] };
    expect(await (await send(JSON.stringify(odd), "application/json")).json()).toMatchObject({
      partialSuccess: { rejectedSpans: 1 },
    });
  });
});

test("text that was cut within a character, and NUL, do not keep a turn from being stored", async () => {
  const attribute = (key: string, stringValue: string) => ({ key, value: { stringValue } });
  const span = {
    traceId: "a".repeat(32),
    spanId: "b".repeat(16),
    name: "chat",
    startTimeUnixNano: "1750000000000000000",
    endTimeUnixNano: "1750000001000000000",
    attributes: [
      attribute("gen_ai.operation.name", "chat"),
      attribute("gen_ai.request.model", "m"),
      attribute("gen_ai.input.messages", JSON.stringify([{ role: "user", content: "cut \ud83d and \u0000, \\u0000" }])),
    ],
  };
  const resource = { attributes: [attribute("service.name", "cut")] };
  const body = { resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] };
  const send = () =>
    fetch(traces(), {
      method: "POST",
      body: JSON.stringify(body),
      headers: { ...headers, "content-type": "application/json" },
    });
  expect((await send()).status).toBe(200);
  expect((await send()).status).toBe(200); // an exporter that was not answered sends again
  const [turn, ...others] = await turnsOf("cut");
  expect(others).toEqual([]);
  expect(turn?.question).toBe("cut \ufffd and \ufffd, \\u0000");
});

const fake = () => createOpenAICompatible({ name: "fake", baseURL: provider.baseURL, includeUsage: true });

describe("the AI SDK's own telemetry", () => {
  test("a stream: messages, answer, tokens and model, the call below what the program called", async () => {
    const { tracer, end } = program("sdk", new ProtobufExporter({ url: traces(), headers }));
    const telemetry = { isEnabled: true, tracer, functionId: "answer", metadata: { sessionId: "s-1" } };
    const streamed = streamText({
      model: fake()("echo"),
      system: "Be brief.",
      prompt: "Streamed words come back.",
      experimental_telemetry: telemetry,
    });
    expect(await streamed.text).toBe("Streamed words come back.");
    await streamed.consumeStream(); // the SDK ends its outer span after the text
    await end();
    const [turn, ...others] = await turnsOf("sdk");
    expect(others).toEqual([]);
    expect(turn).toMatchObject({
      session: "s-1",
      question: "Streamed words come back.",
      answer: { text: "Streamed words come back." },
      usage: { inputTokens: 7, outputTokens: 4 },
      input: { messages: [{ role: "system", content: "Be brief." }, { role: "user" }] },
    });
    expect(turn?.firstContentMs).toBeGreaterThan(0);
    const model = turn?.spans.find(({ kind }) => kind === "model");
    expect(model).toMatchObject({ path: "task/model", name: expect.stringMatching(/^fake\/echo/) });
    expect(model?.parent).toBe(turn?.spans.find(({ path }) => path === "task")?.id);
  });
});

test("the AI SDK's loop over tools: two calls of the model, the tool between them, one turn", async () => {
  const { tracer, end } = program("sdk-tools", new JsonExporter({ url: traces(), headers }));
  const weather = tool({
    description: "The weather of a city",
    inputSchema: z.object({ city: z.string() }),
    execute: async ({ city }) => `Rain in ${city}.`,
  });
  const { text } = await generateText({
    model: fake()("tools"),
    prompt: "What is the weather in Oslo?",
    tools: { weather },
    stopWhen: stepCountIs(3),
    experimental_telemetry: { isEnabled: true, tracer },
  });
  await end();
  expect(text).toBe("Rain in Oslo.");
  const [turn, ...others] = await turnsOf("sdk-tools");
  expect(others).toEqual([]);
  expect(turn).toMatchObject({
    question: "What is the weather in Oslo?",
    answer: { text },
    usage: { inputTokens: 14 },
  });
  expect(Object.fromEntries(turn?.spans.map(({ path, name }) => [path, name]) ?? [])).toEqual({
    task: "ai.generateText",
    "task/model": "fake/tools@m",
    "task/task": "tool weather",
    "task/model#2": "fake/tools@m",
  });
  const second = turn?.spans.find(({ path }) => path === "task/model#2");
  expect(second?.input).toMatchObject({
    messages: [
      { role: "user", content: "What is the weather in Oslo?" },
      { role: "assistant", content: '[tool call weather {"city":"Oslo"}]' },
      { role: "tool", content: "Rain in Oslo." },
    ],
  });
});

describe("pawl/ai", () => {
  const options = () => ({ app: "shop", release: "7", url: pawl.url, key: "secret" });

  test("a call of generate and one of stream are turns, and the caller gets what the model gave", async () => {
    const model = record(fake()("echo"), options());
    const generated = await generateText({
      model,
      system: "Sell.",
      prompt: "Have you hats?",
      temperature: 0.5,
      maxOutputTokens: 50,
    });
    const streamed = streamText({
      model,
      prompt: "And gloves, too?",
      providerOptions: { pawl: { session: "visitor-2" } },
    });
    expect(generated.text).toBe("Have you hats?");
    expect(await streamed.text).toBe("And gloves, too?");
    expect(await flush()).toEqual({ dropped: 0 });
    const [second, first, ...others] = await turnsOf("shop");
    expect(others).toEqual([]);
    expect(first).toMatchObject({
      release: "7",
      question: "Have you hats?",
      answer: { text: "Have you hats?" },
      usage: { inputTokens: 7, outputTokens: 3 },
      input: {
        messages: [{ role: "system", content: "Sell." }, { role: "user" }],
        sampling: { temperature: 0.5, maxTokens: 50 },
      },
      spans: [{ kind: "model", path: "model", parent: null, name: expect.stringMatching(/^fake\/echo/) }],
    });
    expect(second).toMatchObject({
      session: "visitor-2",
      answer: { text: "And gloves, too?" },
      firstContentMs: expect.any(Number),
    });
  });

  test("several calls within one turn are one turn; a session holds for all within it", async () => {
    const model = record(fake()("echo"), { ...options(), app: "loop" });
    await session("visitor-3", () =>
      inOneTurn("answer and check", async () => {
        await streamText({ model, prompt: "First." }).text;
        await streamText({ model, prompt: "Then second." }).text;
      }),
    );
    await flush();
    const [turn, ...others] = await turnsOf("loop");
    expect(others).toEqual([]);
    expect(turn).toMatchObject({ session: "visitor-3", answer: { text: "Then second." }, usage: { outputTokens: 3 } });
    expect(turn?.spans.map(({ path }) => path)).toEqual(["task", "task/model", "task/model#2"]);
  });

  test("a call that fails is a failed turn and fails for the caller as it did before", async () => {
    const model = record(fake()("failing"), { ...options(), app: "failing" });
    await expect(generateText({ model, prompt: "Hello?", maxRetries: 0 })).rejects.toThrow("on fire");
    await flush();
    expect(await turnsOf("failing")).toMatchObject([
      { status: "failed", question: "Hello?", answer: null, error: { code: "provider-failed", message: "on fire" } },
    ]);
  });

  test("without a pawl the call goes on as it is; what is lost is counted and said once", async () => {
    const warnings: string[] = [];
    const hear = (warning: Error) => warnings.push(warning.message);
    process.on("warning", hear);
    const model = record(fake()("echo"), { app: "nobody", url: "http://127.0.0.1:9" });
    for (const prompt of ["One.", "Two."]) expect(await streamText({ model, prompt }).text).toBe(prompt);
    expect(await flush()).toEqual({ dropped: 2 });
    await new Promise((resolve) => setImmediate(resolve));
    process.off("warning", hear);
    expect(warnings.filter((text) => text.includes("not recorded"))).toHaveLength(1);
  });
});

test("a hosted provider called through pawl is a turn too; tools are refused with the way to record them", async () => {
  const completion = await pawl.client.chat({
    body: { model: "openai/echo", messages: [{ role: "user", content: "Through pawl." }] },
  });
  const turn = await pawl.client.turn({ params: { id: completion.id } });
  expect(turn).toMatchObject({
    app: "openai/echo",
    release: "none",
    answer: { text: "Through pawl." },
    usage: { inputTokens: 7, outputTokens: 2 },
    spans: [{ kind: "model", name: "openai/echo@openai/echo" }],
  });
  const asked = pawl.client.chat({
    body: { model: "openai/echo", messages: [{ role: "user", content: "x" }], tools: [{ type: "function" }] },
  });
  await expect(asked).rejects.toMatchObject({
    code: "unsupported-option",
    hint: expect.stringContaining("pawl/ai"),
  });
});

describe("pawl init --from-turns", () => {
  test("writes the app that the recorded turns show, and lists by name what it cannot hold", async () => {
    const model = record(fake()("echo"), { app: "Shop Bot", url: pawl.url, key: "secret" });
    const lines = `You are the shop's clerk.\nSay \`please\`; prices are in \${currency}.`;
    const look = tool({ inputSchema: z.object({}), execute: async () => "nothing" });
    for (const prompt of ["Have you hats?", "Have you gloves?"])
      await generateText({ model, system: lines, prompt, temperature: 0.3, tools: { look } });
    await generateText({ model, system: "You are somebody else.", prompt: "Who are you?", temperature: 0.3 });
    await flush();

    const folder = mkdtempSync(join(tmpdir(), "pawl-from-turns-"));
    mkdirSync(join(folder, "node_modules"));
    symlinkSync(join(import.meta.dirname, ".."), join(folder, "node_modules", "pawl"), "junction");
    const env = { PAWL_URL: pawl.url, PAWL_API_KEY: "secret" };
    const several = await command(["init", "--from-turns"], { cwd: folder, env });
    expect(several).toMatchObject({ code: 2, stderr: expect.stringContaining("--app") });
    const made = await command(["init", "--from-turns", "--app", "Shop Bot", "--json"], { cwd: folder, env });
    expect(made.stderr).toBe("");
    expect(JSON.parse(made.stdout)).toMatchObject({
      app: "shop-bot",
      turns: 3,
      notCarried: [
        { name: "instructions", message: "in 1 turn: You are somebody else." },
        { name: "tool", message: "look" },
      ],
    });
    const loaded = await loadApp(folder);
    expect(loaded.instructions).toBe(lines);
    expect(loaded.app).toMatchObject({ models: ["fake/echo"], sampling: { temperature: 0.3 } });
    rmSync(folder, { recursive: true, force: true });
  });

  test("where nothing was recorded it says how to, and leaves no store behind", async () => {
    const folder = mkdtempSync(join(tmpdir(), "pawl-nothing-"));
    const made = await command(["init", "--from-turns"], { cwd: folder, env: { PAWL_HOME: undefined } });
    expect(made).toMatchObject({ code: 2, stderr: expect.stringContaining("No turns were recorded here yet.") });
    expect(readdirSync(folder)).toEqual([]);
    rmSync(folder, { recursive: true });
  });

  test("a folder without an app records what is sent to it, and the app is made there", async () => {
    const folder = mkdtempSync(join(tmpdir(), "pawl-collect-"));
    await embeddedFolder(join(folder, ".pawl", "store"));
    const serving = startCommand(["serve", "--collect", "--port", "0"], { cwd: folder, env: { PAWL_HOME: undefined } });
    const [, url = ""] = await untilSaid(serving, /^pawl: (http:\S+)$/m);
    expect((await fetch(`${url}/health`)).status).toBe(200);
    const model = record(fake()("echo"), { app: "alone", url });
    await generateText({ model, system: "Sing.", prompt: "Now?" });
    await flush();
    const made = await command(["init", "--from-turns"], { cwd: folder, env: { PAWL_HOME: undefined } });
    expect(made).toMatchObject({ code: 0, stdout: expect.stringContaining("app.ts describes alone") });
    expect(readFileSync(join(folder, "app.ts"), "utf8")).toContain('instructions: "Sing."');
    serving.child.kill("SIGTERM");
    await serving.ended;
    rmSync(join(folder, "app.ts"));
    const listed = await command(["trace", "--json"], { cwd: folder, env: { PAWL_HOME: undefined } });
    expect(JSON.parse(listed.stdout)).toMatchObject({ turns: [{ app: "alone", question: "Now?" }] });
    rmSync(folder, { recursive: true, force: true });
  });
});
