import { apply, isSameShape, mismatch, show, sizeOf, type Value } from "../graph.ts";
import { add } from "./elementwise.ts";
import { reshape } from "./shape.ts";

export type MatmulOptions = {
  /** The last two axes of a (of b) are swapped; nothing is moved in memory. */
  transA?: boolean;
  transB?: boolean;
  /** The product is multiplied by this. */
  alpha?: number;
  /** Added to the product, of its shape; for matrices in the same pass. */
  plus?: Value | undefined;
};

/**
 * α a·b (+ plus) over the last two axes; the axes before them are equal in a and b, or b, a matrix, has none and serves
 * all of a's. Lowered to ONNX Runtime's products
 * that transpose and scale on the way (`FusedMatMul`; `Gemm` where something is added).
 */
export function matmul(a: Value, b: Value, options: MatmulOptions = {}): Value {
  const { transA = false, transB = false, alpha = 1, plus } = options;
  const [m, k] = lastTwo(a, transA);
  const [k2, n] = lastTwo(b, transB);
  const batch = a.shape.slice(0, -2);
  const isShared = b.shape.length === 2 && batch.length > 0 && !transA;
  if (k !== k2 || !(isShared || isSameShape(batch, b.shape.slice(0, -2)))) {
    throw mismatch(
      "matmul",
      `${show(a.shape)}${transA ? "ᵀ" : ""} and ${show(b.shape)}${transB ? "ᵀ" : ""} do not multiply`,
    );
  }
  const shape = [...batch, m, n];
  if (plus !== undefined && !isSameShape(plus.shape, shape)) {
    throw mismatch("matmul", `${show(plus.shape)} is not added to a product of ${show(shape)}`);
  }
  if (plus !== undefined && batch.length > 0) return add(matmul(a, b, { transA, transB, alpha }), plus);
  const attributes = { transA: Number(transA), transB: Number(transB), alpha: { float: alpha } };
  return apply({
    operation: "matmul",
    inputs: plus === undefined ? [a, b] : [a, b, plus],
    shape,
    lower: (onnx, inputs) =>
      plus === undefined ? onnx.microsoft("FusedMatMul", inputs, attributes) : onnx.node("Gemm", inputs, attributes),
    // y = a b: da = g bᵀ, db = aᵀ g; where an operand came transposed, so does its gradient.
    gradient: (g) => [
      (sum) => ({
        summed: transA
          ? matmul(b, g, { transA: transB, transB: true, alpha, plus: sum })
          : matmul(g, b, { transB: !transB, alpha, plus: sum }),
      }),
      (sum) => {
        // What b serves are rows like any others.
        const [rows, up] = isShared ? [reshape(a, [sizeOf(batch) * m, k]), reshape(g, [sizeOf(batch) * m, n])] : [a, g];
        return {
          summed: transB
            ? matmul(up, rows, { transA: true, transB: transA, alpha, plus: sum })
            : matmul(rows, up, { transA: !transA, alpha, plus: sum }),
        };
      },
      () => g,
    ],
  });
}

function lastTwo({ shape }: Value, isTransposed: boolean): [number, number] {
  const [rows, columns] = shape.slice(-2);
  if (rows === undefined || columns === undefined) throw mismatch("matmul", `${show(shape)} is no matrix`);
  return isTransposed ? [columns, rows] : [rows, columns];
}
