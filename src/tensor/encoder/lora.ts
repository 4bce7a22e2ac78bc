import { input, mismatch, type Value } from "../graph.ts";
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
import type { Encoder } from "./weights.ts";

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

/** The weights with what LoRA's matrices add to them: an encoder that needs no adapter. */
export function mergedEncoder(
  { config, weights }: Encoder,
  lora: EncoderLora,
  matrices: Readonly<Record<string, Float32Array>>,
): Encoder {
  const merged: Record<string, Float32Array> = { ...weights };
  for (let layer = 0; layer < config.layers; layer += 1) {
    for (const projection of lora.targets) {
      const name = `${moduleOf(layer, projection)}.weight`;
      const [out, into] = encoderShapeOf(config, projection);
      const [base, a, b] = [weights[name], matrices[`${name}.lora_a`], matrices[`${name}.lora_b`]];
      if (base?.length !== out * into || a?.length !== lora.rank * into || b?.length !== out * lora.rank) {
        throw mismatch("mergedEncoder", `${name} and its matrices do not fit`);
      }
      const whole = Float32Array.from(base);
      for (let row = 0; row < out; row += 1) {
        for (let inner = 0; inner < lora.rank; inner += 1) {
          const factor = ((b[row * lora.rank + inner] ?? 0) * lora.alpha) / lora.rank;
          for (let at = 0; at < into; at += 1) {
            whole[row * into + at] = (whole[row * into + at] ?? 0) + factor * (a[inner * into + at] ?? 0);
          }
        }
      }
      merged[name] = whole;
    }
  }
  return { config, weights: merged };
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
