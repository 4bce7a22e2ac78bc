import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as ort from "onnxruntime-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { constant, input, sizeOf } from "../graph.ts";
import { compile } from "../program.ts";
import { type EncodedText, type EncoderExample, encoderFeeds } from "./batch.ts";
import {
  type EncoderConfig,
  encoder,
  encoderProjections,
  encoderWeights,
  inputsFor,
  type NamedShape,
} from "./encoder.ts";
import { type Head, headWeights, spanLogits } from "./heads.ts";
import { encoderLoraMatrices } from "./lora.ts";
import { writeServedEncoder } from "./serve.ts";
import { encoderStep } from "./step.ts";
import { type Encoder, readEncoder } from "./weights.ts";

const config: EncoderConfig = {
  ...{ vocabulary: 20, positions: 12, types: 2, width: 8, hidden: 16, layers: 2, heads: 2, epsilon: 1e-12 },
};
const head: Head = { kind: "spans" };
const model: Encoder = { config, weights: valuesOf(encoderWeights(config), 1) };
const headValues = valuesOf(headWeights(head, config.width), 500);
const question: EncodedText = { tokens: [1, 5, 2, 7, 8, 9, 2], secondFrom: 3 };
const other: EncodedText = { tokens: [1, 6, 2, 11, 2], secondFrom: 3 };
const shape = { rows: 2, tokens: 8, texts: 2, examples: 2 };
const asked = {
  kind: "spans",
  texts: [{ text: question, from: 3, to: 6 }],
  spans: [{ text: question, first: 3, last: 4 }],
};
const examples = [asked, { kind: "spans", texts: [{ text: other, from: 3, to: 4 }], spans: [] }] as EncoderExample[]; // literals

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pawl-encoder-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("What is written for serving is the graph, for any number of rows and tokens", async () => {
  const path = join(folder, "reader.onnx");
  await writeServedEncoder(path, { model, head: { head, weights: headValues } });
  const session = await ort.InferenceSession.create(path, { intraOpNumThreads: 1 });
  expect([session.inputNames.toSorted(), session.outputNames]).toEqual([
    ["attention_mask", "input_ids", "token_type_ids"],
    ["start", "end", "none"],
  ]);
  const weights = inputsFor([...encoderWeights(config), ...headWeights(head, config.width)]);
  for (const [rows, tokens] of [
    [1, 1],
    [1, 9],
    [3, 7],
    [2, 12],
  ] as const) {
    const ids = BigInt64Array.from({ length: rows * tokens }, (_, at) => BigInt((at * 7) % 20));
    const types = ids.map((_, at) => BigInt(at % 2));
    const lengths = Array.from({ length: rows }, (_, row) => Math.max(1, tokens - row)); // the last rows are padded
    const seen = ids.map((_, at) => BigInt(at % tokens < (lengths[Math.floor(at / tokens)] ?? 0)));
    const mask = Float32Array.from(seen, (value) => (value === 1n ? 0 : -1e9));
    const inputs = {
      tokens: input("tokens", [rows, tokens], "int64"),
      positions: constant(
        BigInt64Array.from({ length: tokens }, (_, at) => BigInt(at)),
        [1, tokens],
      ),
      types: input("types", [rows, tokens], "int64"),
      mask: input("mask", [rows, 1, 1, tokens]),
    };
    const bound = { ...model.weights, ...headValues };
    const program = await compile(
      { ...spanLogits(weights, encoder(config, inputs, weights)) },
      { ort, threads: 1, bound },
    );
    const expected = await program.run({ tokens: ids, types, mask });
    await program.close();
    const tensor = (data: BigInt64Array) => new ort.Tensor("int64", data, [rows, tokens]);
    const fed = { input_ids: tensor(ids), attention_mask: tensor(seen), token_type_ids: tensor(types) };
    const found = await session.run(fed);
    for (const [name, values] of Object.entries(expected)) {
      expect(found[name]?.dims).toEqual([rows, tokens]);
      expect(largestDifference(values, found[name]?.data)).toBeLessThan(1e-5);
    }
  }
  await session.release();
});

test.each<Head>([
  { kind: "classes", classes: 3, pooling: "mean" },
  { kind: "classes", classes: 3, pooling: "cls" },
  { kind: "pairs", pooling: "mean" },
])(
  "A served head of $kind, $pooling, gives the logits of the loss: cross-entropy of them is the step's",
  async (one) => {
    const path = join(folder, "head.onnx");
    const weights = valuesOf(headWeights(one, config.width), 500);
    await writeServedEncoder(path, { model, head: { head: one, weights } });
    const session = await ort.InferenceSession.create(path, { intraOpNumThreads: 1 });
    const { tokens } = question;
    const tensor = (data: readonly number[]) =>
      new ort.Tensor("int64", BigInt64Array.from(data, BigInt), [1, tokens.length]);
    const found = await session.run({
      input_ids: tensor(tokens),
      attention_mask: tensor(tokens.map(() => 1)),
      token_type_ids: tensor(tokens.map((_, at) => Number(at >= question.secondFrom))),
    });
    await session.release();
    const logits = Array.from((one.kind === "classes" ? found.logits : found.score)?.data ?? [], Number);
    const all = one.kind === "classes" ? logits : [...logits, 0];
    const expected = Math.log(all.reduce((sum, logit) => sum + Math.exp(logit), 0)) - (logits[0] ?? Number.NaN);
    const example: EncoderExample =
      one.kind === "classes"
        ? { kind: "classes", text: question, right: [0] }
        : { kind: "pairs", texts: [question], right: [question], orNone: true };
    const program = await encoderStep({ ort, threads: 1, model, head: one, batch: shape, trained: [] });
    const { loss } = await program.run({
      ...encoderFeeds([[other], [question]], [example], { head: one, shape, weight: 1 }),
      ...weights,
    });
    await program.close();
    expect(loss?.[0]).toBeCloseTo(expected, 5);
  },
);

test("LoRA's loss is that of the weights with B A added, and its gradients are finite differences of it", async () => {
  const lora = { rank: 2, alpha: 3, targets: encoderProjections };
  const matrices = encoderLoraMatrices(config, lora);
  const values = valuesOf(matrices, 900);
  const trained = matrices.map(({ name }) => name);
  const feeds = { ...encoderFeeds([[question], [other]], examples, { head, shape, weight: 0.5 }), ...headValues };
  const program = await encoderStep({ ort, threads: 1, model, head, batch: shape, trained, lora });
  const { loss, ...gradients } = await program.run({ ...feeds, ...values });

  const shapes = new Map(encoderWeights(config).map((one) => [one.name, one.shape]));
  const merged = Object.fromEntries(
    Object.entries(model.weights).map(([name, weight]) => {
      const [out = 0, into = 0] = shapes.get(name) ?? [];
      const [a, b] = [values[`${name}.lora_a`], values[`${name}.lora_b`]];
      if (a === undefined || b === undefined) return [name, weight];
      const added = (at: number) =>
        [0, 1].reduce((sum, r) => sum + (b[Math.floor(at / into) * 2 + r] ?? 0) * (a[r * into + (at % into)] ?? 0), 0);
      expect(weight.length).toBe(out * into);
      return [name, weight.map((value, at) => value + 1.5 * added(at))];
    }),
  );
  const whole = await encoderStep({
    ort,
    threads: 1,
    model: { config, weights: merged },
    head,
    batch: shape,
    trained: [],
  });
  const { loss: expected } = await whole.run(feeds);
  await whole.close();
  expect(loss?.[0]).toBeCloseTo(expected?.[0] ?? Number.NaN, 5);

  for (const name of [trained[0] ?? "", trained.at(-1) ?? ""]) {
    const lossAt = async (by: number) => {
      const data = values[name] ?? new Float32Array();
      const moved = await program.run({ ...feeds, ...values, [name]: data.with(1, (data[1] ?? 0) + by) });
      return moved.loss?.[0] ?? Number.NaN;
    };
    const difference = ((await lossAt(0.05)) - (await lossAt(-0.05))) / 0.1;
    expect(gradients[`${name}.gradient`]?.[1]).toBeCloseTo(difference, 3);
  }
  await program.close();
});

test("Examples that do not fit are refused with the reason", () => {
  const options = { head, shape, weight: 1 };
  const feed =
    (rows: EncodedText[][], ...all: EncoderExample[]) =>
    () =>
      encoderFeeds(rows, all, options);
  expect(feed([[question, other]])).toThrow("a text of 5 tokens does not fit");
  expect(feed([[question], [question]])).toThrow("stands twice");
  expect(feed([[other]], ...examples)).toThrow("an example's text stands in no row");
  const outside: EncoderExample = {
    ...examples[0],
    kind: "spans",
    texts: [{ text: question, from: 3, to: 6 }],
    spans: [{ text: question, first: 3, last: 6 }],
  };
  expect(feed([[question]], outside)).toThrow("the span 3 to 6 does not lie where its example may be answered");
  expect(feed([[question]], { kind: "classes", text: question, right: [0] })).toThrow("classes for a head of spans");
});

test("An encoder of another kind is refused with what pawl reads", async () => {
  const path = join(folder, "config.json");
  const { writeFile } = await import("node:fs/promises");
  await writeFile(path, JSON.stringify({ model_type: "roberta", hidden_act: "gelu" }));
  await expect(readEncoder({ weights: path, config: path })).rejects.toMatchObject({ code: "unsupported-option" });
});

function largestDifference(expected: Float32Array, found: unknown): number {
  if (!(found instanceof Float32Array) || found.length !== expected.length) return Number.NaN;
  return expected.reduce((most, value, at) => Math.max(most, Math.abs(value - (found[at] ?? Number.NaN))), 0);
}

/** Small numbers, the same for a seed; norms' weights near 1. */
function valuesOf(named: readonly NamedShape[], seed: number): Record<string, Float32Array> {
  return Object.fromEntries(
    named.map(({ name, shape }, index) => {
      let state = (seed + index) * 2_654_435_761;
      const values = Float32Array.from({ length: sizeOf(shape) }, () => {
        state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
        return (state / 2 ** 31 - 1) * 0.5 + Number(name.endsWith("LayerNorm.weight"));
      });
      return [name, values];
    }),
  );
}
