import { apply, applyMany, constant, isSameShape, mismatch, type Shape, show, sizeOf, type Value } from "../graph.ts";
import { broadcast } from "./elementwise.ts";
import { sumTo } from "./reduce.ts";

/** The same numbers in another shape. */
export function reshape(x: Value, shape: Shape): Value {
  if (sizeOf(x.shape) !== sizeOf(shape))
    throw mismatch("reshape", `${show(x.shape)} does not hold as many numbers as ${show(shape)}`);
  if (isSameShape(x.shape, shape)) return x;
  return apply({
    operation: "reshape",
    inputs: [x],
    shape,
    type: x.type,
    lower: (onnx, [name = ""]) => onnx.node("Reshape", [name, onnx.integers(...relative(x.shape, shape))]),
    gradient: (g) => [() => reshape(g, x.shape)],
  });
}

/**
 * The new shape in ONNX's words for "as before" (0) and "what is left" (−1): a graph whose rows and tokens are still
 * open ({@link lower}) then reshapes any number of them.
 */
function relative(from: Shape, to: Shape): number[] {
  const same = to.map((dimension, axis) => dimension === from[axis]);
  const open = to.flatMap((dimension, axis) => (same[axis] || dimension === 1 ? [] : [axis]));
  return to.map((dimension, axis) => (same[axis] ? 0 : open.length === 1 && open[0] === axis ? -1 : dimension));
}

/** Axes in another order: axis `i` of the result is axis `order[i]` of x. */
export function transpose(x: Value, order: readonly number[]): Value {
  if (
    !isSameShape(
      order.toSorted((a, b) => a - b),
      x.shape.map((_, axis) => axis),
    )
  ) {
    throw mismatch("transpose", `${show(order)} is no order of the axes of ${show(x.shape)}`);
  }
  return apply({
    operation: "transpose",
    inputs: [x],
    shape: order.map((axis) => x.shape[axis] ?? 1),
    lower: (onnx, inputs) => onnx.node("Transpose", inputs, { perm: { ints: order } }),
    gradient: (g) => [
      () =>
        transpose(
          g,
          order.map((_, axis) => order.indexOf(axis)),
        ),
    ],
  });
}

/** The part [start, end) of x along `axis`. */
export function slice(x: Value, axis: number, start: number, end: number): Value {
  const length = x.shape[axis] ?? 0;
  if (start < 0 || end > length || start >= end) {
    throw mismatch("slice", `[${start}, ${end}) is not inside axis ${axis} of ${show(x.shape)}`);
  }
  if (start === 0 && end === length) return x;
  return apply({
    operation: "slice",
    inputs: [x],
    shape: x.shape.with(axis, end - start),
    lower: (onnx, [name = ""]) =>
      onnx.node("Slice", [name, onnx.integers(start), onnx.integers(end), onnx.integers(axis)]),
    gradient: (g) => [() => pad(g, axis, start, length - end)],
  });
}

/** x cut along `axis` into parts of these lengths. */
export function split(x: Value, axis: number, lengths: readonly number[]): Value[] {
  if (sizeOfAll(lengths) !== x.shape[axis]) {
    throw mismatch("split", `axis ${axis} of ${show(x.shape)} is not ${lengths.join(" + ")}`);
  }
  if (lengths.length === 1) return [x];
  const shapes = lengths.map((length) => x.shape.with(axis, length));
  return applyMany({
    operation: "split",
    inputs: [x],
    shapes,
    lower: (onnx, [name = ""]) => onnx.many("Split", [name, onnx.integers(...lengths)], { axis }, lengths.length),
    gradient: (_, all) => [
      () =>
        concat(
          all.map((one, at) => one ?? zeros(shapes[at] ?? [])),
          axis,
        ),
    ],
  });
}

/** Values one after the other along `axis`. */
export function concat(parts: readonly Value[], axis: number): Value {
  const [first] = parts;
  if (first === undefined) throw mismatch("concat", "of no values");
  for (const part of parts) {
    if (!isSameShape(part.shape.with(axis, 0), first.shape.with(axis, 0))) {
      throw mismatch("concat", `${show(first.shape)} and ${show(part.shape)} differ outside axis ${axis}`);
    }
  }
  if (parts.length === 1) return first;
  const lengths = parts.map((part) => part.shape[axis] ?? 0);
  return apply({
    operation: "concat",
    inputs: parts,
    shape: first.shape.with(axis, sizeOfAll(lengths)),
    lower: (onnx, inputs) => onnx.node("Concat", inputs, { axis }),
    gradient: (g) => {
      const parts = split(g, axis, lengths);
      return parts.map((part) => () => part);
    },
  });
}

/** x repeated along every axis that is 1 until it has `shape`. */
export function stretch(x: Value, shape: Shape): Value {
  if (isSameShape(x.shape, shape)) return x;
  if (!isSameShape(broadcast("stretch", x.shape, shape), shape)) {
    throw mismatch("stretch", `${show(x.shape)} does not become ${show(shape)}`);
  }
  return apply({
    operation: "stretch",
    inputs: [x],
    shape,
    lower: (onnx, [name = ""]) => onnx.node("Expand", [name, onnx.integers(...shape)]),
    gradient: (g) => [() => sumTo(g, x.shape)],
  });
}

/** Zeros before and after x along `axis`. */
function pad(x: Value, axis: number, before: number, after: number): Value {
  const rank = x.shape.length;
  const pads = Array.from({ length: 2 * rank }, (_, at) => (at === axis ? before : at === rank + axis ? after : 0));
  const length = x.shape[axis] ?? 0;
  return apply({
    operation: "pad",
    inputs: [x],
    shape: x.shape.with(axis, before + length + after),
    lower: (onnx, [name = ""]) => onnx.node("Pad", [name, onnx.integers(...pads)]),
    gradient: (g) => [() => slice(g, axis, before, before + length)],
  });
}

function zeros(shape: Shape): Value {
  return constant(new Float32Array(sizeOf(shape)), shape);
}

function sizeOfAll(lengths: readonly number[]): number {
  return lengths.reduce((total, length) => total + length, 0);
}
