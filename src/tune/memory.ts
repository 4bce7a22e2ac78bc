import { PawlError } from "#kernel";
import { type BatchShape, type DecoderConfig, keptTokens, type LoraShape, loraMatrices } from "#tensor";

const float = 4;

/**
 * Bytes a training will take at its highest: the model as float32; what each layer keeps for the way back; one layer's
 * attention; the logits of a chunk; LoRA with gradients and moments; the runtime. Measured peaks were a tenth to a quarter
 * below it (docs/tune.md).
 */
export function memoryNeeded(config: DecoderConfig, lora: LoraShape, { rows, tokens }: BatchShape): number {
  const { width, hidden, layers, heads, keyHeads, headDim, vocabulary, isTied } = config;
  const queries = heads * headDim;
  const keys = keyHeads * headDim;
  const perLayer = width * (2 * queries + 2 * keys) + 3 * width * hidden;
  const weights = layers * perLayer + vocabulary * width * (isTied ? 1 : 2);
  const kept = layers * rows * tokens * (5 * width + 3 * queries + 4 * keys + 5 * hidden);
  const shares = rows * heads * tokens * tokens;
  const attention = 4 * shares + 2.2 * layers * Math.min(shares, rows * heads * keptTokens * keptTokens);
  const logits = 3 * 256 * vocabulary;
  const trained = loraMatrices(config, lora).reduce((sum, { shape }) => sum + shape[0] * shape[1], 0);
  return float * (weights + kept + attention + logits + 5 * trained) + 300e6;
}

/** Throws `memory-short` where the machine has not got what a training will take. */
export function checkMemory(neededBytes: number, availableBytes: number): void {
  if (neededBytes <= availableBytes) return;
  const gb = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;
  throw new PawlError(
    "memory-short",
    `This training takes about ${gb(neededBytes)} of memory; ${gb(availableBytes)} are free.`,
    {
      hint: "Close other programs, take a smaller model, or lower the recipe's rowTokens and maxTokens.",
      details: { neededBytes, availableBytes },
    },
  );
}
