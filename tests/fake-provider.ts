import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What the fake does is chosen by the model's name. */
export type Fault =
  | "tools" // calls the first tool (with `{"city":"Oslo"}`) until the last message is a tool's, then echoes
  | "echo" // answers with the last message, word by word
  | "obedient" // answers with the first message: what the instructions say is what it says
  | "key-wrong" // 401, and echoes the key as careless providers do
  | "rate-limited" // 429 with retry-after: 0, twice; then echoes
  | "always-limited" // 429 with retry-after: 600
  | "slow" // never answers
  | "stuck" // stops in the middle and stays open
  | "broken" // cuts the connection in the middle
  | "garbled" // an event that is not JSON
  | "overflow" // 400 context_length_exceeded
  | "failing"; // 500

export type FakeProvider = {
  /** For OpenAI's protocol, up to and with `/v1`. */
  baseURL: string;
  /** Bodies that came, in order. */
  requests: { path: string; model: string; body: Record<string, unknown>; key: string | undefined }[];
  close(): Promise<void>;
};

/** A provider that speaks OpenAI's, Anthropic's and Google's protocol as far as the tests need, with faults on demand. */
export async function fakeProvider(): Promise<FakeProvider> {
  const requests: FakeProvider["requests"] = [];
  let refused = 0;
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? "").replace(/\?.*/, "");
    if (request.method === "GET" && path === "/v1/models") {
      return json(response, 200, { data: [{ id: "echo" }, { id: "slow" }] });
    }
    const text = await new Response(request as unknown as ReadableStream).text(); // a Node stream is an async iterable of bytes
    const body: Record<string, unknown> = JSON.parse(text);
    const model = String(body.model ?? /models\/([^:]+):/.exec(path)?.[1]);
    const { authorization } = request.headers;
    const key =
      authorization?.replace("Bearer ", "") ?? header(request, "x-api-key") ?? header(request, "x-goog-api-key");
    requests.push({ path, model, body, key });
    switch (model as Fault) {
      case "key-wrong":
        return json(response, 401, { error: { message: `Incorrect API key provided: ${key}` } });
      case "rate-limited":
        refused += 1;
        if (refused <= 2) return json(response, 429, { error: { message: "slow down" } }, { "retry-after": "0" });
        return reply(path, body, response, "whole");
      case "always-limited":
        return json(response, 429, { error: { message: "slow down" } }, { "retry-after": "600" });
      case "overflow":
        return json(response, 400, { error: { message: "too long", code: "context_length_exceeded" } });
      case "failing":
        return json(response, 500, { error: { message: "on fire" } });
      case "slow":
        return;
      case "stuck":
      case "broken":
      case "garbled":
        return reply(path, body, response, model as "stuck" | "broken" | "garbled");
      default:
        return reply(path, body, response, "whole");
    }
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo; // a TCP server's address is never a string
  return {
    baseURL: `http://127.0.0.1:${port}/v1`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

type End = "whole" | "stuck" | "broken" | "garbled";

function reply(path: string, body: Record<string, unknown>, response: ServerResponse, end: End): void {
  if (path.endsWith("/embeddings")) {
    const input = [body.input].flat();
    json(response, 200, {
      object: "list",
      data: input.map((text, index) => ({ object: "embedding", index, embedding: [String(text).length, 4, 0] })),
      usage: { prompt_tokens: input.length, total_tokens: input.length },
    });
    return;
  }
  const words = (body.model === "obedient" ? firstText(body) : lastText(body)).split(/(?<= )/);
  if (path.endsWith("/chat/completions") && body.stream !== true) {
    const [tool] = body.model === "tools" && Array.isArray(body.tools) ? body.tools : [];
    const isCalling = tool !== undefined && !JSON.stringify(body.messages).includes('"role":"tool"');
    const call = {
      id: "call_1",
      type: "function",
      function: { name: tool?.function.name, arguments: '{"city":"Oslo"}' },
    };
    const message = { role: "assistant", ...(isCalling ? { tool_calls: [call] } : { content: words.join("") }) };
    json(response, 200, {
      id: "c",
      object: "chat.completion",
      created: 0,
      model: "m",
      choices: [{ index: 0, message, finish_reason: isCalling ? "tool_calls" : "stop" }],
      usage: { prompt_tokens: 7, completion_tokens: words.length, total_tokens: 7 + words.length },
    });
    return;
  }
  response.writeHead(200, { "content-type": "text/event-stream" });
  const [first, ...rest] = path.endsWith("/messages")
    ? anthropic(words)
    : path.includes(":stream")
      ? google(words)
      : openai(words);
  response.write(first);
  if (end === "stuck") return;
  if (end === "broken") {
    setTimeout(() => response.destroy(), 20);
    return;
  }
  if (end === "garbled") {
    response.end("data: {not json\n\n");
    return;
  }
  for (const event of rest) response.write(event);
  response.end();
}

function openai(words: readonly string[]): string[] {
  const chunk = (value: object) =>
    `data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", created: 0, model: "m", ...value })}\n\n`;
  const usage = { prompt_tokens: 7, completion_tokens: words.length, total_tokens: 7 + words.length };
  return [
    ...words.map((word) =>
      chunk({ choices: [{ index: 0, delta: { role: "assistant", content: word }, finish_reason: null }] }),
    ),
    chunk({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] }),
    chunk({ choices: [], usage }),
    "data: [DONE]\n\n",
  ];
}

function anthropic(words: readonly string[]): string[] {
  const event = (type: string, value: object) => `event: ${type}\ndata: ${JSON.stringify({ type, ...value })}\n\n`;
  const message = {
    id: "m",
    type: "message",
    role: "assistant",
    content: [],
    model: "m",
    stop_reason: null,
    stop_sequence: null,
  };
  return [
    event("message_start", { message: { ...message, usage: { input_tokens: 7, output_tokens: 1 } } }),
    event("content_block_start", { index: 0, content_block: { type: "text", text: "" } }),
    ...words.map((text) => event("content_block_delta", { index: 0, delta: { type: "text_delta", text } })),
    event("content_block_stop", { index: 0 }),
    event("message_delta", {
      delta: { stop_reason: "end_turn", stop_sequence: null },
      usage: { output_tokens: words.length },
    }),
    event("message_stop", {}),
  ];
}

function google(words: readonly string[]): string[] {
  return words.map((text, index) => {
    const last = index === words.length - 1;
    const candidate = { content: { role: "model", parts: [{ text }] }, ...(last ? { finishReason: "STOP" } : {}) };
    const usageMetadata = { promptTokenCount: 7, candidatesTokenCount: index + 1, totalTokenCount: 8 + index };
    return `data: ${JSON.stringify({ candidates: [candidate], usageMetadata })}\n\n`;
  });
}

/** The last message's text in any of the three protocols. */
function lastText(body: Record<string, unknown>): string {
  return textsOf(body).at(-1) ?? "";
}

function firstText(body: Record<string, unknown>): string {
  return textsOf(body)[0] ?? "";
}

function textsOf(body: Record<string, unknown>): string[] {
  const found = JSON.stringify(body.messages ?? body.contents).matchAll(/"(?:text|content)":"((?:[^"\\]|\\.)*)"/g);
  return [...found].map(([, text]) => String(JSON.parse(`"${text}"`)));
}

function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function json(response: ServerResponse, status: number, value: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(value));
}
