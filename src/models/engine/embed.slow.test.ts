import { afterAll, beforeAll, expect, test } from "vitest";
import { silent } from "#kernel";
import { type Python, pythonWith } from "../../../tests/python.ts";
import { findEntry } from "../catalog.ts";
import { ensureFile, modelsFolder } from "../files.ts";
import { EmbedModel } from "./embed.ts";
import { Lane } from "./lane.ts";

const signal = new AbortController().signal;
let model: EmbedModel;
let paths: { weights: string; tokenizer: string };
let python: Python | null;

beforeAll(async () => {
  python = await pythonWith(["onnxruntime==1.30.0", "tokenizers==0.23.3", "numpy==2.4.6"]);
  const entry = findEntry("local/bge-small-en-v1.5");
  if (entry?.tokenizer == null) throw new Error("The catalog has lost its embedder.");
  const files = { folder: modelsFolder(process.env), env: process.env, signal, report: silent };
  paths = {
    weights: (await ensureFile(entry, entry.weights, files)).path,
    tokenizer: (await ensureFile(entry, entry.tokenizer, files)).path,
  };
  model = await EmbedModel.load(paths, { maxTokens: 512 });
});
afterAll(() => model.close());

const texts = [
  "How many days of leave do I have?",
  "",
  "Employees may carry over up to five days of annual leave into the first quarter of the next year.",
  "Ein Satz auf Deutsch: Größe, Straße, Übung. 日本語のテキスト 😀 café naïve",
  "word ".repeat(900),
  "a\tb\n\n  c  — “quoted” … <|im_end|> [MASK] [SEP]",
];

test("Vectors are those of Python's onnxruntime 1.30.0 and tokenizers 0.23.3 on the same file, to 1e-4", async (context) => {
  if (python === null) return context.skip("no pip or no onnxruntime for this Python");
  const program = `
import sys, json, numpy as np, onnxruntime as ort
from tokenizers import Tokenizer
texts, weights, tokenizer_path = json.load(sys.stdin)
tokenizer = Tokenizer.from_file(tokenizer_path)
tokenizer.enable_truncation(512)
session = ort.InferenceSession(weights, providers=["CPUExecutionProvider"])
out = []
for text in texts:
    e = tokenizer.encode(text)
    ids = np.array([e.ids], dtype=np.int64)
    h = session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)})[0]
    v = h[0, 0] / np.linalg.norm(h[0, 0])
    out.append([len(e.ids), v.tolist()])
print(json.dumps(out))`;
  const expected = (await python(program, [texts, paths.weights, paths.tokenizer])) as [number, number[]][]; // as printed
  for (const [index, text] of texts.entries()) {
    const job = { texts: [text], pooling: "cls", priority: "interactive" } as const;
    const { vectors, inputTokens } = await model.embed(job, new Lane(), signal);
    const [tokens, vector] = expected[index] ?? [0, []];
    expect(inputTokens).toBe(tokens);
    const worst = Math.max(...vector.map((value, at) => Math.abs(value - (vectors[0]?.[at] ?? 0))));
    expect(worst).toBeLessThan(1e-4);
  }
});

test("A batch is given back in the order of its texts, each a unit vector", async () => {
  const job = { texts, pooling: "cls", priority: "background" } as const;
  const { vectors } = await model.embed(job, new Lane(), signal);
  const alone = await model.embed({ ...job, texts: [texts[2] ?? ""] }, new Lane(), signal);
  const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0);
  for (const vector of vectors) expect(dot(vector, vector)).toBeCloseTo(1, 5);
  // int8 activations are scaled over the whole batch, so neighbours move a vector a little.
  expect(dot(vectors[2] ?? new Float32Array(), alone.vectors[0] ?? new Float32Array())).toBeGreaterThan(0.99);
});
