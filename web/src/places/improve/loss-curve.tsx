import type { Tuning } from "../../api.ts";
import { count } from "../../format.ts";

type Props = { points: Tuning["points"]; steps: number | null };

const height = 220;
const bottom = 24;

/**
 * Loss over steps: of the training batches, thin, and of the validation lines, thick, each with its last value beside it.
 * A plot of its own: two lines that grow, on a page that is open for an hour.
 */
export function LossCurve({ points, steps }: Props) {
  const validation = points.flatMap(({ step, validation: loss }) => (loss === null ? [] : [{ step, loss }]));
  if (points.length < 2) {
    return (
      <div className="grid h-[220px] place-items-center rounded border border-line border-dashed text-13 text-ink-3">
        The first losses come after a few steps.
      </div>
    );
  }
  const most = steps ?? points.at(-1)?.step ?? 1;
  const top = 1.05 * Math.max(...smooth(points).map(({ loss }) => loss), ...validation.map(({ loss }) => loss));
  const marks = niceMarks(top);
  const y = (loss: number) => (height - bottom) * (1 - Math.min(loss, top) / top);
  const path = (line: readonly { step: number; loss: number }[]) =>
    line
      .map(({ step, loss }, at) => `${at === 0 ? "M" : "L"}${((1000 * step) / most).toFixed(2)} ${y(loss).toFixed(2)}`)
      .join("");
  const last = points.at(-1);
  const lastValidation = validation.at(-1);
  return (
    <figure aria-label={describe(points, validation)} className="relative pr-28 pl-7" style={{ height }}>
      <div className="relative h-full" aria-hidden>
        {marks.map((mark) => (
          <div key={mark} className="absolute inset-x-0 border-line border-t" style={{ top: y(mark) }}>
            <span className="tabular absolute -top-2 -left-7 text-12 text-ink-3">{mark}</span>
          </div>
        ))}
        <svg
          viewBox={`0 0 1000 ${height}`}
          preserveAspectRatio="none"
          className="absolute inset-0 h-full w-full overflow-visible"
          aria-hidden
        >
          <g fill="none" vectorEffect="non-scaling-stroke" strokeLinejoin="round">
            <path d={path(smooth(points))} className="stroke-ink-3" strokeWidth="1" vectorEffect="non-scaling-stroke" />
            <path
              d={path(validation)}
              className="stroke-accent-ink"
              strokeWidth="2"
              vectorEffect="non-scaling-stroke"
            />
          </g>
        </svg>
        <span className="tabular absolute right-0 bottom-0 text-12 text-ink-3">step {count(most)}</span>
        <span className="absolute bottom-0 left-0 text-12 text-ink-3">loss, nats per token</span>
      </div>
      <div className="tabular absolute inset-y-0 right-0 w-24 text-12" aria-hidden>
        <Labels
          labels={[
            ...(lastValidation
              ? [
                  {
                    y: y(lastValidation.loss),
                    text: `validation ${lastValidation.loss.toFixed(3)}`,
                    tone: "text-accent-ink",
                  },
                ]
              : []),
            ...(last
              ? [
                  {
                    y: y(smooth(points).at(-1)?.loss ?? last.loss),
                    text: `training ${last.loss.toFixed(3)}`,
                    tone: "text-ink-2",
                  },
                ]
              : []),
          ]}
        />
      </div>
    </figure>
  );
}

/** Labels at the height of their line, pushed apart where two would lie on each other. */
function Labels({ labels }: { labels: readonly { y: number; text: string; tone: string }[] }) {
  const sorted = [...labels].sort((a, b) => a.y - b.y);
  let free = Number.NEGATIVE_INFINITY;
  return sorted.map(({ y, text, tone }) => {
    const at = Math.max(y - 8, free);
    free = at + 16;
    return (
      <span key={text} className={`absolute left-0 whitespace-nowrap ${tone}`} style={{ top: at }}>
        {text}
      </span>
    );
  });
}

/** The mean over the last points: one batch's loss says little. */
function smooth(points: Tuning["points"]): { step: number; loss: number }[] {
  const over = Math.max(1, Math.round(points.length / 40));
  return points.map(({ step }, at) => {
    const part = points.slice(Math.max(0, at - over + 1), at + 1);
    return { step, loss: part.reduce((sum, { loss }) => sum + loss, 0) / part.length };
  });
}

/** Up to four round numbers below the top. */
function niceMarks(top: number): number[] {
  const step = [0.05, 0.1, 0.2, 0.5, 1, 2, 5].find((one) => top / one <= 4.5) ?? 10;
  return Array.from({ length: Math.floor(top / step) + 1 }, (_, at) => Number((at * step).toFixed(2)));
}

function describe(points: Tuning["points"], validation: readonly { step: number; loss: number }[]): string {
  const [first, last] = [points[0], points.at(-1)];
  const held = validation.at(-1);
  return `Training loss from ${first?.loss.toFixed(3)} to ${last?.loss.toFixed(3)} at step ${last?.step}${held ? `; validation loss ${held.loss.toFixed(3)}` : ""}`;
}
