import { apply, applyMany, isSameShape, mismatch, show, type Value, withGradient } from "../graph.ts";
import { multiply, scale, subtract } from "./elementwise.ts";
import { sum, sumTo } from "./reduce.ts";

/**
 * Root mean square normalisation over the last axis: y = w ⊙ x r, r = 1 / √(mean(x²) + ε) (Zhang and Sennrich 2019,
 * arXiv:1910.07467, eq. 4). x [..., width], w [width].
 */
export function rmsNorm(x: Value, weight: Value, epsilon: number): Value {
  const width = x.shape.at(-1) ?? 0;
  if (!isSameShape(weight.shape, [width]))
    throw mismatch("rmsNorm", `${show(x.shape)} with weights ${show(weight.shape)}`);
  const axis = x.shape.length - 1;
  const reduced = [...x.shape.slice(0, -1), 1];
  const [y, r] = applyMany({
    operation: "rmsNorm",
    inputs: [x, weight],
    shapes: [x.shape, reduced],
    gradient: null, // given below, to the first output
    lower: (onnx, inputs) =>
      onnx.many("SimplifiedLayerNormalization", inputs, { axis: -1, epsilon: { float: epsilon }, stash_type: 1 }, 2),
  });
  if (y === undefined || r === undefined) throw new Error("rmsNorm has two outputs.");
  return withGradient("rmsNorm", y, [x, weight], (g) => [
    // With h = g ⊙ w: dx = r h − x r³ mean(h ⊙ x).
    () => {
      const h = multiply(g, weight);
      const mean = scale(sum(multiply(h, x), [axis]), 1 / width);
      return subtract(multiply(h, r), multiply(x, multiply(mean, multiply(r, multiply(r, r)))));
    },
    () => sumTo(multiply(g, multiply(x, r)), weight.shape),
  ]);
}

/**
 * Layer normalisation over the last axis: y = w ⊙ x̂ + b, x̂ = (x − mean x) r, r = 1 / √(variance x + ε) (Ba et al. 2016,
 * arXiv:1607.06450, eq. 4). x [..., width], w and b [width].
 */
export function layerNorm(x: Value, weight: Value, bias: Value, epsilon: number): Value {
  const width = x.shape.at(-1) ?? 0;
  if (!isSameShape(weight.shape, [width]) || !isSameShape(bias.shape, [width])) {
    throw mismatch("layerNorm", `${show(x.shape)} with weights ${show(weight.shape)}, bias ${show(bias.shape)}`);
  }
  const axis = x.shape.length - 1;
  const reduced = [...x.shape.slice(0, -1), 1];
  const [y, mean, r] = applyMany({
    operation: "layerNorm",
    inputs: [x, weight, bias],
    shapes: [x.shape, reduced, reduced],
    gradient: null, // given below, to the first output
    lower: (onnx, inputs) => onnx.many("LayerNormalization", inputs, { axis: -1, epsilon: { float: epsilon } }, 3),
  });
  if (y === undefined || mean === undefined || r === undefined) throw new Error("layerNorm has three outputs.");
  return withGradient("layerNorm", y, [x, weight, bias], (g) => {
    const centred = multiply(subtract(x, mean), r);
    return [
      // With h = g ⊙ w: dx = r (h − mean(h) − x̂ mean(h ⊙ x̂)).
      () => {
        const h = multiply(g, weight);
        const along = scale(sum(multiply(h, centred), [axis]), 1 / width);
        return multiply(r, subtract(subtract(h, scale(sum(h, [axis]), 1 / width)), multiply(centred, along)));
      },
      () => sumTo(multiply(g, centred), weight.shape),
      () => sumTo(g, bias.shape),
    ];
  });
}

/** e^x / Σ e^x over the last axis. */
export function softmax(x: Value): Value {
  const axis = x.shape.length - 1;
  const p = apply({
    operation: "softmax",
    inputs: [x],
    shape: x.shape,
    lower: (onnx, inputs) => onnx.node("Softmax", inputs, { axis: -1 }),
    gradient: (g) => [() => multiply(p, subtract(g, sum(multiply(g, p), [axis])))],
  });
  return p;
}
