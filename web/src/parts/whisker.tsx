import type { Difference } from "../api.ts";
import { change, figure, interval } from "../format.ts";
import { verdicts } from "./verdict.tsx";

type Shown = Pick<Difference, "name" | "unit" | "direction" | "margin" | "difference" | "low" | "high" | "verdict">;

/**
 * A difference as a whisker over its 95 % interval. The solid line is no difference, the dashed one the margin: a loss
 * up to it counts as none. Right is always better, whichever sign the metric gives to that; each metric has a scale
 * of its own, all with zero in the middle.
 */
export function Whisker({ metric }: { metric: Shown }) {
  const { unit, margin, difference, low, high, verdict } = metric;
  if (difference === null || low === null || high === null) return null;
  const sign = metric.direction === "higher" ? 1 : -1;
  const reach = 1.08 * Math.max(Math.abs(low), Math.abs(high), margin) || 1;
  const at = (value: number) => 50 + (50 * sign * value) / reach;
  const edge = at(-sign * margin);
  const [left, right] = [at(low), at(high)].sort((a, b) => a - b) as [number, number]; // two in, two out
  return (
    <svg
      role="img"
      aria-label={`${metric.name}: difference ${change(difference, unit)}, 95 % interval ${interval(low, high, unit)}, margin ${figure(margin, unit)}, ${verdicts[verdict].word.toLowerCase()}`}
      className="block h-11 w-full overflow-visible"
    >
      <line x1="50%" x2="50%" y1="0" y2="100%" className="stroke-line-strong" />
      {margin > 0 && (
        <>
          <line
            x1={`${edge}%`}
            x2={`${edge}%`}
            y1="0"
            y2="100%"
            strokeDasharray="3 3"
            className="stroke-ink-3"
            aria-hidden
          />
          <text
            x={`${edge}%`}
            dx={edge < 25 ? 4 : -4}
            y="41"
            textAnchor={edge < 25 ? "start" : "end"}
            className="tabular fill-ink-3 text-12"
            aria-hidden
          >
            {change(-sign * margin, unit === "share" ? "points" : unit).replace(" points", "")}
          </text>
        </>
      )}
      <g className={verdicts[verdict].tone} stroke="currentColor" strokeWidth="2" strokeLinecap="round" aria-hidden>
        <line x1={`${left}%`} x2={`${right}%`} y1="15" y2="15" />
        <line x1={`${left}%`} x2={`${left}%`} y1="11" y2="19" />
        <line x1={`${right}%`} x2={`${right}%`} y1="11" y2="19" />
        <circle cx={`${at(difference)}%`} cy="15" r="4" fill="currentColor" stroke="var(--ground)" />
      </g>
    </svg>
  );
}

type Value = { label: string; mean: number | null; low: number | null; high: number | null };

/** Values of one metric on one scale, a line for each release, its letter beside it. */
export function Intervals({ values, from, to }: { values: readonly Value[]; from: number; to: number }) {
  const at = (value: number) => (100 * (value - from)) / (to - from || 1);
  return (
    <svg className="block w-full overflow-visible" style={{ height: 18 * values.length }} aria-hidden>
      {values.map(({ label, mean, low, high }, index) => {
        const y = 9 + 18 * index;
        return (
          <g key={label} className={releaseTone(index)}>
            <line x1="0" x2="100%" y1={y} y2={y} className="stroke-line" />
            {mean !== null && low !== null && high !== null && (
              <g stroke="currentColor" strokeWidth="2" strokeLinecap="round">
                <line x1={`${at(low)}%`} x2={`${at(high)}%`} y1={y} y2={y} />
                <circle cx={`${at(mean)}%`} cy={y} r="4" fill="currentColor" stroke="var(--ground)" />
              </g>
            )}
          </g>
        );
      })}
    </svg>
  );
}

/** The first release, with which the others are compared, is grey everywhere; the candidate has the accent. */
export const releaseTone = (index: number): string => (index === 1 ? "text-accent-ink" : "text-ink-3");
