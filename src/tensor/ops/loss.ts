import { isSameShape, mismatch, show, type Value, withGradient } from "../graph.ts";
import { add, divide, logarithm, multiply, subtract } from "./elementwise.ts";
import { gather } from "./lookup.ts";
import { matmul } from "./matmul.ts";
import { softmax } from "./normalise.ts";
import { maximum, sum, sumTo } from "./reduce.ts";
import { concat, reshape, slice } from "./shape.ts";

/** Rows whose logits are in memory at one time: 256 × 49,152 are 50 MB. Fewer make the products slower. */
const chunkRows = 256;

/**
 * Weighted cross-entropy of the next token: Σᵢ wᵢ (log Σⱼ e^(hᵢ·vⱼ) − hᵢ·v_yᵢ). `hidden` [n, width], the frozen output
 * embedding `table` [vocabulary, width], `labels` [n] int64, `weights` [n] (0 leaves a row out; 1 / count makes a mean).
 *
 * The gradient, wᵢ (softmax(hᵢ Vᵀ) V − v_yᵢ), is computed beside the loss, rows in chunks, so that logits never exist
 * for more than `chunkRows` of them (as Liger's fused loss does: Hsu et al. 2024, arXiv:2410.10989, §3.2). The label's
 * part is a row of the table: no array of the vocabulary's length is ever made one-hot.
 */
export function crossEntropy(hidden: Value, table: Value, labels: Value, weights: Value): Value {
  const [count = 0, width = 0] = hidden.shape;
  if (table.shape[1] !== width || !isSameShape(labels.shape, [count]) || !isSameShape(weights.shape, [count])) {
    throw mismatch(
      "crossEntropy",
      `hidden ${show(hidden.shape)}, table ${show(table.shape)}, labels ${show(labels.shape)}, weights ${show(weights.shape)}`,
    );
  }
  const losses: Value[] = [];
  const directions: Value[] = [];
  const targets = gather(table, labels); // [n, width]
  const columns = reshape(weights, [count, 1]);
  for (let start = 0; start < count; start += chunkRows) {
    const part = (x: Value) => slice(x, 0, start, Math.min(count, start + chunkRows));
    const [h, target, weight] = [part(hidden), part(targets), part(columns)];
    const logits = matmul(h, table, { transB: true }); // [rows, vocabulary]
    const p = softmax(logits);
    const total = sumInParts(p);
    // log Σ e^x = max x − log max p: both maxima are of the same token, whose p is never too small for its logarithm.
    const logSum = subtract(maximum(logits), logarithm(divide(maximum(p), total)));
    losses.push(sum(multiply(weight, subtract(logSum, sum(multiply(h, target), [1]))), [0]));
    directions.push(multiply(weight, subtract(divide(matmul(p, table), total), target)));
  }
  const loss = reshape(losses.reduce(add), []);
  const direction = concat(directions, 0);
  return withGradient("crossEntropy", loss, [hidden], (g) => [() => multiply(direction, g)]);
}

/**
 * Weighted cross-entropy of choosing rightly: Σᵢ wᵢ (log Σ_{j among} e^(xᵢⱼ) − log Σ_{j right} e^(xᵢⱼ)). Where several
 * choices are right their probabilities add up (Clark and Gardner 2018, arXiv:1710.10723, eq. 2). `logits` [n, choices],
 * or [1, choices] that all choose from; `among` and `right` [n, choices] are added to them: 0 for what may be chosen (is
 * right), a large negative number for what not; `weights` [n].
 */
export function choiceLoss(logits: Value, choices: { among: Value; right: Value }, weights: Value): Value {
  const { among, right } = choices;
  const [count = 0, width = 0] = among.shape;
  const fits = isSameShape(logits.shape, [1, width]) || isSameShape(logits.shape, [count, width]);
  if (!fits || !isSameShape(right.shape, among.shape) || !isSameShape(weights.shape, [count])) {
    throw mismatch(
      "choiceLoss",
      `logits ${show(logits.shape)}, among ${show(among.shape)}, right ${show(right.shape)}, weights ${show(weights.shape)}`,
    );
  }
  const weight = reshape(weights, [count, 1]);
  const [all, good] = [among, right].map((mask) => {
    const seen = add(logits, mask);
    const p = softmax(seen);
    const total = sumInParts(p);
    return { p: divide(p, total), logSum: subtract(maximum(seen), logarithm(divide(maximum(p), total))) };
  });
  if (all === undefined || good === undefined) throw new Error("choiceLoss has two masks.");
  const loss = reshape(sum(multiply(weight, subtract(all.logSum, good.logSum)), [0]), []);
  const direction = sumTo(multiply(weight, subtract(all.p, good.p)), logits.shape);
  return withGradient("choiceLoss", loss, [logits], (g) => [() => multiply(direction, g)]);
}

/** ln p of each label, and of the likeliest token at its place, [n] each; equal (to rounding) where it is the label. */
export function labelLogProbabilities(hidden: Value, table: Value, labels: Value) {
  const logits = matmul(hidden, table, { transB: true });
  const p = softmax(logits);
  const best = logarithm(divide(maximum(p), sumInParts(p)));
  const below = subtract(sum(multiply(hidden, gather(table, labels)), [1]), maximum(logits)); // 0 or less
  return { logProbabilities: reshape(add(below, best), labels.shape), best: reshape(best, labels.shape) };
}

/**
 * Σ p of each row, [n, 1]. It should be 1, but a softmax in float32 adds 49,152 numbers one after the other and is 5e-6 off,
 * and with it every gradient: about as much as all the rest of the model together. Sums of sums of √vocabulary numbers
 * are right to 1e-7.
 */
function sumInParts(p: Value): Value {
  const [rows = 0, vocabulary = 0] = p.shape;
  let parts = Math.floor(Math.sqrt(vocabulary));
  while (vocabulary % parts !== 0) parts -= 1;
  return reshape(sum(sum(reshape(p, [rows, parts, vocabulary / parts]), [2]), [1]), [rows, 1]);
}
