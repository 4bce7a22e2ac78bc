import { input, type Value } from "../graph.ts";
import { add } from "../ops/elementwise.ts";
import { matmul } from "../ops/matmul.ts";
import {
  type Dense,
  type EncoderConfig,
  type EncoderProjection,
  encoderShapeOf,
  type Modules,
  moduleOf,
  type NamedShape,
} from "./encoder.ts";

/** Which matrices of every layer are adapted, and how: W + (alpha / rank) B A, with A [rank, in] and B [out, rank]. */
export type EncoderLora = { rank: number; alpha: number; targets: readonly EncoderProjection[] };

/** Every trainable matrix, layer by layer: `MODULE.weight.lora_a` and `MODULE.weight.lora_b`. */
export function encoderLoraMatrices(config: EncoderConfig, { rank, targets }: EncoderLora): NamedShape[] {
  return Array.from({ length: config.layers }, (_, layer) =>
    targets.flatMap((projection): NamedShape[] => {
      const [out, into] = encoderShapeOf(config, projection);
      const name = `${moduleOf(layer, projection)}.weight`;
      return [
        { name: `${name}.lora_a`, shape: [rank, into] },
        { name: `${name}.lora_b`, shape: [out, rank] },
      ];
    }),
  ).flat();
}

/**
 * Low-rank adaptation (Hu et al. 2021, arXiv:2106.09685, eq. 3) of an encoder's modules: x Wᵀ + b + (alpha / rank) (x Aᵀ)
 * Bᵀ. Returns how to multiply and the matrices, as inputs of the graph.
 */
export function adaptedModules(
  config: EncoderConfig,
  lora: EncoderLora,
  { dense, lookup }: Modules,
): { modules: Modules; matrices: Map<string, Value> } {
  const matrices = new Map(encoderLoraMatrices(config, lora).map(({ name, shape }) => [name, input(name, shape)]));
  const adapted: Dense = (x, module) => {
    const y = dense(x, module);
    const [a, b] = [matrices.get(`${module}.weight.lora_a`), matrices.get(`${module}.weight.lora_b`)];
    if (a === undefined || b === undefined) return y;
    return add(y, matmul(matmul(x, a, { transB: true }), b, { transB: true, alpha: lora.alpha / lora.rank }));
  };
  return { modules: { dense: adapted, lookup }, matrices };
}
