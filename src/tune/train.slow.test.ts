import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import * as ort from "onnxruntime-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PawlError, sha256 } from "#kernel";
import { openChatTokens } from "#models";
import { readDecoder, readSafetensors } from "#tensor";
import { chatModelFile } from "../../tests/chat-model.ts";
import { writeGgufAdapter } from "./adapter.ts";
import { checkMemory } from "./memory.ts";
import { type TrainOptions, trainLora } from "./train.ts";

const chat = (question: string, answer: string) => ({
  messages: [
    { role: "system" as const, content: "Answer in one word." },
    { role: "user" as const, content: question },
    { role: "assistant" as const, content: answer },
  ],
});
const examples = [
  chat("A fruit?", "Quince"),
  chat("A tree?", "Alder"),
  chat("A bird?", "Wren"),
  chat("A stone?", "Jasper"),
  chat("A river?", "Ouse"),
  chat("A metal?", "Zinc"),
];

let folder: string;
let common: Omit<TrainOptions, "folder" | "signal" | "report" | "recipe">;
let close: () => Promise<void>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pawl-train-"));
  const path = await chatModelFile();
  const opened = await openChatTokens(path);
  close = opened.close;
  const base = { path, sha256: sha256(await readFile(path)), name: "HuggingFaceTB/SmolLM2-135M-Instruct" };
  common = { base, tokens: opened.tokens, examples, validation: [chat("A flower?", "Aster")], ort, threads: 2 };
});
afterAll(async () => {
  await close();
  await rm(folder, { recursive: true, force: true });
});

const recipe = { rank: 4, alpha: 8, rowTokens: 64, batchTokens: 64, length: { steps: 8 }, validations: 2, warmup: 0 };
const none = new AbortController().signal;
const hash = async (path: string) => sha256(await readFile(path));

describe("trainLora on the default chat model", () => {
  test("lowers the loss, and goes on after an abort with the numbers it would have had", async () => {
    const seen: number[] = [];
    const whole = await trainLora({
      ...common,
      recipe,
      folder: join(folder, "whole"),
      signal: none,
      report: ({ step }) => seen.push(step),
    });
    expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(whole.steps).toBe(8);
    expect(whole.losses.at(-1)).toBeLessThan((whole.losses[0] ?? 0) * 0.7);
    expect(whole.validation?.after).toBeLessThan(whole.validation?.before ?? 0);

    const stop = new AbortController();
    const again = { ...common, recipe, folder: join(folder, "again") };
    const stopped = trainLora({
      ...again,
      signal: stop.signal,
      report: ({ step }) => {
        if (step === 3) stop.abort(new PawlError("cancelled", "Enough for now."));
      },
    });
    await expect(stopped).rejects.toMatchObject({ code: "cancelled" });
    const steps: number[] = [];
    const resumed = await trainLora({ ...again, signal: none, report: ({ step }) => steps.push(step) });
    expect(steps).toEqual([4, 5, 6, 7, 8]);
    expect(resumed.losses).toEqual(whole.losses);
    expect(await hash(resumed.adapter)).toBe(await hash(whole.adapter));

    const { tensors } = await readSafetensors(join(whole.peft, "adapter_model.safetensors"));
    expect(tensors).toHaveLength(30 * 7 * 2);
    expect(tensors[0]).toMatchObject({
      name: "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight",
      shape: [4, 576],
    });

    const other = trainLora({ ...again, recipe: { ...recipe, rank: 2 }, signal: none, report: () => {} });
    await expect(other).rejects.toMatchObject({ code: "conflict" });

    const further = { ...common, from: whole.adapter, recipe: { ...recipe, length: { steps: 1 } } };
    const begun = await trainLora({ ...further, folder: join(folder, "further"), signal: none, report: () => {} });
    expect(begun.losses[0]).toBeLessThan((whole.losses[0] ?? 0) * 0.7); // where the first one ended
  });

  test("goes on after kill -9 at any step with the numbers it would have had", async () => {
    const data = join(folder, "train.jsonl");
    await writeFile(data, examples.map((example) => JSON.stringify(example)).join("\n"));
    const validation = join(folder, "validation.jsonl");
    await writeFile(validation, JSON.stringify(common.validation[0]));
    /** Runs in a process of its own; killed when it says that this step is done. Resolves with the steps it said. */
    const run = async (out: string, killAt: number | null): Promise<number[]> => {
      const script = fileURLToPath(new URL("../../bench/tune-train.ts", import.meta.url));
      const files = ["--data", data, "--validation", validation, "--out", out, "--base", common.base.path];
      const flags = [...files, "--recipe", JSON.stringify(recipe), "--checkpoint", "0"];
      const child = spawn(process.execPath, ["--conditions=pawl-source", "--no-warnings", script, ...flags]);
      const steps: number[] = [];
      for await (const line of createInterface({ input: child.stderr })) {
        const [, step] = /^(\d+)\/8 /.exec(line) ?? [];
        if (step !== undefined) steps.push(Number(step));
        if (Number(step) === killAt) child.kill("SIGKILL");
      }
      return steps;
    };
    const out = join(folder, "killed");
    const killAt = 1 + Math.floor(Math.random() * 6);
    const before = await run(out, killAt);
    const after = await run(out, null);
    expect(after.at(-1), `killed at step ${killAt}`).toBe(8);
    expect(after[0]).toBeGreaterThanOrEqual(Math.max(...before)); // at most the step that was not yet on disk is done again
    expect(await hash(join(out, "adapter.gguf"))).toBe(await hash(join(folder, "whole", "adapter.gguf")));
  });

  test("stops where the learning rate is far too high, and keeps the last good state", async () => {
    const failed = trainLora({
      ...common,
      recipe: { ...recipe, learningRate: 1e30, clip: 1e30 },
      folder: join(folder, "diverged"),
      signal: none,
      report: () => {},
    });
    await expect(failed).rejects.toMatchObject({
      code: "training-diverged",
      hint: expect.stringContaining("too high"),
    });
    const { tensors } = await readSafetensors(join(folder, "diverged", "checkpoint.safetensors"));
    expect(tensors.every(({ data }) => data.every(Number.isFinite))).toBe(true);
  });

  test("refuses an adapter of another base, and one of other sizes", async () => {
    const model = await readDecoder(common.base.path);
    const lora = { rank: 2, alpha: 4, targets: ["attn_q"] as const };
    const zeros = (length: number) => new Float32Array(length);
    const values = Object.fromEntries(
      Array.from({ length: 30 }, (_, layer) => [
        [`blk.${layer}.attn_q.weight.lora_a`, zeros(2 * 576)] as const,
        [`blk.${layer}.attn_q.weight.lora_b`, zeros(576 * 2)] as const,
      ]).flat(),
    );
    const from = join(folder, "foreign.gguf");
    await writeGgufAdapter(from, { lora, values }, { model, sha256: "another" });
    const options = { ...common, from, recipe, folder: join(folder, "foreign"), signal: none, report: () => {} };
    await expect(trainLora(options)).rejects.toMatchObject({ code: "adapter-wrong-base" });
    await expect(trainLora({ ...options, from: common.base.path })).rejects.toMatchObject({
      code: "adapter-wrong-base",
    });
  });

  test("waits between runs for as long as it is told to", async () => {
    let waits = 0;
    await trainLora({
      ...common,
      validation: [],
      recipe: { ...recipe, length: { steps: 2 } },
      folder: join(folder, "paused"),
      signal: none,
      report: () => {},
      between: async () => {
        waits += 1;
      },
    });
    expect(waits).toBeGreaterThanOrEqual(2);
  });
});

test("Memory that will not suffice is said before anything is loaded into it", () => {
  expect(() => checkMemory(3e9, 2e9)).toThrow("This training takes about 3.0 GB of memory; 2.0 GB are free.");
});
