import { apply, isSameShape, mismatch, show, type Value, withGradient } from "../graph.ts";
import { add, multiply, scale, subtract } from "./elementwise.ts";
import { matmul } from "./matmul.ts";
import { softmax } from "./normalise.ts";
import { sum } from "./reduce.ts";
import { concat, reshape, slice, split, transpose } from "./shape.ts";

/** Cosines and sines of every position's angles: [positions, headDim / 2] each. */
export type RotaryTable = { cos: Value; sin: Value };

/**
 * Rotary position embedding (Su et al. 2021, arXiv:2104.09864, eq. 34), the halves of a head paired as Llama's public
 * weights have it: with x = (a, b), (a cos − b sin, b cos + a sin). x [rows, tokens, heads · headDim], `positions`
 * [rows, tokens] int64. It turns each pair, so its gradient turns back.
 */
export function rotary(x: Value, positions: Value, table: RotaryTable): Value {
  const [rows = 0, tokens = 0, width = 0] = x.shape;
  const headDim = (table.cos.shape[1] ?? 0) * 2;
  if (!isSameShape(positions.shape, [rows, tokens]) || width % headDim !== 0 || x.shape.length !== 3) {
    throw mismatch("rotary", `${show(x.shape)} at positions ${show(positions.shape)} with heads of ${headDim}`);
  }
  return apply({
    operation: "rotary",
    inputs: [x, positions, table.cos, table.sin],
    shape: x.shape,
    lower: (onnx, inputs) => onnx.microsoft("RotaryEmbedding", inputs, { interleaved: 0 }),
    gradient: (g) => [() => rotary(g, positions, { cos: table.cos, sin: scale(table.sin, -1) }), null, null, null],
  });
}

/** Queries that look at keys together: fewer would make more nodes, more would compute scores that the mask hides. */
const blockTokens = 128;

/**
 * Causal grouped-query attention (Ainslie et al. 2023, arXiv:2305.13245): each key-value head serves `queries / keys`
 * query heads, whose rows are stacked, so that K and V are never repeated. Queries go in blocks, each with the keys up
 * to its end only: what the future hides is not computed. `mask` [rows, 1, tokens, tokens] is added to the scaled
 * scores: 0 where a token may look, a large negative number where not.
 *
 * q [rows, tokens, heads · headDim], k and v [rows, tokens, keyHeads · headDim] → as q.
 */
export function attention(q: Value, k: Value, v: Value, mask: Value, headDim: number): Value {
  const [rows = 0, tokens = 0, width = 0] = q.shape;
  const keyHeads = (k.shape[2] ?? 0) / headDim;
  const group = width / headDim / keyHeads;
  if (!Number.isInteger(group) || !isSameShape(k.shape, v.shape) || !isSameShape(k.shape.slice(0, 2), [rows, tokens])) {
    throw mismatch(
      "attention",
      `queries ${show(q.shape)}, keys ${show(k.shape)}, values ${show(v.shape)}, heads of ${headDim}`,
    );
  }
  if (!isSameShape(mask.shape, [rows, 1, tokens, tokens])) {
    throw mismatch("attention", `a mask of ${show(mask.shape)} for ${rows} rows of ${tokens} tokens`);
  }
  const heads = (x: Value) => transpose(reshape(x, [rows, tokens, keyHeads, headDim]), [0, 2, 1, 3]);
  const [keys, values] = [heads(k), heads(v)]; // [rows, keyHeads, tokens, headDim]
  const lengths = Array.from({ length: Math.ceil(tokens / blockTokens) }, (_, at) =>
    Math.min(blockTokens, tokens - at * blockTokens),
  );
  const blocks = split(q, 1, lengths).map((block, at) => {
    const start = at * blockTokens;
    const length = lengths[at] ?? 0;
    const end = start + length;
    const grouped = reshape(block, [rows, length, keyHeads, group, headDim]);
    const stacked = reshape(transpose(grouped, [0, 2, 3, 1, 4]), [rows, keyHeads, group * length, headDim]);
    const hidden = slice(slice(mask, 2, start, end), 3, 0, end);
    const out = weigh(stacked, slice(keys, 2, 0, end), slice(values, 2, 0, end), hidden);
    const unstacked = transpose(reshape(out, [rows, keyHeads, group, length, headDim]), [0, 3, 1, 2, 4]);
    return reshape(unstacked, [rows, length, width]);
  });
  return concat(blocks, 1);
}

/**
 * Attention in both directions (Vaswani et al. 2017, arXiv:1706.03762, §3.2.2): every token looks at all that the mask
 * does not hide. `mask` [rows, 1, tokens, tokens], or [rows, 1, 1, tokens] where all of a row's tokens see the same.
 *
 * q, k and v [rows, tokens, heads · headDim] → the same.
 */
export function attentionBothWays(q: Value, k: Value, v: Value, mask: Value, headDim: number): Value {
  const [rows = 0, tokens = 0, width = 0] = q.shape;
  const [maskRows, one, lookers, seen] = mask.shape;
  if (!isSameShape(k.shape, q.shape) || !isSameShape(v.shape, q.shape) || width % headDim !== 0) {
    throw mismatch(
      "attentionBothWays",
      `queries ${show(q.shape)}, keys ${show(k.shape)}, values ${show(v.shape)}, heads of ${headDim}`,
    );
  }
  if (maskRows !== rows || one !== 1 || seen !== tokens || (lookers !== tokens && lookers !== 1)) {
    throw mismatch("attentionBothWays", `a mask of ${show(mask.shape)} for ${rows} rows of ${tokens} tokens`);
  }
  const heads = (x: Value) => transpose(reshape(x, [rows, tokens, width / headDim, headDim]), [0, 2, 1, 3]);
  return reshape(transpose(weigh(heads(q), heads(k), heads(v), mask), [0, 2, 1, 3]), [rows, tokens, width]);
}

/** Up to so many keys the shares are kept: a twelfth faster than computing them again. */
export const keptTokens = 512;

/**
 * softmax(q kᵀ / √headDim + mask) v. q [rows, keyHeads, group · length, headDim], k and v [rows, keyHeads, seen, headDim],
 * mask [rows, 1, length, seen] or [rows, 1, 1, seen].
 */
function weigh(q: Value, k: Value, v: Value, mask: Value): Value {
  const [rows = 0, keyHeads = 0, stacked = 0, headDim = 0] = q.shape;
  const [, , lookers = 0, seen = 0] = mask.shape;
  const length = lookers === 1 ? stacked : lookers;
  const alpha = 1 / Math.sqrt(headDim);
  const shares = (queries: Value) => {
    const scores = matmul(queries, k, { transB: true, alpha });
    const all = reshape(scores, [rows, (keyHeads * stacked) / length, length, seen]);
    return reshape(softmax(add(all, mask)), [rows, keyHeads, stacked, seen]);
  };
  const kept = shares(q);
  const out = matmul(kept, v);
  return withGradient("attention", out, [q, k, v], (g) => {
    // Of long rows the shares are most of what a layer would keep for the way back, so they are computed again, as in that
    // paper's algorithm 4. `+ 0 g` makes that later than g: the same sum, computed before, would be kept.
    const p = seen <= keptTokens ? kept : shares(add(q, scale(g, 0)));
    // Σⱼ gpᵢⱼ pᵢⱼ = gᵢ · outᵢ (Dao et al. 2022, arXiv:2205.14135, appendix B.2): a sum over headDim, not over tokens.
    const gp = matmul(g, v, { transB: true });
    const gs = multiply(p, subtract(gp, sum(multiply(g, out), [3])));
    return [
      () => matmul(gs, k, { alpha }),
      () => matmul(gs, q, { transA: true, alpha }),
      () => matmul(p, g, { transA: true }),
    ];
  });
}
