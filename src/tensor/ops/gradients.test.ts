import * as ort from "onnxruntime-node";
import { describe, expect, test } from "vitest";
import { gradients } from "../gradients.ts";
import { constant, input, type Shape, sizeOf, type Value } from "../graph.ts";
import { compile } from "../program.ts";
import { attention, attentionBothWays, rotary } from "./attention.ts";
import {
  add,
  divide,
  erf,
  exponential,
  gelu,
  logarithm,
  multiply,
  sigmoid,
  silu,
  subtract,
  swiglu,
} from "./elementwise.ts";
import { gather } from "./lookup.ts";
import { choiceLoss, crossEntropy } from "./loss.ts";
import { matmul } from "./matmul.ts";
import { layerNorm, rmsNorm, softmax } from "./normalise.ts";
import { sum } from "./reduce.ts";
import { concat, reshape, slice, split, stretch, transpose } from "./shape.ts";

/** Builds the operation from inputs of these shapes; it is differentiated with respect to all of them. */
type Build = (x: (name: string, shape: Shape) => Value) => Value;

const integers = (...values: number[]) => constant(BigInt64Array.from(values, BigInt), [values.length]);
const angles = Float32Array.from({ length: 6 }, (_, at) => at * 0.7);
const table = { cos: constant(angles.map(Math.cos), [3, 2]), sin: constant(angles.map(Math.sin), [3, 2]) };
const causalOf = (tokens: number) => {
  const mask = Float32Array.from({ length: tokens ** 2 }, (_, at) =>
    at % tokens <= Math.floor(at / tokens) ? 0 : -1e9,
  );
  return constant(mask, [1, 1, tokens, tokens]);
};
/** Shows what stands at these places of every four. */
const masked = (shape: Shape, shown: readonly number[] = [0, 1, 2]) =>
  constant(
    Float32Array.from({ length: sizeOf(shape) }, (_, at) => (shown.includes(at % 4) ? 0 : -1e9)),
    shape,
  );
const positive = (x: Value) => add(multiply(x, x), constant(Float32Array.of(1), []));

const cases: Readonly<Record<string, Build>> = {
  add: (x) => add(x("a", [2, 3]), x("b", [3])),
  "add, both stretched": (x) => add(x("a", [2, 1, 3]), x("b", [4, 1])),
  subtract: (x) => subtract(x("a", [2, 3]), x("b", [2, 1])),
  multiply: (x) => multiply(x("a", [2, 3]), x("b", [1, 3])),
  divide: (x) => divide(x("a", [2, 3]), positive(x("b", [3]))),
  logarithm: (x) => logarithm(positive(x("a", [2, 3]))),
  sigmoid: (x) => sigmoid(x("a", [2, 3])),
  silu: (x) => silu(x("a", [2, 3])),
  exponential: (x) => exponential(x("a", [2, 3])),
  erf: (x) => erf(x("a", [2, 3])),
  gelu: (x) => gelu(x("a", [2, 3])),
  swiglu: (x) => swiglu(x("a", [2, 3]), x("b", [2, 3])),
  sum: (x) => sum(x("a", [2, 3, 2]), [0, 2]),
  reshape: (x) => reshape(x("a", [2, 3]), [3, 2]),
  transpose: (x) => transpose(x("a", [2, 3, 2]), [2, 0, 1]),
  "slice (and pad, its gradient)": (x) => slice(x("a", [2, 5]), 1, 1, 4),
  "split, one part unused": (x) => {
    const [first, , last] = split(x("a", [2, 6]), 1, [1, 2, 3]);
    return concat(
      [last, first].flatMap((part) => part ?? []),
      1,
    );
  },
  concat: (x) => concat([x("a", [2, 3]), x("b", [2, 1])], 1),
  stretch: (x) => stretch(x("a", [2, 1]), [4, 2, 3]),
  matmul: (x) => matmul(x("a", [2, 3]), x("b", [3, 4])),
  "matmul, a transposed": (x) => matmul(x("a", [3, 2]), x("b", [3, 4]), { transA: true, alpha: 0.5 }),
  "matmul, b transposed": (x) => matmul(x("a", [2, 3]), x("b", [4, 3]), { transB: true, alpha: 2 }),
  "matmul, both transposed": (x) => matmul(x("a", [3, 2]), x("b", [4, 3]), { transA: true, transB: true }),
  "matmul with an addend": (x) => matmul(x("a", [2, 3]), x("b", [3, 4]), { alpha: 0.5, plus: x("c", [2, 4]) }),
  "matmul in batches": (x) => matmul(x("a", [2, 2, 3]), x("b", [2, 4, 3]), { transB: true, plus: x("c", [2, 2, 4]) }),
  "matmul of rows in batches by one matrix": (x) => matmul(x("a", [2, 2, 3]), x("b", [4, 3]), { transB: true }),
  "one matrix for two products in batches": (x) => {
    const b = x("b", [3, 3]);
    return add(matmul(x("a", [2, 2, 3]), b), matmul(x("c", [2, 2, 3]), b));
  },
  "a value used three times": (x) => {
    const a = x("a", [3, 3]);
    return add(matmul(a, x("b", [3, 3])), matmul(a, a, { transA: true }));
  },
  "gather (and scatter, its gradient)": (x) => gather(x("a", [4, 3]), integers(2, 0, 2)),
  "gather of an index in rows, rows taken twice": (x) =>
    gather(x("a", [4, 3]), constant(BigInt64Array.of(2n, 0n, 2n, 2n), [2, 2])),
  layerNorm: (x) => layerNorm(x("a", [2, 2, 5]), x("w", [5]), x("b", [5]), 1e-5),
  rmsNorm: (x) => rmsNorm(x("a", [2, 5]), x("w", [5]), 1e-5),
  softmax: (x) => softmax(x("a", [2, 5])),
  rotary: (x) => rotary(x("a", [2, 3, 8]), constant(BigInt64Array.of(0n, 1n, 2n, 0n, 0n, 1n), [2, 3]), table),
  attention: (x) => attention(x("q", [1, 3, 8]), x("k", [1, 3, 4]), x("v", [1, 3, 4]), causalOf(3), 2),
  // Two blocks of queries: the second is not whole.
  "attention in blocks": (x) =>
    attention(x("q", [1, 130, 4]), x("k", [1, 130, 2]), x("v", [1, 130, 2]), causalOf(130), 2),
  "attention of a row so long that its shares are computed again": (x) =>
    attention(x("q", [1, 530, 4]), x("k", [1, 530, 2]), x("v", [1, 530, 2]), causalOf(530), 2),
  "attention both ways, texts in one row": (x) =>
    attentionBothWays(x("q", [2, 3, 4]), x("k", [2, 3, 4]), x("v", [2, 3, 4]), masked([2, 1, 3, 3]), 2),
  "attention both ways, the same for all tokens of a row": (x) =>
    attentionBothWays(x("q", [2, 3, 4]), x("k", [2, 3, 4]), x("v", [2, 3, 4]), masked([2, 1, 1, 3]), 2),
  "choiceLoss, all from the same": (x) =>
    choiceLoss(x("a", [1, 5]), { among: masked([3, 5]), right: masked([3, 5], [0]) }, constant(random(3, 5), [3])),
  "choiceLoss, each from its own": (x) =>
    choiceLoss(x("a", [3, 5]), { among: masked([3, 5]), right: masked([3, 5], [0]) }, constant(random(3, 5), [3])),
  // Two chunks of rows: the second is not whole.
  crossEntropy: (x) =>
    crossEntropy(
      x("h", [260, 2]),
      constant(random(6, 9), [3, 2]),
      integers(...Array.from({ length: 260 }, (_, at) => at % 3)),
      constant(random(260, 5), [260]),
    ),
};

describe("The gradient is what finite differences say", () => {
  test.each(Object.entries(cases))("%s", async (_, build) => {
    const inputs = new Map<string, Value>();
    const output = build((name, shape) => {
      const value = inputs.get(name) ?? input(name, shape);
      inputs.set(name, value);
      return value;
    });
    const weights = random(sizeOf(output.shape), 77);
    const all = output.shape.map((_, axis) => axis);
    const loss = reshape(sum(multiply(output, constant(weights, output.shape)), all), []);
    const names = [...inputs.keys()];
    const derived = gradients(loss, [...inputs.values()]);
    const program = await compile(
      { "@output": output, ...Object.fromEntries(derived.map((value, at) => [`@${names[at]}`, value])) },
      { ort, threads: 1 },
    );
    const feeds = Object.fromEntries([...inputs].map(([name, { shape }], at) => [name, random(sizeOf(shape), at + 1)]));
    const found = await program.run(feeds);
    /** The loss in double precision, with one number of one input moved. */
    const lossAt = async (name: string, at: number, by: number) => {
      const data = feeds[name] ?? new Float32Array();
      const moved = { ...feeds, [name]: data.with(at, (data[at] ?? 0) + by) };
      const { "@output": values = new Float32Array() } = await program.run(moved);
      return values.reduce((total, value, index) => total + value * (weights[index] ?? 0), 0);
    };
    const step = 0.04;
    for (const [name, data] of Object.entries(feeds)) {
      const gradient = found[`@${name}`] ?? new Float32Array();
      const largest = Math.max(...gradient.map(Math.abs), 0.1);
      for (let at = 0; at < data.length; at += Math.ceil(data.length / 20)) {
        // Five-point rule: its error is of the step's fourth power.
        const near = (await lossAt(name, at, step)) - (await lossAt(name, at, -step));
        const far = (await lossAt(name, at, 2 * step)) - (await lossAt(name, at, -2 * step));
        const expected = (8 * near - far) / (12 * step);
        expect(Math.abs((gradient[at] ?? Number.NaN) - expected) / largest, `${name}[${at}]`).toBeLessThan(5e-4);
      }
    }
    await program.close();
  });
});

test("Shapes that do not fit are refused when the graph is built, with the operation and both shapes", () => {
  const a = input("a", [2, 3]);
  const b = input("b", [4, 5]);
  expect(() => matmul(a, b, { transB: true })).toThrow("matmul: [2, 3] and [4, 5]ᵀ do not multiply.");
  expect(() => add(a, b)).toThrow("add: [2, 3] and [4, 5] do not broadcast.");
  expect(() => reshape(a, [7])).toThrow("reshape: [2, 3] does not hold as many numbers as [7].");
  expect(() => gather(a, b)).toThrow("gather: rows of [2, 3] at float32 [4, 5]");
  expect(() => concat([a, b], 1)).toThrow("concat: [2, 3] and [4, 5] differ outside axis 1.");
});

/** Numbers in [−1, 1), the same for a seed. */
function random(length: number, seed: number): Float32Array {
  let state = seed * 2_654_435_761;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state / 2 ** 31 - 1;
  });
}
