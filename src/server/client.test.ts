import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Client, ClientError, createClient } from "./client.ts";

const error = { message: "The engine ended.", code: "engine-crashed", hint: "Ask again." };
const server = createServer((request, response) => {
  if (request.method === "GET") {
    response.writeHead(404, { "content-type": "application/problem+json" });
    response.end(JSON.stringify({ title: "There is no turn x.", code: "turn-unknown", status: 404 }));
    return;
  }
  let body = "";
  request.on("data", (text) => (body += text));
  request.on("end", () => {
    const isStream = JSON.parse(body).stream === true;
    response.writeHead(isStream ? 200 : 502, { "x-pawl-turn": "trn_1" });
    response.end(isStream ? `data: ${JSON.stringify({ error })}\n\n` : JSON.stringify({ error }));
  });
});
let client: Client;

beforeAll(async () => {
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo; // it listens on TCP
  client = createClient({ baseUrl: `http://127.0.0.1:${port}` });
});
afterAll(() => server.close());

const body = { model: "app/a", messages: [{ role: "user" as const, content: "Hello?" }] };

it("an error of a question names its turn, in a stream too", async () => {
  const expected = { code: "engine-crashed", hint: "Ask again.", turn: "trn_1" };
  await expect(client.chat({ body })).rejects.toMatchObject({ ...expected, status: 502 });
  await expect(client.stream(body).next()).rejects.toMatchObject(expected);
});

it("another error has none", async () => {
  const failed = await client.turn({ params: { id: "x" } }).catch((error: unknown) => error);
  expect(failed).toBeInstanceOf(ClientError);
  expect(failed).toMatchObject({ code: "turn-unknown", turn: undefined });
});
