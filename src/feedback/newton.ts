/** A smooth function to be maximised: its value and gradient at a point. */
export type Smooth = (at: readonly number[]) => { value: number; gradient: number[] };

/** Where a function is greatest, and the inverse of its negative Hessian there: the covariance of an estimate. */
export type Maximum = { at: number[]; value: number; covariance: number[][] };

/**
 * Damped Newton steps, the Hessian taken from differences of the gradient (step ε^(1/3), central). Where the Hessian is
 * not negative definite, its diagonal is raised until it is (Nocedal and Wright 2006, section 3.4).
 */
export function maximise(smooth: Smooth, start: readonly number[], steps = 100): Maximum {
  let at = [...start];
  let { value, gradient } = smooth(at);
  for (let step = 0; step < steps; step++) {
    const direction = ascent(negativeHessian(smooth, at), gradient);
    const slope = direction.reduce((sum, d, i) => sum + d * gradient[i]!, 0);
    if (slope < 1e-14) break;
    let length = 1;
    let next = moved(at, direction, length);
    let there = smooth(next);
    while (!(there.value >= value + 1e-4 * length * slope) && length > 1e-8) {
      length /= 2;
      next = moved(at, direction, length);
      there = smooth(next);
    }
    if (!(there.value > value)) break; // no digit left to gain
    at = next;
    ({ value, gradient } = there);
  }
  return { at, value, covariance: positiveInverse(negativeHessian(smooth, at)) };
}

function moved(at: readonly number[], direction: readonly number[], length: number): number[] {
  return at.map((x, i) => x + length * direction[i]!);
}

function negativeHessian(smooth: Smooth, at: readonly number[]): number[][] {
  const columns = at.map((x, i) => {
    const h = 6e-6 * Math.max(1, Math.abs(x));
    const up = smooth(at.map((y, j) => (j === i ? y + h : y))).gradient;
    const down = smooth(at.map((y, j) => (j === i ? y - h : y))).gradient;
    return up.map((g, j) => (down[j]! - g) / (2 * h));
  });
  return at.map((_, i) => at.map((_, j) => (columns[i]![j]! + columns[j]![i]!) / 2));
}

function ascent(matrix: readonly number[][], gradient: readonly number[]): number[] {
  const inverse = positiveInverse(matrix);
  return inverse.map((row) => row.reduce((sum, x, j) => sum + x * gradient[j]!, 0));
}

function positiveInverse(matrix: readonly number[][]): number[][] {
  const scale = Math.max(1e-12, ...matrix.map((row, i) => Math.abs(row[i]!)));
  for (let raised = 0; ; raised = raised === 0 ? 1e-6 * scale : raised * 10) {
    const lower = cholesky(matrix.map((row, i) => row.map((x, j) => (i === j ? x + raised : x))));
    if (lower) return inverseOf(lower);
  }
}

/** L with L·Lᵀ the matrix; null where it is not positive definite. */
function cholesky(matrix: readonly number[][]): number[][] | null {
  const size = matrix.length;
  const lower = Array.from({ length: size }, () => new Array<number>(size).fill(0));
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let rest = matrix[i]![j]!;
      for (let k = 0; k < j; k++) rest -= lower[i]![k]! * lower[j]![k]!;
      if (i === j) {
        if (!(rest > 0)) return null;
        lower[i]![i] = Math.sqrt(rest);
      } else lower[i]![j] = rest / lower[j]![j]!;
    }
  }
  return lower;
}

function inverseOf(lower: readonly number[][]): number[][] {
  const size = lower.length;
  const columns = Array.from({ length: size }, (_, unit) => {
    const x = new Array<number>(size).fill(0);
    for (let i = 0; i < size; i++) {
      let rest = i === unit ? 1 : 0;
      for (let k = 0; k < i; k++) rest -= lower[i]![k]! * x[k]!;
      x[i] = rest / lower[i]![i]!;
    }
    for (let i = size - 1; i >= 0; i--) {
      let rest = x[i]!;
      for (let k = i + 1; k < size; k++) rest -= lower[k]![i]! * x[k]!;
      x[i] = rest / lower[i]![i]!;
    }
    return x;
  });
  return columns;
}
