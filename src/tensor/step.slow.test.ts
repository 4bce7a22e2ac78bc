import { readFile } from "node:fs/promises";
import * as ort from "onnxruntime-node";
import { expect, test } from "vitest";
import * as z from "zod";
import { chatModelFile } from "../../tests/chat-model.ts";
import { feedsOf, type Sequence } from "./batch.ts";
import { projections } from "./decoder.ts";
import { loraMatrices } from "./lora.ts";
import { gradientName, trainingStep } from "./step.ts";
import { readDecoder } from "./weights.ts";

const Reference = z.object({
  versions: z.record(z.string(), z.string()),
  rank: z.int(),
  alpha: z.int(),
  rows: z.array(z.tuple([z.array(z.int()), z.int()])),
  length: z.int(),
  loss: z.number(),
  gradients: z.array(z.tuple([z.number(), z.number()])),
});

test("Loss and LoRA gradients of the whole model are PyTorch's and PEFT's, for padded, packed and sharing rows", async () => {
  const path = new URL("./references/lora.json", import.meta.url);
  const reference = Reference.parse(JSON.parse(await readFile(path, "utf8")));
  const model = await readDecoder(await chatModelFile());
  const lora = { rank: reference.rank, alpha: reference.alpha, targets: projections };
  const matrices = loraMatrices(model.config, lora);
  const trained = Object.fromEntries(
    matrices.map(({ name, shape }, seed) => [
      name,
      Float32Array.from(numbers(shape[0] * shape[1], seed), (value) => value * 0.02),
    ]),
  );
  const sequences = reference.rows.map(([tokens, trainedFrom]): Sequence => ({ tokens, trainedFrom }));
  const picked = 40; // more than are needed
  const count = reference.rows.reduce((total, [tokens, start]) => total + tokens.length - start, 0);
  for (const batch of [
    { rows: sequences.map((one) => [one]), shape: { rows: 3, tokens: reference.length, picked } },
    { rows: [sequences], shape: { rows: 1, tokens: 80, picked } },
    { rows: [sharing(sequences)], shape: { rows: 1, tokens: 80, picked } },
  ]) {
    const program = await trainingStep({ ort, threads: 2, model, lora, batch: batch.shape });
    const { loss, ...gradients } = await program.run({ ...feedsOf(batch.rows, batch.shape, 1 / count), ...trained });
    await program.close();
    expect(Math.abs((loss?.[0] ?? Number.NaN) / reference.loss - 1)).toBeLessThan(1e-6);
    const errors = matrices.map(({ name }, at) => {
      const gradient = gradients[gradientName(name)] ?? new Float32Array();
      const [norm, projection] = reference.gradients[at] ?? [Number.NaN, Number.NaN];
      const directions = numbers(gradient.length, 10_000 + at);
      const own = gradient.reduce((sum, value, index) => sum + value * (directions[index] ?? 0), 0);
      // A projection may be near 0 by chance: its error counts relative to the norm, of which it is a part.
      return Math.max(Math.abs(Math.hypot(...gradient) / norm - 1), Math.abs(own - projection) / norm);
    });
    expect(Math.max(...errors)).toBeLessThan(1e-5);
  }
});

/** What all chats begin with is read once. */
function sharing([first, ...rest]: readonly Sequence[]): Sequence[] {
  const begun = (tokens: readonly number[]) => tokens.findIndex((token, at) => token !== first?.tokens[at]);
  const shared = Math.min(...rest.map(({ tokens }) => begun(tokens)));
  expect(shared).toBe(3);
  return [...(first === undefined ? [] : [first]), ...rest.map((one) => ({ ...one, shared }))];
}

/** As `numbers` of references/lora.py: in [−1, 1), exact in float32. */
function numbers(count: number, seed: number): Float64Array {
  return Float64Array.from({ length: count }, (_, index) => {
    let hashed = Math.imul(index + seed * 1_000_003 + 1, 2_654_435_761) >>> 0;
    hashed = Math.imul(hashed ^ (hashed >>> 15), 2_246_822_519) >>> 0;
    return (hashed >>> 8) / 2 ** 23 - 1;
  });
}
