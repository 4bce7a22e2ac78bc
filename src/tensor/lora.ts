import { type DecoderConfig, frozen, type Linear, type Projection, shapeOf, weightName } from "./decoder.ts";
import { input, type Value } from "./graph.ts";
import { matmul } from "./ops/matmul.ts";

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
 * Low-rank adaptation (Hu et al. 2021, arXiv:2106.09685, eq. 3): x Wᵀ + (alpha / rank) (x Aᵀ) Bᵀ. Returns how to multiply
 * and the matrices, as inputs of the graph, in the order of {@link loraMatrices}.
 */
export function adapted(config: DecoderConfig, shape: LoraShape): { linear: Linear; matrices: Map<string, Value> } {
  const matrices = new Map(loraMatrices(config, shape).map((one) => [one.name, input(one.name, one.shape)]));
  const plain = frozen(config);
  const linear: Linear = (x, layer, projection) => {
    const y = plain(x, layer, projection);
    const a = matrices.get(`${weightName(layer, projection)}.lora_a`);
    const b = matrices.get(`${weightName(layer, projection)}.lora_b`);
    if (a === undefined || b === undefined) return y;
    return matmul(matmul(x, a, { transB: true }), b, { transB: true, alpha: shape.alpha / shape.rank, plus: y });
  };
  return { linear, matrices };
}
