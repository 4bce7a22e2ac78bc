import { apply, isSameShape, mismatch, type Shape, show, type Value } from "../graph.ts";
import { reshape, stretch } from "./shape.ts";

/** Sum over `axes` (from 0), which stay with length 1. */
export function sum(x: Value, axes: readonly number[]): Value {
  const beyond = axes.find((axis) => axis < 0 || axis >= x.shape.length);
  if (beyond !== undefined) throw mismatch("sum", `${show(x.shape)} has no axis ${beyond}`);
  return apply({
    operation: "sum",
    inputs: [x],
    shape: x.shape.map((dimension, axis) => (axes.includes(axis) ? 1 : dimension)),
    lower: (onnx, [name = ""]) => onnx.node("ReduceSum", [name, onnx.integers(...axes)], { keepdims: 1 }),
    gradient: (g) => [() => stretch(g, x.shape)],
  });
}

/** Maximum over the last axis, which stays with length 1; a shift for exponentials, so no gradient passes. */
export function maximum(x: Value): Value {
  return apply({
    operation: "maximum",
    inputs: [x],
    shape: [...x.shape.slice(0, -1), 1],
    lower: (onnx, [name = ""]) => onnx.node("ReduceMax", [name, onnx.integers(x.shape.length - 1)], { keepdims: 1 }),
    gradient: null,
  });
}

/** What broadcasting did, undone: the sum over every axis along which `shape` was stretched to x's. */
export function sumTo(x: Value, shape: Shape): Value {
  if (isSameShape(x.shape, shape)) return x;
  const extra = x.shape.length - shape.length;
  const axes = x.shape.flatMap((dimension, axis) => {
    const kept = axis < extra ? 1 : (shape[axis - extra] ?? 1);
    return kept === 1 && dimension !== 1 ? [axis] : [];
  });
  return reshape(axes.length === 0 ? x : sum(x, axes), shape);
}
