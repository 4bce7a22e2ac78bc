import type { Weighed } from "./measure.ts";

/** `recall +2.1 points (95 %: +0.4 to +3.8)`, … */
export function seen(metrics: readonly Weighed[]): string {
  return listed(
    metrics.map(({ shown }) => {
      if (shown.difference === null || shown.low === null || shown.high === null)
        return `${shown.name} (too few scores)`;
      const signed = (value: number) => `${value > 0 ? "+" : ""}${number(value, shown.unit)}`;
      return `${shown.name} ${signed(shown.difference)}${unitOf(shown.unit)} (95 %: ${signed(shown.low)} to ${signed(shown.high)})`;
    }),
  );
}

/** `; about 1,200 examples like these would tell`, for the metric that needs most; nothing where no number would. */
export function enough(metrics: readonly Weighed[]): string {
  const counts = metrics.map(({ shown }) => shown.needed);
  const known = counts.filter((count) => count !== null);
  if (known.length === 0 || known.length < counts.length) return "";
  return `; about ${Math.max(...known).toLocaleString("en-US")} examples like these would tell`;
}

export function all(metrics: readonly Weighed[]): string {
  return listed(metrics.map(({ info }) => info.name));
}

/** An amount with its unit: shares and scores from 0 to 1 in points of 100. */
export function size(value: number, unit: string): string {
  return `${number(value, unit)}${unitOf(unit)}`;
}

export function percent(share: number): string {
  return `${Number((share * 100).toFixed(3))} %`;
}

export function listed(parts: readonly string[]): string {
  const [last, ...rest] = [...parts].reverse();
  if (last === undefined) return "nothing";
  return rest.length === 0 ? last : `${rest.reverse().join(", ")} and ${last}`;
}

function isShare(unit: string): boolean {
  return unit === "share" || unit === "score";
}

function unitOf(unit: string): string {
  return isShare(unit) ? " points" : ` ${unit}`;
}

function number(value: number, unit: string): string {
  const shown = isShare(unit) ? Number((value * 100).toFixed(1)) : Number(value.toPrecision(3));
  return shown === 0 ? "0" : String(shown).replace("-", "−");
}
