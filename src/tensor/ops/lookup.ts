import { apply, constant, mismatch, show, type Value } from "../graph.ts";

/** Rows of a table [rows, width] at `indices` [n] (int64): [n, width]. An embedding is this. */
export function gather(table: Value, indices: Value): Value {
  const [rows, width] = table.shape;
  const [count] = indices.shape;
  if (
    rows === undefined ||
    width === undefined ||
    table.shape.length !== 2 ||
    count === undefined ||
    indices.type !== "int64"
  ) {
    throw mismatch(
      "gather",
      `rows of ${show(table.shape)} at ${indices.type} ${show(indices.shape)}; a matrix and an int64 list are needed`,
    );
  }
  return apply({
    operation: "gather",
    inputs: [table, indices],
    shape: [count, width],
    lower: (onnx, inputs) => onnx.node("Gather", inputs, { axis: 0 }),
    gradient: (g) => [() => scatter(g, indices, rows), null],
  });
}

/** The gradient of {@link gather}: rows of g added up where they were taken from. */
function scatter(g: Value, indices: Value, rows: number): Value {
  const [count = 0, width = 0] = g.shape;
  const zeros = constant(new Float32Array(rows * width), [rows, width]);
  return apply({
    operation: "scatter",
    inputs: [zeros, indices, g],
    shape: [rows, width],
    lower: (onnx, [into = "", at = "", updates = ""]) => {
      const column = onnx.node("Reshape", [at, onnx.integers(count, 1)]);
      return onnx.node("ScatterND", [into, column, updates], { reduction: { text: "add" } });
    },
    gradient: (up) => [null, null, () => gather(up, indices)],
  });
}
