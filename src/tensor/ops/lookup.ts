import { apply, mismatch, show, sizeOf, type Value } from "../graph.ts";
import { reshape } from "./shape.ts";

/** Rows of a table [rows, width] at `indices` [...] (int64): [..., width]. An embedding is this. */
export function gather(table: Value, indices: Value): Value {
  const [rows, width] = table.shape;
  if (
    rows === undefined ||
    width === undefined ||
    table.shape.length !== 2 ||
    indices.shape.length === 0 ||
    indices.type !== "int64"
  ) {
    throw mismatch(
      "gather",
      `rows of ${show(table.shape)} at ${indices.type} ${show(indices.shape)}; a matrix and int64 indices are needed`,
    );
  }
  return apply({
    operation: "gather",
    inputs: [table, indices],
    shape: [...indices.shape, width],
    lower: (onnx, inputs) => onnx.node("Gather", inputs, { axis: 0 }),
    gradient: (g) => [() => scatter(g, indices, rows), null],
  });
}

/**
 * The gradient of {@link gather}: rows of g added up where they were taken from, one after the other. (ONNX Runtime's
 * `ScatterND` adds in several threads, which lose what they add to one row at one time.)
 */
function scatter(g: Value, indices: Value, rows: number): Value {
  const width = g.shape.at(-1) ?? 0;
  const count = sizeOf(indices.shape);
  return apply({
    operation: "scatter",
    inputs: [indices, reshape(g, [count, width])],
    shape: [rows, width],
    lower: (onnx, [at = "", updates = ""]) => {
      const zeros = onnx.node("ConstantOfShape", [onnx.integers(rows, width)]);
      const column = onnx.node("Reshape", [at, onnx.integers(count, 1)]);
      const everywhere = onnx.node("Expand", [column, onnx.integers(count, width)]);
      return onnx.node("ScatterElements", [zeros, everywhere, updates], { axis: 0, reduction: { text: "add" } });
    },
    gradient: (up) => [null, () => reshape(gather(up, indices), [count, width])],
  });
}

/** 0, 1, 2, … for the tokens of a row, [1, tokens] int64, from values of [rows, tokens]. */
export function placesOf(tokens: Value): Value {
  const [, length] = tokens.shape;
  if (length === undefined) throw mismatch("placesOf", `${show(tokens.shape)} has no second axis`);
  return apply({
    operation: "placesOf",
    inputs: [tokens],
    shape: [1, length],
    type: "int64",
    lower: (onnx, [name = ""]) => {
      const count = onnx.node("Squeeze", [onnx.node("Shape", [name], { start: 1, end: 2 })]);
      const [zero, one] = [onnx.constant(BigInt64Array.of(0n), []), onnx.constant(BigInt64Array.of(1n), [])];
      return onnx.node("Unsqueeze", [onnx.node("Range", [zero, count, one]), onnx.integers(0)]);
    },
    gradient: null,
  });
}

/** int64 as float32. */
export function toFloat(x: Value): Value {
  return apply({
    operation: "toFloat",
    inputs: [x],
    shape: x.shape,
    lower: (onnx, inputs) => onnx.node("Cast", inputs, { to: 1 }),
    gradient: null,
  });
}
