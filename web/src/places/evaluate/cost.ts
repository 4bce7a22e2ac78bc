import { usd } from "../../format.ts";

/** A cost in dollars; what a model without a price costs is unknown, never nothing. */
export function costOf(taken: { unpriced: readonly string[] } | undefined, costUsd: number): string {
  if (!taken || taken.unpriced.length === 0) return usd(costUsd);
  const unknown = `cost of ${taken.unpriced.join(", ")} unknown`;
  return costUsd === 0 ? unknown : `${usd(costUsd)} + ${unknown}`;
}
