const lanczos = [
  676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406, 12.507343278686905,
  -0.13857109526572012, 9.984369578019572e-6, 1.5056327351493116e-7,
];

/** ln Γ(x) for x > 0 (Lanczos 1964, g = 7, 9 terms; relative error below 1e-13). */
export function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const shifted = x + 6.5;
  const series = lanczos.reduce((sum, term, index) => sum + term / (x + index), 0.9999999999998099);
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(shifted) - shifted + Math.log(series);
}

/** Regularised incomplete beta function I_x(a, b), by the continued fraction of DLMF 8.17.22 (modified Lentz). */
export function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
  // The fraction converges fast below the mean only; above it, the mirrored one does.
  return x < (a + 1) / (a + b + 2) ? (front * betaFraction(x, a, b)) / a : 1 - (front * betaFraction(1 - x, b, a)) / b;
}

function betaFraction(x: number, a: number, b: number): number {
  const awayFromZero = (value: number) => (Math.abs(value) < 1e-300 ? 1e-300 : value);
  let c = 1;
  let d = 1 / awayFromZero(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m <= 1000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / awayFromZero(1 + even * d);
    c = awayFromZero(1 + even / c);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / awayFromZero(1 + odd * d);
    c = awayFromZero(1 + odd / c);
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 1e-15) break;
  }
  return fraction;
}

/** P(T > t) of Student's distribution; `degrees` need not be whole. */
export function studentUpper(t: number, degrees: number): number {
  // Of I_x and its mirror the one whose argument keeps its digits; t² may be far below or above the degrees.
  const half = incompleteBeta(degrees / (degrees + t * t), degrees / 2, 0.5) / 2;
  return t >= 0 ? half : 1 - half;
}

const quantiles = new Map<string, number>();

/** The t with P(T > t) = `tail`; `tail` in (0, 1), relative error below 1e-10. Asked again and again in a simulation: the last answers are kept. */
export function studentQuantile(tail: number, degrees: number): number {
  if (tail > 0.5) return -studentQuantile(1 - tail, degrees);
  const key = `${tail} ${degrees}`;
  const known = quantiles.get(key);
  if (known !== undefined) return known;
  // Newton's step from Student's own density, kept inside what is known to enclose the root.
  const logScale = logGamma((degrees + 1) / 2) - logGamma(degrees / 2) - Math.log(degrees * Math.PI) / 2;
  let low = 0;
  let high = Number.POSITIVE_INFINITY;
  let t = firstGuess(tail, degrees);
  for (let step = 0; step < 100; step++) {
    const over = studentUpper(t, degrees) - tail;
    if (over > 0) low = t;
    else high = t;
    const density = Math.exp(logScale - ((degrees + 1) / 2) * Math.log1p((t * t) / degrees));
    // The tail falls like an exponential: steps in its logarithm arrive sooner than in itself.
    const wanted = t + ((over + tail) * Math.log1p(over / tail)) / density;
    const next = wanted > low && wanted < high ? wanted : high === Number.POSITIVE_INFINITY ? 2 * t : (low + high) / 2;
    if (Math.abs(next - t) <= 1e-12 * t) break;
    t = next;
  }
  if (quantiles.size > 10_000) quantiles.clear();
  quantiles.set(key, t);
  return t;
}

/** Near the quantile: the normal one (Abramowitz and Stegun 26.2.23), expanded in 1 / degrees (26.7.5). */
function firstGuess(tail: number, degrees: number): number {
  const s = Math.sqrt(-2 * Math.log(tail));
  const z = s - (2.515517 + s * (0.802853 + s * 0.010328)) / (1 + s * (1.432788 + s * (0.189269 + s * 0.001308)));
  const expanded = z + (z ** 3 + z) / (4 * degrees) + (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * degrees ** 2);
  return Math.max(expanded, 1e-6);
}
