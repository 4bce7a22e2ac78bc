import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LlamaContextSequence, Token } from "node-llama-cpp";
import * as ort from "onnxruntime-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { feedsOf, loraMatrices, projections, readDecoder, type Sequence, scoringStep, writeDecoder } from "#tensor";
import { chatModelFile } from "../../tests/chat-model.ts";
import { writeGgufAdapter } from "./adapter.ts";

const questions = [
  "When does the office open on Monday?",
  "Name the largest planet.",
  "Who wrote Faust?",
  "What is the capital of France?",
  "How many legs has a spider?",
  "Translate 'good morning' into French.",
  "What is water made of?",
  "Name three colours.",
  "What is the opposite of hot?",
  "Who painted the Mona Lisa?",
  "What does a baker do?",
  "How long is a marathon?",
  "Write a sentence about rain.",
  "What is 7 times 8?",
  "Which animal barks?",
  "What is the boiling point of water?",
  "Name a language spoken in Brazil.",
  "Why is the sky blue?",
  "What comes after Tuesday?",
  "Give a word that rhymes with cat.",
];
const reference = "I do not know for certain, but the answer is probably in the second chapter.";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pawl-parity-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("The graph with an adapter is llama.cpp with the adapter's file: log-probabilities and greedy answers", async () => {
  const model = await readDecoder(await chatModelFile());
  const base = join(folder, "base.gguf");
  await writeDecoder(base, model);
  const lora = { rank: 4, alpha: 8, targets: projections };
  let state = 1;
  const random = () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state / 2 ** 31 - 1) * 0.03;
  };
  const values = Object.fromEntries(
    loraMatrices(model.config, lora).map(({ name, shape }) => [
      name,
      Float32Array.from({ length: shape[0] * shape[1] }, random),
    ]),
  );
  const path = join(folder, "adapter.gguf");
  await writeGgufAdapter(path, { lora, values }, { model, sha256: "of the dequantised file", type: "F32" });

  const { getLlama, LlamaLogLevel } = await import("node-llama-cpp");
  const llama = await getLlama({
    gpu: false,
    build: "never",
    skipDownload: true,
    maxThreads: 1,
    logLevel: LlamaLogLevel.error,
  });
  const engine = await llama.loadModel({ modelPath: base });
  const context = await engine.createContext({
    contextSize: 256,
    threads: 1,
    lora: { adapters: [{ filePath: path }] },
  });
  const sequence = context.getSequence();
  const shape = { rows: 1, tokens: 64, picked: 32 };
  const program = await scoringStep({ ort, threads: 1, model, lora, batch: shape });
  /** Of the tokens from `start` on: ln p as the graph has it, and of the likeliest token at that place. */
  const score = async (tokens: readonly number[], start: number) => {
    const scored: Sequence = { tokens, trainedFrom: start };
    const found = await program.run({ ...feedsOf([[scored]], shape, 1), ...values });
    const count = tokens.length - start;
    return { own: [...(found.logProbabilities ?? [])].slice(0, count), best: [...(found.best ?? [])].slice(0, count) };
  };

  const differences: number[] = [];
  let equal = 0;
  for (const question of questions) {
    const prompt = engine.tokenize(`<|im_start|>user\n${question}<|im_end|>\n<|im_start|>assistant\n`, true);
    const answer = engine.tokenize(reference);
    const theirs = await logProbabilities(sequence, prompt, answer);
    const ours = await score([...prompt, ...answer], prompt.length);
    differences.push(...ours.own.map((value, at) => Math.abs(value - (theirs[at] ?? Number.NaN))));

    await sequence.clearHistory();
    const greedy: Token[] = [];
    for await (const token of sequence.evaluate(prompt, { temperature: 0, yieldEogToken: true })) {
      greedy.push(token);
      if (greedy.length === 16 || engine.isEogToken(token)) break;
    }
    // Given the same tokens so far, each of llama.cpp's is the graph's likeliest: then both write the same.
    const { own, best } = await score([...prompt, ...greedy], prompt.length);
    if (own.every((value, at) => (best[at] ?? 0) - value < 1e-4)) equal += 1;
  }
  await program.close();
  await llama.dispose();
  const mean = differences.reduce((sum, value) => sum + value, 0) / differences.length;
  expect(mean).toBeLessThanOrEqual(0.05);
  expect(equal).toBeGreaterThanOrEqual(18);
}, 300_000);

/** ln p of each token of `answer` after `prompt`, as llama.cpp has it. */
async function logProbabilities(sequence: LlamaContextSequence, prompt: readonly Token[], answer: readonly Token[]) {
  await sequence.clearHistory();
  const all = [...prompt, ...answer];
  const asked = all.map((token, at) =>
    at >= prompt.length - 1 && at < all.length - 1
      ? ([token, { generateNext: { probabilities: true } }] satisfies [Token, object])
      : token,
  );
  const outputs = await sequence.controlledEvaluate(asked);
  return answer.map((token, at) => Math.log(outputs[prompt.length - 1 + at]?.next.probabilities?.get(token) ?? 0));
}
