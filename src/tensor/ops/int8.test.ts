import * as ort from "onnxruntime-node";
import { expect, test } from "vitest";
import { constant, input } from "../graph.ts";
import { compile } from "../program.ts";
import { int8Dense, int8Rows, productLevels, toInt8 } from "./int8.ts";

const values = Float32Array.from({ length: 8 * 16 }, (_, at) => Math.sin(at * 12.9898) * (1 + (at >> 4)));

test("A matrix in int8 is within half a level of each of its rows", () => {
  const { data, scales } = toInt8(values, [8, 16], 127);
  values.forEach((value, at) => {
    const scale = scales[at >> 4] ?? 0;
    expect(Math.abs(value - (data[at] ?? 0) * scale)).toBeLessThanOrEqual(scale / 2 + 1e-6);
  });
  expect([...toInt8(new Float32Array(4), [2, 2], 127).scales]).toEqual([0, 0]);
});

test("A product in int8 is near the product, and no sum overflows at the largest activations", async () => {
  const bias = Float32Array.from({ length: 8 }, (_, at) => at);
  const y = int8Dense(input("x", [2, 1, 16]), toInt8(values, [8, 16], productLevels), constant(bias, [8]));
  const program = await compile({ y }, { ort, threads: 1 });
  const alternating = Float32Array.from({ length: 32 }, (_, at) =>
    at < 16 ? Math.sign(values[at] ?? 0) : Math.cos(at),
  );
  const { y: found = new Float32Array() } = await program.run({ x: alternating });
  await program.close();
  for (let row = 0; row < 2; row += 1) {
    for (let out = 0; out < 8; out += 1) {
      const terms = Array.from(
        { length: 16 },
        (_, k) => (alternating[row * 16 + k] ?? 0) * (values[out * 16 + k] ?? 0),
      );
      const expected = terms.reduce((sum, term) => sum + term, bias[out] ?? 0);
      const size = terms.reduce((sum, term) => sum + Math.abs(term), 0);
      expect(Math.abs((found[row * 8 + out] ?? Number.NaN) - expected)).toBeLessThan(0.02 * size);
    }
  }
});

test("Rows of a table in int8 are the table's, for indices of any shape", async () => {
  const at = constant(BigInt64Array.of(7n, 0n, 3n, 3n), [2, 2]);
  const program = await compile({ rows: int8Rows(toInt8(values, [8, 16], 127), at) }, { ort, threads: 1 });
  const { rows = new Float32Array() } = await program.run({});
  await program.close();
  [7, 0, 3, 3].forEach((row, place) => {
    for (let k = 0; k < 16; k += 1) {
      expect(Math.abs((rows[place * 16 + k] ?? Number.NaN) - (values[row * 16 + k] ?? 0))).toBeLessThan(
        (row + 1) / 200,
      );
    }
  });
});
