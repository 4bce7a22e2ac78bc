import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Client, createClient } from "#server";
import { appFolder, type Command, startCommand, untilSaid } from "./command.ts";

// `pawl dev` while its user edits: documents, the app's file, a file that it imports.
let folder: string;
let server: Command;
let client: Client;
beforeAll(async () => {
  folder = await appFolder();
  server = startCommand(["dev"], { cwd: folder, env: { PAWL_PORT: "0" } });
  const [, url = ""] = await untilSaid(server, /^pawl: (http:\S+)$/m);
  client = createClient({ baseUrl: url });
  await untilSaid(server, /small is ready/);
});
afterAll(async () => {
  server.child.kill("SIGTERM");
  expect((await server.ended).code).toBe(0);
  rmSync(folder, { recursive: true, force: true });
});

const edit = (name: string, change: (text: string) => string) =>
  writeFileSync(join(folder, name), change(readFileSync(join(folder, name), "utf8")));
const app = async () => (await client.apps()).apps[0];
const ask = async (question: string) => {
  const completion = await client.chat({
    body: { model: "app/small", messages: [{ role: "user", content: question }] },
  });
  return { answer: completion.choices[0]?.message.content, release: completion.pawl?.release };
};
const hotels = "What may a hotel in London cost?";
const soon = { timeout: 60_000, interval: 200 };

describe("pawl dev", () => {
  test("reads an edited document, and a new release answers from it", async () => {
    const before = await ask(hotels);
    expect(before.answer).toContain("140 pounds");
    edit("docs/travel.md", (text) => text.replace("140 pounds", "155 pounds"));
    await expect.poll(() => ask(hotels), soon).toMatchObject({ answer: expect.stringContaining("155 pounds") });
    await expect.poll(async () => (await ask(hotels)).release, soon).not.toBe(before.release);
    expect(server.output()).toMatch(/changed: .*travel\.md/);
  });

  test("reads a document that is new, and forgets one that is gone", async () => {
    writeFileSync(join(folder, "docs", "dogs.md"), "# Dogs\n\nDogs may come to the office on Fridays.\n");
    const dogs = "On which day may dogs come to the office?";
    await expect.poll(() => ask(dogs), soon).toMatchObject({ answer: expect.stringContaining("Fridays") });
    rmSync(join(folder, "docs", "dogs.md"));
    await expect.poll(async () => (await client.documents()).total, soon).toBe(2);
    await expect.poll(async () => (await ask(dogs)).answer, soon).not.toContain("Fridays");
  });

  test("loads an edited app.ts: a new release, kept beside the old one", async () => {
    const before = await app();
    edit("app.ts", (text) => text.replace("Answer questions from", "Answer politely from"));
    await expect.poll(app, soon).toMatchObject({ instructions: "Answer politely from the documents." });
    const live = async () => {
      const [{ releases }, now] = await Promise.all([client.releases({ query: { app: "small" } }), app()]);
      return releases.find(({ id }) => id === now?.release);
    };
    await expect.poll(live, soon).toMatchObject({ spec: { instructions: "Answer politely from the documents." } });
    const { releases } = await client.releases({ query: { app: "small" } });
    expect(releases.map(({ id }) => id)).toContain(before?.release);
  });

  test("goes on with the old release while app.ts is broken, and shows the error with its line", async () => {
    const before = await app();
    const good = readFileSync(join(folder, "app.ts"), "utf8");
    edit("app.ts", (text) => text.replace("knowledge:", "knowledge"));
    await expect.poll(app, soon).toMatchObject({
      error: { code: "app-malformed", message: expect.stringMatching(/app\.ts:6:/) },
    });
    expect(server.output()).toMatch(/app\.ts:6:\d+.*\(app-malformed\)/);
    expect(await client.health()).toMatchObject({ status: "ready" });
    expect(await ask(hotels)).toMatchObject({ release: before?.release, answer: expect.stringContaining("155") });

    writeFileSync(join(folder, "app.ts"), good);
    await expect.poll(app, soon).toMatchObject({ error: null, release: before?.release });
  });

  test("loads app.ts anew when a file that it imports or reads changes", async () => {
    writeFileSync(join(folder, "words.ts"), `export const words = "Answer from words.";\n`);
    edit(
      "app.ts",
      (text) => `import { words } from "./words.ts";\n${text.replace(/instructions: .*,/, "instructions: words,")}`,
    );
    await expect.poll(app, soon).toMatchObject({ instructions: "Answer from words.", error: null });
    edit("words.ts", (text) => text.replace("from words", "from other words"));
    await expect.poll(app, soon).toMatchObject({ instructions: "Answer from other words." });
  });

  test("watches documents outside of the app's folder too", async () => {
    const outside = mkdtempSync(join(tmpdir(), "pawl-outside-"));
    edit("app.ts", (text) => text.replace('"./docs"', JSON.stringify(["./docs", outside])));
    const knowledge = async () => (await client.knowledge()).collections[0]?.sources;
    await expect.poll(knowledge, soon).toEqual(["./docs", outside]);
    writeFileSync(join(outside, "parking.md"), "# Parking\n\nThe car park closes at 21:30.\n");
    const parking = () => ask("When does the car park close?");
    await expect.poll(parking, soon).toMatchObject({ answer: expect.stringContaining("21:30") });
    rmSync(outside, { recursive: true });
  });
});

test("an app that was broken at the start is served under its name once it is mended", async () => {
  const other = await appFolder();
  const good = readFileSync(join(other, "app.ts"), "utf8");
  writeFileSync(join(other, "app.ts"), good.replace("knowledge:", "knowledge"));
  const dev = startCommand(["dev"], { cwd: other, env: { PAWL_PORT: "0" } });
  const [, url = ""] = await untilSaid(dev, /^pawl: (http:\S+)$/m);
  await untilSaid(dev, /app-malformed/);
  const { health } = createClient({ baseUrl: url });
  expect(await health()).toMatchObject({ status: "failed" });
  writeFileSync(join(other, "app.ts"), good);
  await expect.poll(() => health(), soon).toMatchObject({ status: "ready", apps: [{ name: "small", error: null }] });
  dev.child.kill("SIGTERM"); // it may just be beginning to watch the documents that the file now names
  await dev.ended;
  rmSync(other, { recursive: true });
});
