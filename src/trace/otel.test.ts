import { describe, expect, test } from "vitest";
import { readSpan } from "./otel.ts";
import type { Attributes, ForeignSpan } from "./otlp.ts";

function span(attributes: Attributes, more: Partial<ForeignSpan> = {}): ForeignSpan {
  return {
    trace: "0".repeat(31).concat("1"),
    id: "0000000000000001",
    parent: null,
    name: "span",
    startMs: 1,
    endMs: 2,
    attributes,
    events: [],
    failure: null,
    resource: { "service.name": "svc" },
    ...more,
  };
}

describe("a model call as others write it", () => {
  const asked = [
    { role: "system", content: "Be brief." },
    { role: "user", content: "Hello?" },
  ];

  test.each<[string, Attributes, ForeignSpan["events"]]>([
    [
      "GenAI conventions, messages as JSON",
      {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-5-mini",
        "gen_ai.input.messages": JSON.stringify([
          { role: "system", parts: [{ type: "text", content: "Be brief." }] },
          { role: "user", parts: [{ type: "text", content: "Hello?" }] },
        ]),
        "gen_ai.output.messages": JSON.stringify([{ role: "assistant", parts: [{ type: "text", content: "Hi." }] }]),
        "gen_ai.usage.input_tokens": 12,
        "gen_ai.usage.output_tokens": 3,
      },
      [],
    ],
    [
      "GenAI conventions, messages as structured values",
      {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-5-mini",
        "gen_ai.system_instructions": [{ type: "text", content: "Be brief." }],
        "gen_ai.input.messages": [{ role: "user", parts: [{ type: "text", content: "Hello?" }] }],
        "gen_ai.output.messages": [{ role: "assistant", parts: [{ type: "text", content: "Hi." }] }],
        "gen_ai.usage.input_tokens": 12,
        "gen_ai.usage.output_tokens": 3,
      },
      [],
    ],
    [
      "GenAI conventions before 1.37: one event for each message",
      {
        "gen_ai.operation.name": "chat",
        "gen_ai.system": "openai",
        "gen_ai.request.model": "gpt-5-mini",
        "gen_ai.usage.prompt_tokens": 12,
        "gen_ai.usage.completion_tokens": 3,
      },
      [
        { name: "gen_ai.system.message", attributes: { content: "Be brief." } },
        { name: "gen_ai.user.message", attributes: { content: "Hello?" } },
        { name: "gen_ai.choice", attributes: { message: JSON.stringify({ role: "assistant", content: "Hi." }) } },
      ],
    ],
    [
      "OpenInference",
      {
        "openinference.span.kind": "LLM",
        "llm.provider": "openai",
        "llm.model_name": "gpt-5-mini",
        "llm.input_messages.0.message.role": "system",
        "llm.input_messages.0.message.content": "Be brief.",
        "llm.input_messages.1.message.role": "user",
        "llm.input_messages.1.message.contents.0.message_content.type": "text",
        "llm.input_messages.1.message.contents.0.message_content.text": "Hello?",
        "llm.output_messages.0.message.role": "assistant",
        "llm.output_messages.0.message.content": "Hi.",
        "llm.token_count.prompt": 12,
        "llm.token_count.completion": 3,
      },
      [],
    ],
    [
      "OpenLLMetry",
      {
        "llm.request.type": "chat",
        "gen_ai.system": "openai",
        "gen_ai.request.model": "gpt-5-mini",
        "gen_ai.prompt.0.role": "system",
        "gen_ai.prompt.0.content": "Be brief.",
        "gen_ai.prompt.1.role": "user",
        "gen_ai.prompt.1.content": "Hello?",
        "gen_ai.completion.0.role": "assistant",
        "gen_ai.completion.0.content": "Hi.",
        "gen_ai.usage.prompt_tokens": 12,
        "gen_ai.usage.completion_tokens": 3,
      },
      [],
    ],
  ])("%s", (_, attributes, events) => {
    expect(readSpan(span(attributes, { events }))).toMatchObject({
      kind: "model",
      name: "openai/gpt-5-mini",
      isAnswering: true,
      app: "svc",
      input: { model: "openai/gpt-5-mini", messages: asked },
      output: { text: "Hi.", finish: "stop" },
      usage: { inputTokens: 12, outputTokens: 3, cachedTokens: 0 },
      notes: [],
    });
  });

  test("with tools and a picture: calls and results stand as text, the picture is named and not kept", () => {
    const read = readSpan(
      span({
        "openinference.span.kind": "LLM",
        "llm.model_name": "m",
        "llm.invocation_parameters": JSON.stringify({ temperature: 0.2, max_tokens: 9, logit_bias: {} }),
        "input.value": "ignored",
        "llm.input_messages.0.message.role": "user",
        "llm.input_messages.0.message.contents.0.message_content.type": "image",
        "llm.output_messages.0.message.role": "assistant",
        "llm.output_messages.0.message.tool_calls.0.tool_call.function.name": "weather",
        "llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments": '{"city":"Oslo"}',
      }),
    );
    expect(read).toMatchObject({
      input: { messages: [{ role: "user", content: "[image]" }], sampling: { temperature: 0.2, maxTokens: 9 } },
      output: { text: "", toolCalls: [{ function: { name: "weather", arguments: '{"city":"Oslo"}' } }] },
      notes: [expect.stringContaining("image"), "The tokens were not recorded."],
    });
  });

  test("that recorded no messages says so", () => {
    const { notes, input } = readSpan(span({ "gen_ai.operation.name": "chat", "gen_ai.request.model": "m" }));
    expect(notes).toContain("The messages were not recorded by the program that sent this.");
    expect(input).toMatchObject({ model: "m", messages: [], sampling: {} });
  });
});

test("OpenInference's retriever, tool and chain", () => {
  expect(
    readSpan(
      span({
        "openinference.span.kind": "RETRIEVER",
        "input.value": "quiet room",
        "retrieval.documents.0.document.id": "h1",
        "retrieval.documents.0.document.content": "Rooms to the yard.",
        "retrieval.documents.0.document.score": 0.9,
        "retrieval.documents.0.document.metadata": JSON.stringify({ source: "hotels.md" }),
      }),
    ),
  ).toMatchObject({
    kind: "retrieve",
    isAnswering: false,
    input: { query: "quiet room" },
    output: { passages: [{ documentId: "h1", title: "hotels.md", text: "Rooms to the yard.", score: 0.9 }] },
  });
  expect(
    readSpan(
      span({
        "openinference.span.kind": "TOOL",
        "tool.name": "weather",
        "input.value": '{"a":1}',
        "output.value": "Rain",
      }),
    ),
  ).toMatchObject({ kind: "task", name: "tool weather", input: { a: 1 }, output: "Rain" });
  expect(
    readSpan(span({ "openinference.span.kind": "CHAIN", "input.value": "Hello?", "output.value": "Hi." })),
  ).toMatchObject({
    kind: "task",
    input: { messages: [{ role: "user", content: "Hello?" }] },
    output: { text: "Hi." },
  });
});

test("what has no place in pawl's words is kept beside the input, request headers are not", () => {
  const { input } = readSpan(span({ "http.route": "/ask", "ai.request.headers.authorization": "Bearer x" }));
  expect(input).toEqual({ attributes: { "http.route": "/ask" } });
});

test("names that JavaScript uses itself are plain names", () => {
  const read = readSpan(
    span({
      "openinference.span.kind": "LLM",
      "llm.input_messages.0.message.__proto__.role": "system",
      "llm.input_messages.0.message.content": "Hello?",
    }),
  );
  expect(read.input).toMatchObject({ messages: [{ role: "user", content: "Hello?" }] });
  expect(Object.hasOwn(Object.prototype, "role")).toBe(false);
});
