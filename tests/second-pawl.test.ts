import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Client, createClient } from "#server";
import { appFolder, type Command, startCommand, untilSaid } from "./command.ts";
import { smallApp, startPawl, type TestServer } from "./server.ts";

// One pawl is another's provider: by URL as it stands, and by a name in pawl.config.ts, with a key.
const key = "first-key-8c1e5f0a7b";
let first: TestServer;
let folder: string;
let second: Command;
let client: Client;
beforeAll(async () => {
  first = await startPawl({ env: { PAWL_API_KEY: key } });
  folder = await appFolder({
    app: smallApp(`model: "first/local/default", answer: "model", sampling: { maxTokens: 16 },`),
  });
  const baseUrl = `${first.url}/v1`;
  const providers = { first: { baseUrl, keyFrom: "FIRST_KEY" }, wrong: { baseUrl, keyFrom: "WRONG_KEY" } };
  writeFileSync(join(folder, "pawl.config.ts"), `export default ${JSON.stringify({ providers })};\n`);
  second = startCommand(["serve"], {
    cwd: folder,
    env: { PAWL_PORT: "0", FIRST_KEY: key, WRONG_KEY: "not-it-5d3c2b" },
  });
  const [, url = ""] = await untilSaid(second, /^pawl: (http:\S+)$/m);
  client = createClient({ baseUrl: url });
  await untilSaid(second, /small is ready/);
});
afterAll(async () => {
  second.child.kill("SIGTERM");
  await second.ended;
  await first.stop();
  rmSync(folder, { recursive: true, force: true });
});

const question = { messages: [{ role: "user" as const, content: "What may a hotel in London cost?" }] };

async function streamed(model: string) {
  let text = "";
  let chunks = 0;
  for await (const chunk of client.stream({ model, ...question, max_tokens: 12 })) {
    text += chunk.choices[0]?.delta.content ?? "";
    chunks += 1;
  }
  return { text, chunks };
}

describe("with a key, by a name of pawl.config.ts", () => {
  test("its model streams, and its app answers with what it found", async () => {
    const model = await streamed("first/local/default");
    expect(model.text).not.toBe("");
    expect(model.chunks).toBeGreaterThan(3);
    expect((await streamed("first/app/small")).text).toContain("140 pounds");
  });

  test("an app's route asks its model", async () => {
    const completion = await client.chat({ body: { model: "app/small", ...question } });
    const turn = await client.turn({ params: { id: completion.id } });
    expect(turn.spans.find((span) => span.kind === "model")).toMatchObject({
      name: expect.stringContaining("first/local/default"),
      usage: { outputTokens: expect.any(Number) },
    });
    expect(completion.usage.completion_tokens).toBeGreaterThan(0);
    const { turns } = await first.client.turns({ query: { app: "local/smollm2-135m-instruct", limit: 1 } });
    expect(turns[0]?.question).toContain("What may a hotel in London cost?"); // there it is a turn too
  });

  test("its embeddings are the same", async () => {
    const input = ["annual leave", "trains"];
    const model = "local/bge-small-en-v1.5";
    const [own, theirs] = await Promise.all([
      first.client.embeddings({ body: { model, input } }),
      client.embeddings({ body: { model: `first/${model}`, input } }),
    ]);
    for (const [i, { embedding }] of theirs.data.entries())
      for (const [j, value] of [...embedding].entries())
        expect(value).toBeCloseTo(Number(own.data[i]?.embedding[j]), 5);
  });

  test("its models and apps are listed", async () => {
    const { data } = await client.models();
    expect(data.map(({ id }) => id)).toEqual(
      expect.arrayContaining(["first/app/small", "first/local/bge-small-en-v1.5"]),
    );
  });

  test("its errors come through as they are", async () => {
    const unknown = client.chat({ body: { model: "first/app/smal", ...question } });
    await expect(unknown).rejects.toMatchObject({ code: "app-unknown", status: 404, hint: "Served here: small." });
    const refused = client.chat({ body: { model: "wrong/local/default", ...question } });
    await expect(refused).rejects.toMatchObject({ status: 401 });
  });
});

describe("by its URL", () => {
  test("without a key it is refused, and the hint says what it wants", async () => {
    const refused = streamed(`url:${first.url}/v1#local/default`);
    await expect(refused).rejects.toMatchObject({ status: 401, hint: expect.stringMatching(/key/i) });
  });

  test("a server without one answers: model, app and embeddings", async () => {
    // The second one is asked through itself: it has no key, and is as good a server as any.
    const url = /http:\S+/.exec(second.output())?.[0];
    expect((await streamed(`url:${url}/v1#app/small`)).text).not.toBe("");
    const body = { model: `url:${url}/v1#local/bge-small-en-v1.5`, input: "trains" };
    expect((await client.embeddings({ body })).data[0]?.embedding).toHaveLength(384);
  });
});
