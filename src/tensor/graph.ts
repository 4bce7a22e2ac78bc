import { PawlError } from "#kernel";
import type { Onnx } from "./onnx.ts";

export type Shape = readonly number[];
export type ElementType = "float32" | "int64";

/**
 * A tensor that a graph computes. A graph has no object of its own: it is whatever its outputs are made from. So
 * operations are functions from values to values, and differentiation and lowering walk back from the outputs.
 */
export type Value = { readonly shape: Shape; readonly type: ElementType; readonly from: Origin; readonly at: number };

/** Where a value comes from: fed at each run, known when built, or computed by a node (as its `at`-th output). */
export type Origin =
  | { readonly kind: "input"; readonly name: string }
  | { readonly kind: "constant"; readonly data: Float32Array | BigInt64Array }
  | Node;

export type Node = {
  readonly kind: "node";
  readonly operation: string;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  /** Writes the operation as ONNX nodes; gets the inputs' names, returns the outputs'. */
  readonly lower: (onnx: Onnx, inputs: readonly string[]) => readonly string[];
  /** Null: no gradient passes. */
  readonly gradient: Gradient | null;
};

/**
 * How the loss changes with each input, given how it changes with the node's outputs (`upstream` is the first that
 * matters; most nodes have one): a function for each input, called only where that input's gradient is asked for; null
 * where none passes. `sum` is what other uses of the input have contributed already: an operation that can add to it
 * cheaply returns the sum of both, others leave it.
 */
export type Gradient = (
  upstream: Value,
  all: readonly (Value | undefined)[],
) => readonly (((sum: Value | undefined) => Contribution) | null)[];
export type Contribution = Value | { readonly summed: Value };

export function input(name: string, shape: Shape, type: ElementType = "float32"): Value {
  return { shape, type, from: { kind: "input", name }, at: 0 };
}

export function constant(data: Float32Array | BigInt64Array, shape: Shape): Value {
  if (sizeOf(shape) !== data.length) throw mismatch("constant", `${show(shape)} does not hold ${data.length} numbers`);
  return { shape, type: data instanceof Float32Array ? "float32" : "int64", from: { kind: "constant", data }, at: 0 };
}

export function scalar(number: number): Value {
  return constant(Float32Array.of(number), []);
}

/** One operation applied: everything pawl knows of it stands in one call (its shape rule comes before). */
export function apply(node: {
  operation: string;
  inputs: readonly Value[];
  shape: Shape;
  /** float32 where nothing is said. */
  type?: ElementType;
  lower: (onnx: Onnx, inputs: readonly string[]) => string;
  gradient: Gradient | null;
}): Value {
  const { shape, type = "float32", lower, ...rest } = node;
  const outputs: Value[] = [];
  const from: Node = { ...rest, kind: "node", outputs, lower: (onnx, names) => [lower(onnx, names)] };
  const value: Value = { shape, type, from, at: 0 };
  outputs.push(value);
  return value;
}

/** The same for an operation with several outputs. */
export function applyMany(node: Omit<Node, "kind" | "outputs"> & { shapes: readonly Shape[] }): Value[] {
  const { shapes, ...rest } = node;
  const outputs: Value[] = [];
  const from: Node = { ...rest, kind: "node", outputs };
  outputs.push(...shapes.map((shape, at): Value => ({ shape, type: "float32", from, at })));
  return outputs;
}

/**
 * `value`, which was computed from `inputs` by any operations, with a gradient written directly instead of derived:
 * where mathematics knows a shorter way, or where what is needed was computed on the way. Nothing at run time.
 */
export function withGradient(operation: string, value: Value, inputs: readonly Value[], gradient: Gradient): Value {
  return apply({
    operation,
    inputs: [...inputs, value],
    shape: value.shape,
    lower: (_, names) => names[inputs.length] ?? "",
    gradient: (upstream, all) => [...gradient(upstream, all), null],
  });
}

export function sizeOf(shape: Shape): number {
  return shape.reduce((size, dimension) => size * dimension, 1);
}

export function isSameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dimension, at) => dimension === b[at]);
}

export function show(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}

/** The error of a graph that does not fit together: names the operation and the shapes. */
export function mismatch(operation: string, what: string): PawlError {
  return new PawlError("shape-mismatch", `${operation}: ${what}.`, {
    hint: "Shapes are checked when the graph is built; the stack trace shows the line that built it.",
  });
}

/** Every node that `outputs` are made from, each after its inputs. */
export function inOrder(outputs: readonly Value[]): Node[] {
  const order: Node[] = [];
  const seen = new Set<Node>();
  // A stack of our own: a deep model is deeper than JavaScript's.
  const stack = outputs.toReversed().map((value) => ({ origin: value.from, isOpen: false }));
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const { origin, isOpen } = top;
    if (origin.kind !== "node") continue;
    if (isOpen) order.push(origin);
    else if (!seen.has(origin)) {
      seen.add(origin);
      stack.push({ origin, isOpen: true });
      for (const value of origin.inputs.toReversed()) stack.push({ origin: value.from, isOpen: false });
    }
  }
  return order;
}
