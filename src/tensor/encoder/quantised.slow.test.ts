import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Tokenizer } from "@huggingface/tokenizers";
import * as ort from "onnxruntime-node";
import { expect, test } from "vitest";
import { bgeFiles } from "../../../tests/encoder-model.ts";
import { readQuantisedEncoder } from "./quantised.ts";
import { writeServedEncoder } from "./serve.ts";

const texts = [
  "How many days of leave do I have?",
  "Employees may carry over up to five days of annual leave into the first quarter of the next year.",
  "The reservoir was drained in 1994 so that engineers could inspect the dam's foundations; it took two summers to refill.",
  "Zinc supplementation in children under five was associated with a lower incidence of diarrhoea in four of six trials.",
  "def parse(line): return [field.strip() for field in line.split(',')]",
  "Ein Satz auf Deutsch: Größe, Straße, Übung.",
];

test("bge-small's int8 file, dequantised, gives the vectors of the served int8 model: cosine at least 0.99, mean 0.995", async () => {
  const { weights, tokenizer: path } = await bgeFiles();
  const model = await readQuantisedEncoder(weights, { heads: 12, epsilon: 1e-12 });
  const { vocabulary, width, layers, hidden, positions } = model.config;
  expect({ vocabulary, width, layers, hidden, positions }).toEqual({
    ...{ vocabulary: 30_522, width: 384, layers: 12, hidden: 1_536, positions: 512 },
  });
  const folder = await mkdtemp(join(tmpdir(), "pawl-quantised-"));
  const file = join(folder, "encoder.onnx");
  await writeServedEncoder(file, { model });
  const options = { intraOpNumThreads: 1 };
  const [served, float] = await Promise.all([weights, file].map((one) => ort.InferenceSession.create(one, options)));
  const tokenizer = new Tokenizer(JSON.parse(await readFile(path, "utf8")), {});
  const cosines: number[] = [];
  for (const text of texts) {
    const { ids } = tokenizer.encode(text);
    const tensor = (data: BigInt64Array) => new ort.Tensor("int64", data, [1, ids.length]);
    const fed = {
      input_ids: tensor(BigInt64Array.from(ids, BigInt)),
      attention_mask: tensor(new BigInt64Array(ids.length).fill(1n)),
      token_type_ids: tensor(new BigInt64Array(ids.length)),
    };
    const [a, b] = await Promise.all([served, float].map(async (one) => one?.run(fed)));
    cosines.push(cosine(first(a), first(b)));
  }
  await served?.release();
  await float?.release();
  await rm(folder, { recursive: true, force: true });
  expect(Math.min(...cosines)).toBeGreaterThan(0.99);
  expect(cosines.reduce((sum, value) => sum + value, 0) / cosines.length).toBeGreaterThan(0.995);
});

function first(outputs: ort.InferenceSession.OnnxValueMapType | undefined): Float32Array {
  const data = outputs?.last_hidden_state?.data;
  if (!(data instanceof Float32Array)) throw new Error("The encoder gave no hidden states.");
  return data.subarray(0, 384);
}

function cosine(a: Float32Array, b: Float32Array): number {
  const dot = (x: Float32Array, y: Float32Array) => x.reduce((sum, value, at) => sum + value * (y[at] ?? 0), 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}
