import { constant, type Value } from "../graph.ts";
import { add, scale } from "../ops/elementwise.ts";
import { choiceLoss } from "../ops/loss.ts";
import { matmul } from "../ops/matmul.ts";
import { concat, reshape, slice, split } from "../ops/shape.ts";
import { type NamedShape, weightOf } from "./encoder.ts";

/** One vector for a text: its first token's, or the mean of all of its tokens'. */
export type Pooling = "cls" | "mean";

/**
 * What is asked of an encoded text: where an answer begins and ends and whether there is none (`spans`), which class it
 * is of (`classes`), or how well the two texts in it go together (`pairs`).
 */
export type Head =
  | { kind: "spans" }
  | { kind: "classes"; classes: number; pooling: Pooling }
  | { kind: "pairs"; pooling: Pooling };

/** The head's own weights: one row for each number it gives. */
export function headWeights(head: Head, width: number): NamedShape[] {
  const rows = head.kind === "spans" ? 3 : head.kind === "classes" ? head.classes : 1;
  return [
    { name: "head.weight", shape: [rows, width] },
    { name: "head.bias", shape: [rows] },
  ];
}

/** x [..., width] by the head's weights: [..., its numbers]. */
export function headOf(weights: ReadonlyMap<string, Value>, x: Value): Value {
  return add(matmul(x, weightOf(weights, "head.weight"), { transB: true }), weightOf(weights, "head.bias"));
}

/**
 * Logits of a span's beginning and end at every token, and at a text's first token that it holds no answer. hidden
 * [rows, tokens, width] → [rows, tokens] each. A text's answer is the span with the largest start + end among its tokens,
 * and there is none where twice its first token's `none` is larger.
 */
export function spanLogits(weights: ReadonlyMap<string, Value>, hidden: Value) {
  const [rows = 0, tokens = 0] = hidden.shape;
  const [start, end, none] = split(headOf(weights, hidden), 2, [1, 1, 1]).map((one) => reshape(one, [rows, tokens]));
  if (start === undefined || end === undefined || none === undefined) throw new Error("A span has three logits.");
  return { start, end, none };
}

/** What the loss is told beside the texts; all of it stands in {@link choiceLoss}. */
export type Choices = { among: Value; right: Value; rightEnd: Value | null; weights: Value };

/**
 * Loss of spans: choosing a first and a last token among all tokens of an example's texts and their `none`, which stand
 * after the tokens in `among`, `right` and `rightEnd` [examples, 2 · rows · tokens]; the mean of both. An example may have
 * several texts: their spans compete (Clark and Gardner 2018, arXiv:1710.10723, §3.2.3), and its "none" is that of any.
 */
export function spanLoss(logits: ReturnType<typeof spanLogits>, choices: Choices): Value {
  const { among, right, rightEnd, weights } = choices;
  const flat = (x: Value) => reshape(x, [1, (x.shape[0] ?? 0) * (x.shape[1] ?? 0)]);
  const none = flat(logits.none);
  const first = choiceLoss(concat([flat(logits.start), none], 1), { among, right }, weights);
  const last = choiceLoss(concat([flat(logits.end), none], 1), { among, right: rightEnd ?? right }, weights);
  return scale(add(first, last), 0.5);
}

/** Loss of classes: `logits` [examples, classes]. */
export function classLoss(logits: Value, { among, right, weights }: Choices): Value {
  return choiceLoss(logits, { among, right }, weights);
}

/**
 * Loss of pairs: `scores` [texts, 1]; choosing the right among an example's texts, or none of them, whose score is 0 and
 * stands last in `among` and `right` [examples, texts + 1]. With one text this is logistic regression.
 */
export function pairLoss(scores: Value, { among, right, weights }: Choices): Value {
  const texts = scores.shape[0] ?? 0;
  const all = concat([reshape(scores, [1, texts]), constant(new Float32Array(1), [1, 1])], 1);
  return choiceLoss(all, { among, right }, weights);
}

/** Pooled vectors [texts, width] of hidden [rows, tokens, width]; `shares` [texts, rows · tokens] of each token in each. */
export function pooled(hidden: Value, shares: Value): Value {
  const [rows = 0, tokens = 0, width = 0] = hidden.shape;
  return matmul(shares, reshape(hidden, [rows * tokens, width]));
}

/** The first token's vector of every row: [rows, width]. */
export function firstOf(hidden: Value): Value {
  const [rows = 0, , width = 0] = hidden.shape;
  return reshape(slice(hidden, 1, 0, 1), [rows, width]);
}
