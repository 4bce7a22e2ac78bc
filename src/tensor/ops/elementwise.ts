import { apply, isSameShape, mismatch, type Shape, scalar, show, type Value, withGradient } from "../graph.ts";
import { sumTo } from "./reduce.ts";

/** a + b, each stretched to the other's shape (ONNX and numpy broadcasting). */
export function add(a: Value, b: Value): Value {
  return apply({
    operation: "add",
    inputs: [a, b],
    shape: broadcast("add", a.shape, b.shape),
    lower: (onnx, inputs) => onnx.node("Add", inputs),
    gradient: (g) => [() => sumTo(g, a.shape), () => sumTo(g, b.shape)],
  });
}

/** a − b, with broadcasting. */
export function subtract(a: Value, b: Value): Value {
  return apply({
    operation: "subtract",
    inputs: [a, b],
    shape: broadcast("subtract", a.shape, b.shape),
    lower: (onnx, inputs) => onnx.node("Sub", inputs),
    gradient: (g) => [() => sumTo(g, a.shape), () => sumTo(scale(g, -1), b.shape)],
  });
}

/** a ⊙ b, with broadcasting. */
export function multiply(a: Value, b: Value): Value {
  return apply({
    operation: "multiply",
    inputs: [a, b],
    shape: broadcast("multiply", a.shape, b.shape),
    lower: (onnx, inputs) => onnx.node("Mul", inputs),
    gradient: (g) => [() => sumTo(multiply(g, b), a.shape), () => sumTo(multiply(g, a), b.shape)],
  });
}

export function scale(x: Value, factor: number): Value {
  return multiply(x, scalar(factor));
}

/** ln x. */
export function logarithm(x: Value): Value {
  return apply({
    operation: "logarithm",
    inputs: [x],
    shape: x.shape,
    lower: (onnx, inputs) => onnx.node("Log", inputs),
    gradient: (g) => [() => divide(g, x)],
  });
}

/** a / b, with broadcasting. */
export function divide(a: Value, b: Value): Value {
  const quotient = apply({
    operation: "divide",
    inputs: [a, b],
    shape: broadcast("divide", a.shape, b.shape),
    lower: (onnx, inputs) => onnx.node("Div", inputs),
    gradient: (g) => [
      () => sumTo(divide(g, b), a.shape),
      () => sumTo(scale(divide(multiply(g, quotient), b), -1), b.shape),
    ],
  });
  return quotient;
}

/** σ(x) = 1 / (1 + e^−x). */
export function sigmoid(x: Value): Value {
  const s = apply({
    operation: "sigmoid",
    inputs: [x],
    shape: x.shape,
    lower: (onnx, inputs) => onnx.node("Sigmoid", inputs),
    gradient: (g) => [() => multiply(g, subtract(s, multiply(s, s)))],
  });
  return s;
}

/** x σ(x) (Elfwing et al. 2017, arXiv:1702.03118). Its derivative is s + y (1 − s), with s = σ(x) and y = x s at hand. */
export function silu(x: Value): Value {
  const s = sigmoid(x);
  const y = multiply(x, s);
  return withGradient("silu", y, [x], (g) => [() => multiply(g, add(s, subtract(y, multiply(y, s))))]);
}

/**
 * x Φ(x) with the normal distribution's Φ (Hendrycks and Gimpel 2016, arXiv:1606.08415, eq. 1), not its approximation by
 * tanh. Its derivative Φ(x) + x φ(x) is, with u = x / √2, (1 + erf u + 2 / √π · u e^(−u²)) / 2.
 */
export function gelu(x: Value): Value {
  return apply({
    operation: "gelu",
    inputs: [x],
    shape: x.shape,
    lower: (onnx, inputs) => onnx.node("Gelu", inputs),
    gradient: (g) => [
      () => {
        const u = scale(x, Math.SQRT1_2);
        const bell = multiply(scale(u, 2 / Math.sqrt(Math.PI)), exponential(scale(multiply(u, u), -1)));
        return multiply(scale(g, 0.5), add(add(erf(u), bell), scalar(1)));
      },
    ],
  });
}

/** The error function: 2 / √π ∫₀ˣ e^(−t²) dt. */
export function erf(x: Value): Value {
  return apply({
    operation: "erf",
    inputs: [x],
    shape: x.shape,
    lower: (onnx, inputs) => onnx.node("Erf", inputs),
    gradient: (g) => [() => multiply(g, scale(exponential(scale(multiply(x, x), -1)), 2 / Math.sqrt(Math.PI)))],
  });
}

/** eˣ. */
export function exponential(x: Value): Value {
  const y = apply({
    operation: "exponential",
    inputs: [x],
    shape: x.shape,
    lower: (onnx, inputs) => onnx.node("Exp", inputs),
    gradient: (g) => [() => multiply(g, y)],
  });
  return y;
}

/**
 * silu(gate) ⊙ up (Shazeer 2020, arXiv:2002.05202). With s = σ(gate) and y the result, d gate = s (up − y) + y: what the
 * result holds already is not computed again.
 */
export function swiglu(gate: Value, up: Value): Value {
  if (!isSameShape(gate.shape, up.shape)) throw mismatch("swiglu", `${show(gate.shape)} and ${show(up.shape)} differ`);
  const s = sigmoid(gate);
  const gated = multiply(gate, s);
  const y = multiply(gated, up);
  return withGradient("swiglu", y, [gate, up], (g) => [
    () => multiply(g, add(multiply(s, subtract(up, y)), y)),
    () => multiply(g, gated),
  ]);
}

/** Shapes aligned at their ends; a dimension of 1 stretches. */
export function broadcast(operation: string, a: Shape, b: Shape): Shape {
  const length = Math.max(a.length, b.length);
  return Array.from({ length }, (_, at) => {
    const left = a[at - length + a.length] ?? 1;
    const right = b[at - length + b.length] ?? 1;
    if (left !== right && left !== 1 && right !== 1)
      throw mismatch(operation, `${show(a)} and ${show(b)} do not broadcast`);
    return Math.max(left, right);
  });
}
