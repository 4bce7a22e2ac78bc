import { expect, test } from "vitest";
import type { Models } from "#schema";
import { AppInput, completeApp } from "./define.ts";
import type { LoadedApp } from "./load.ts";
import { type FoundReader, releaseOf } from "./release.ts";

const describeOnly = { describe: async (id: string) => ({ id, version: "1" }) } as unknown as Models; // no more is asked
const skill = { model: "local/smollm2-135m-instruct", sha256: "a".repeat(64) };

const reader = { model: "local/minilm-reader", version: "1" };
const knowledge = { docs: "./docs" };

async function specOf(input: object, found: FoundReader) {
  const given = AppInput.parse({ name: "small", instructions: "Answer.", ...input });
  const app = completeApp(given);
  const loaded = { app, written: app, instructions: "Answer.", code: "none" } as LoadedApp;
  const { release, notes } = await releaseOf(
    loaded,
    describeOnly,
    async () => "none",
    async () => skill,
    async () => found,
  );
  return { ...release.spec, notes };
}

const none: FoundReader = { reader: null, note: null };

test.each<[string, Partial<AppInput>, string, string]>([
  ["the default model over documents", { knowledge }, "sentence", "reader"],
  ["an adapter that the app names", { knowledge, adapter: "./own.gguf" }, "model", "model"],
  ["another model", { knowledge, model: "openai/gpt-5-mini" }, "model", "model"],
  ["no documents", {}, "model", "model"],
  ["what the app says itself", { knowledge, answer: "sentence" }, "sentence", "sentence"],
])("Who answers without a reader and with one: %s", async (_, input, without, beside) => {
  expect((await specOf(input, none)).answer).toBe(without);
  const spec = await specOf(input, { reader, note: null });
  expect(spec.answer).toBe(beside);
  expect(spec.reader).toEqual(beside === "reader" ? reader : undefined);
});

test("A reader beside the model is the app's wish; without one it is told, and why", async () => {
  const wish = { knowledge, answer: "model", reader: true };
  expect(await specOf(wish, { reader, note: null })).toMatchObject({ answer: "model", reader });
  await expect(specOf(wish, none)).rejects.toMatchObject({ code: "model-unknown" });
  const lost = { reader: null, note: "Answers without the reader: it cannot be had." };
  await expect(specOf({ knowledge, answer: "reader" }, lost)).rejects.toMatchObject({ message: lost.note });
  expect(await specOf({ knowledge }, lost)).toMatchObject({ answer: "sentence", notes: [lost.note] });
});
