/**
 * Logistic regression on one number: P(is) = 1 / (1 + exp(−(scale · x + bias))), by Newton's method on the likelihood, with
 * Platt's targets (1999, §2.2: (n₊ + 1) / (n₊ + 2) for what is, 1 / (n₋ + 2) for what is not), so that what parts cleanly has a
 * finite scale.
 */
export function fitLogistic(points: readonly { x: number; is: boolean }[]): { scale: number; bias: number } {
  const positives = points.filter(({ is }) => is).length;
  const negatives = points.length - positives;
  const [yes, no] = [(positives + 1) / (positives + 2), 1 / (negatives + 2)];
  let [scale, bias] = [0, Math.log((positives + 1) / (negatives + 1))];
  for (let round = 0; round < 100; round += 1) {
    let [byScale, byBias, xx, x1, ones] = [0, 0, 1e-12, 0, 1e-12];
    for (const { x, is } of points) {
      const p = 1 / (1 + Math.exp(-(scale * x + bias)));
      const [off, weight] = [(is ? yes : no) - p, p * (1 - p)];
      byScale += off * x;
      byBias += off;
      xx += weight * x * x;
      x1 += weight * x;
      ones += weight;
    }
    const determinant = xx * ones - x1 * x1;
    if (!(determinant > 0)) break; // all numbers alike: the bias alone tells
    const [stepScale, stepBias] = [
      (ones * byScale - x1 * byBias) / determinant,
      (xx * byBias - x1 * byScale) / determinant,
    ];
    scale += stepScale;
    bias += stepBias;
    if (Math.abs(stepScale) + Math.abs(stepBias) < 1e-10) break;
  }
  return { scale, bias };
}
