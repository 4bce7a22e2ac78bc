/** One trained matrix with Adam's two moments. */
export type Trained = { values: Float32Array; first: Float32Array; second: Float32Array };

const beta1 = 0.9;
const beta2 = 0.999;
const epsilon = 1e-8;

/** √Σ g² over all gradients. */
export function normOf(gradients: readonly Float32Array[]): number {
  let sum = 0;
  for (const gradient of gradients) for (let at = 0; at < gradient.length; at += 1) sum += (gradient[at] ?? 0) ** 2;
  return Math.sqrt(sum);
}

/**
 * One step of AdamW in place (Loshchilov and Hutter 2019, arXiv:1711.05101, algorithm 2). `step` counts from 1; the
 * gradient is multiplied by `scale` (clipping) as it is read.
 */
export function adamw(
  { values, first, second }: Trained,
  gradient: Float32Array,
  options: { step: number; learningRate: number; weightDecay: number; scale: number },
): void {
  const { step, learningRate, weightDecay, scale } = options;
  const corrected = learningRate / (1 - beta1 ** step);
  const corrected2 = 1 / (1 - beta2 ** step);
  const kept = 1 - learningRate * weightDecay;
  for (let at = 0; at < values.length; at += 1) {
    const g = (gradient[at] ?? 0) * scale;
    const m = beta1 * (first[at] ?? 0) + (1 - beta1) * g;
    const v = beta2 * (second[at] ?? 0) + (1 - beta2) * g * g;
    first[at] = m;
    second[at] = v;
    values[at] = (values[at] ?? 0) * kept - (corrected * m) / (Math.sqrt(v * corrected2) + epsilon);
  }
}
