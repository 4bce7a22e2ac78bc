export type Word = "better" | "no-worse" | "worse" | "cannot-tell";

/**
 * A difference (candidate − live) in a word, by its interval and the margin up to which a loss counts as none. More is
 * better once the sign is turned by `direction`: `better` low > 0; `no-worse` −margin < low ≤ 0; otherwise `worse`
 * high < 0; otherwise, and without an interval, `cannot-tell`.
 */
export function wordOf({
  low,
  high,
  margin,
  direction,
}: {
  low: number | null;
  high: number | null;
  margin: number;
  direction: "higher" | "lower";
}): Word {
  if (low === null || high === null || Number.isNaN(low) || Number.isNaN(high)) return "cannot-tell";
  const [worst, best] = direction === "higher" ? [low, high] : [-high, -low];
  if (worst > 0) return "better";
  if (worst > -margin) return "no-worse";
  return best < 0 ? "worse" : "cannot-tell";
}

/**
 * The error probability that look number `look` (1, 2, …) at the same gate may spend: α · 6 / (π² look²). All looks
 * together, however many, spend at most α (Σ 1/k² = π²/6), so nobody has to say beforehand how often they will look.
 */
export function spentAlpha(look: number, alpha = 0.05): number {
  return (alpha * 6) / (Math.PI * look) ** 2;
}
