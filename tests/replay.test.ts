import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openPawl, type Pawl } from "#host";
import { given, spansOf } from "#trace";
import { appFolder } from "./command.ts";
import { smallApp } from "./server.ts";

// A stored turn, run again in this process: under its own release, under another, with a step's output given.
const question = "What may a hotel in London cost?";
let folder: string;
let pawl: Pawl;
let turn: Awaited<ReturnType<Pawl["ask"]>>;
const app = (instructions: string) =>
  smallApp(`sampling: { maxTokens: 24 },`).replace("Answer questions from the documents.", instructions);
const sources = ({ spans }: { spans: typeof turn.spans }) =>
  Object.fromEntries(spans.map((span) => [span.path, span.source]));

beforeAll(async () => {
  folder = await appFolder({ app: app("Answer from the documents.") });
  pawl = await openPawl({ app: folder });
  turn = await pawl.ask(question, { answer: "model" });
});
afterAll(async () => {
  await pawl.close();
  rmSync(folder, { recursive: true, force: true });
});

describe("under the turn's own release", () => {
  test("nothing runs, and the answer is the same", async () => {
    const again = await pawl.replay(turn, { faithful: true });
    expect(new Set(again.spans.map((span) => span.source))).toEqual(new Set(["replay"]));
    expect(again.answer).toEqual(turn.answer);
    expect(again.id).not.toBe(turn.id);
  });

  test("from a step on, that step and what follows it run", async () => {
    const again = await pawl.replay(turn, { before: "model" });
    expect(sources(again)).toEqual({
      retrieve: "replay",
      compose: "replay",
      route: "replay",
      model: "work",
      answer: "work",
    });
    expect(again.answer?.text).toBe(turn.answer?.text); // greedy, and the same to the letter
  });

  test("a step that is not there is an error that names those that are", async () => {
    await expect(pawl.replay(turn, { before: "rerank" })).rejects.toMatchObject({
      code: "not-found",
      hint: expect.stringContaining("retrieve, compose, route, model, answer"),
    });
  });
});

describe("with retrieval given", () => {
  test("what depends on it runs, over the passage that was given", async () => {
    const right = await pawl.foundAt({ path: "docs/travel.md", quote: "Trains are booked through Wayfare" });
    expect(right.passages).toHaveLength(1);
    expect(right.passages[0]).toMatchObject({ title: "Travel › Trains", path: "docs/travel.md" });
    const again = await pawl.replay(turn.id, { known: [given("retrieve", right)] });
    expect(sources(again)).toEqual({
      retrieve: "given",
      compose: "work",
      route: "replay",
      model: "work",
      answer: "work",
    });
    const prompt = JSON.stringify(again.spans.find((span) => span.kind === "compose")?.output);
    expect(prompt).toContain("Wayfare");
    expect(prompt).not.toContain("140 pounds");
  });

  test("the sentence that was given is the answer, with its citation", async () => {
    const right = await pawl.foundAt({ path: "docs/leave.md", quote: "They lapse on 30 June." });
    const answered = await pawl.ask(question, { answer: "sentence", known: [given("retrieve", right)] });
    expect(answered.answer).toMatchObject({
      abstained: false,
      citations: [{ quote: "They lapse on 30 June.", support: 1 }],
    });
  });

  test("words that the document does not hold, and a path that is not there, are refused", async () => {
    await expect(pawl.foundAt({ path: "docs/leave.md", quote: "ten days" })).rejects.toMatchObject({
      code: "bad-request",
    });
    await expect(pawl.foundAt({ path: "docs/no.md", quote: "x" })).rejects.toMatchObject({ code: "document-unknown" });
  });
});

describe("under another release", () => {
  test("only what differs runs: retrieval is known, prompt, model and answer are not", async () => {
    const stored = turn.id;
    const earlier = pawl.release.id;
    await pawl.close();
    writeFileSync(join(folder, "app.ts"), app("Answer briefly, from the documents."));
    pawl = await openPawl({ app: folder });
    expect(pawl.release.id).not.toBe(earlier);

    const other = await pawl.replay(stored, { release: pawl.release.id });
    expect(other.release).toBe(pawl.release.id);
    expect(sources(other)).toMatchObject({ retrieve: "replay", compose: "work", model: "work" });
    const composed = other.spans.find((span) => span.kind === "compose");
    expect(composed?.notes).toEqual([
      "The step is another one than was recorded (compose passages, with other input).",
    ]);

    const same = await pawl.replay(stored);
    expect(same.release).toBe(earlier);
    expect(new Set(same.spans.map((span) => span.source))).toEqual(new Set(["replay"]));
    await expect(pawl.replay(stored, { release: pawl.release.id, faithful: true })).rejects.toMatchObject({
      code: "replay-mismatch",
    });
  });

  test("spans are known sources for any question of the user's", async () => {
    const first = await pawl.turn(turn.id);
    const again = await pawl.ask(question, { answer: "sentence", known: [spansOf(first.spans)] });
    expect(sources(again)).toEqual({ retrieve: "replay", answer: "work" });
  });
});
