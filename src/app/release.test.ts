import { expect, test } from "vitest";
import type { Models } from "#schema";
import { AppInput, completeApp } from "./define.ts";
import type { LoadedApp } from "./load.ts";
import { releaseOf } from "./release.ts";

const describeOnly = { describe: async (id: string) => ({ id, version: "1" }) } as unknown as Models; // no more is asked
const skill = { model: "local/smollm2-135m-instruct", sha256: "a".repeat(64) };

async function answerOf(input: object): Promise<string> {
  const given = AppInput.parse({ name: "small", instructions: "Answer.", ...input });
  const app = completeApp(given);
  const loaded = { app, written: app, instructions: "Answer.", code: "none" } as LoadedApp;
  const { release } = await releaseOf(
    loaded,
    describeOnly,
    async () => "none",
    async () => skill,
    async () => ({ reader: null, note: null }),
  );
  return release.spec.answer;
}

const knowledge = { docs: "./docs" };

test.each<[string, Partial<AppInput>, string]>([
  ["the default model over documents, with the shipped skill", { knowledge }, "sentence"],
  ["an adapter that the app names", { knowledge, adapter: "./own.gguf" }, "model"],
  ["another model", { knowledge, model: "openai/gpt-5-mini" }, "model"],
  ["no documents", {}, "model"],
  ["what the app says itself", { knowledge, answer: "model" }, "model"],
])("%s: answered by the %s", async (_, input, answer) => {
  expect(await answerOf(input)).toBe(answer);
});
