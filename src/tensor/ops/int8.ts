import { apply, isSameShape, mismatch, show, type Value } from "../graph.ts";

/** A matrix [rows, columns] in int8 with one scale for each row: value = data · scale. */
export type Int8Matrix = { rows: number; columns: number; data: Int8Array; scales: Float32Array };

/** A matrix [rows, columns] rounded to whole multiples of each row's largest magnitude / `levels` (127 at most). */
export function toInt8(values: Float32Array, [rows, columns]: readonly [number, number], levels: number): Int8Matrix {
  const data = new Int8Array(values.length);
  const scales = new Float32Array(rows);
  for (let row = 0; row < rows; row += 1) {
    const own = values.subarray(row * columns, (row + 1) * columns);
    const scale = own.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / levels;
    scales[row] = scale;
    if (scale === 0) continue;
    for (let at = 0; at < columns; at += 1) data[row * columns + at] = Math.round((own[at] ?? 0) / scale);
  }
  return { rows, columns, data, scales };
}

/**
 * Levels of a matrix that int8 activations are multiplied by: seven bits. Processors without an instruction of their own
 * for it add two products in 16 bits, and 2 · 255 · 64 still fits.
 */
export const productLevels = 64;

/**
 * x Wᵀ + b with W [out, in] in int8 and x [..., in] turned into int8 at each run; for serving, so without a gradient. b
 * [out].
 */
export function int8Dense(x: Value, matrix: Int8Matrix, bias: Value): Value {
  const { rows: out, columns: into, data, scales } = matrix;
  if (x.shape.at(-1) !== into || !isSameShape(bias.shape, [out])) {
    throw mismatch("int8Dense", `${show(x.shape)} by ${show([out, into])}ᵀ with a bias of ${show(bias.shape)}`);
  }
  return apply({
    operation: "int8Dense",
    inputs: [x, bias],
    shape: [...x.shape.slice(0, -1), out],
    lower: (onnx, [name = "", added = ""]) => {
      const columns = new Int8Array(data.length); // [in, out]
      for (let row = 0; row < out; row += 1) {
        for (let at = 0; at < into; at += 1) columns[at * out + row] = data[row * into + at] ?? 0;
      }
      const b = onnx.constant(columns, [into, out]);
      return onnx.microsoft("DynamicQuantizeMatMul", [name, b, onnx.constant(scales, [out]), "", added]);
    },
    gradient: null,
  });
}

/** Rows of a table in int8 at `indices` [...] (int64), as float32: [..., columns]; without a gradient. */
export function int8Rows({ rows, columns, data, scales }: Int8Matrix, indices: Value): Value {
  return apply({
    operation: "int8Rows",
    inputs: [indices],
    shape: [...indices.shape, columns],
    lower: (onnx, [at = ""]) => {
      const found = onnx.node("Gather", [onnx.constant(data, [rows, columns]), at], { axis: 0 });
      const scale = onnx.node("Gather", [onnx.constant(scales, [rows, 1]), at], { axis: 0 }); // [..., 1]
      return onnx.node("Mul", [onnx.node("Cast", [found], { to: 1 }), scale]);
    },
    gradient: null,
  });
}
