import { type DecoderConfig, frozen, type Linear, type Projection, shapeOf, weightName } from "./decoder.ts";
import { input, type Value } from "./graph.ts";
import { matmul } from "./ops/matmul.ts";
import { concat, split } from "./ops/shape.ts";

/** Which matrices are adapted, and how: W + (alpha / rank) B A, with A [rank, in] and B [out, rank]. */
export type LoraShape = { rank: number; alpha: number; targets: readonly Projection[] };

/** One trainable matrix: its name (as in a GGUF adapter) and shape. */
export type LoraMatrix = {
  name: string;
  shape: readonly [number, number];
  layer: number;
  projection: Projection;
  side: "a" | "b";
};

/** Every trainable matrix, layer by layer. */
export function loraMatrices(config: DecoderConfig, { rank, targets }: LoraShape): LoraMatrix[] {
  return Array.from({ length: config.layers }, (_, layer) =>
    targets.flatMap((projection): LoraMatrix[] => {
      const [out, width] = shapeOf(config, projection);
      const name = weightName(layer, projection);
      return [
        { name: `${name}.lora_a`, shape: [rank, width], layer, projection, side: "a" },
        { name: `${name}.lora_b`, shape: [out, rank], layer, projection, side: "b" },
      ];
    }),
  ).flat();
}

/**
 * Low-rank adaptation (Hu et al. 2021, arXiv:2106.09685, eq. 3): x Wᵀ + (alpha / rank) (x Aᵀ) Bᵀ. The narrow products
 * x Aᵀ of matrices that read the same x are one product with their A stacked. Returns how to multiply and the matrices,
 * as inputs of the graph, in the order of {@link loraMatrices}.
 */
export function adapted(config: DecoderConfig, shape: LoraShape): { linear: Linear; matrices: Map<string, Value> } {
  const { rank, alpha } = shape;
  const matrices = new Map(loraMatrices(config, shape).map((one) => [one.name, input(one.name, one.shape)]));
  const plain = frozen(config);
  const matrix = (layer: number, projection: Projection, side: "a" | "b") =>
    matrices.get(`${weightName(layer, projection)}.lora_${side}`);
  const linear: Linear = (x, layer, together) => {
    const multiplied = plain(x, layer, together);
    const narrow = together.filter((projection) => shape.targets.includes(projection));
    const stacked = narrow.flatMap((projection) => matrix(layer, projection, "a") ?? []);
    if (stacked.length === 0) return multiplied;
    const ranks = stacked.map(() => rank);
    const parts = split(matmul(x, concat(stacked, 0), { transB: true }), 1, ranks); // [n, rank] each
    return (projection) => {
      const y = multiplied(projection);
      const u = parts[narrow.indexOf(projection)];
      const b = matrix(layer, projection, "b");
      if (u === undefined || b === undefined) return y;
      return matmul(u, b, { transB: true, alpha: alpha / rank, plus: y });
    };
  };
  return { linear, matrices };
}
