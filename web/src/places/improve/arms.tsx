import { Check } from "lucide-react";
import { useState } from "react";
import type { Arm } from "../../api.ts";
import { duration, figure, interval, usd } from "../../format.ts";
import { Pick } from "../../parts/pick.tsx";
import { ReleaseLink } from "../../parts/release-mark.tsx";

const kinds: Record<Arm["kind"], string> = {
  live: "what is live",
  prompt: "prompt",
  retrieval: "retrieval",
  tune: "tuning",
};

/** Everything that was tried, cheapest first, each on one scale with what it cost. */
export function Arms({ arms, chosen }: { arms: readonly Arm[]; chosen: string | null }) {
  const names = [...new Set(arms.flatMap(({ metrics }) => metrics.map(({ name }) => name)))];
  const [picked, setPicked] = useState<string>();
  const metric = names.find((name) => name === picked) ?? names[0];
  if (arms.length === 0) return null;
  const values = arms.flatMap(({ metrics }) => metrics.filter(({ name }) => name === metric));
  const isShare = values.every(({ unit }) => unit === "share" || unit === "score");
  const top = isShare ? 1 : 1.05 * Math.max(1, ...values.map(({ high, mean }) => high ?? mean ?? 0));
  return (
    <section aria-labelledby="arms">
      <div className="flex min-h-8 flex-wrap items-center justify-between gap-3">
        <h3 id="arms" className="font-semibold text-16">
          What was tried
        </h3>
        {names.length > 1 && (
          <Pick
            label="Metric"
            value={metric ?? ""}
            options={names.map((name) => ({ value: name, label: name }))}
            onPick={setPicked}
          />
        )}
      </div>
      <ul className="mt-2">
        {arms.map((arm) => {
          const value = arm.metrics.find(({ name }) => name === metric);
          const isChosen = arm.release !== null && arm.release === chosen;
          return (
            <li
              key={arm.name}
              data-arm={arm.name}
              className="grid grid-cols-[1fr_auto] gap-x-6 gap-y-1 border-line border-t py-3 text-13 md:grid-cols-[minmax(0,3fr)_minmax(0,3fr)_8.5rem_6rem]"
            >
              <div className="col-span-2 min-w-0 md:col-span-1">
                <p className="flex flex-wrap items-center gap-x-2">
                  <span className="font-medium text-14 break-words">{arm.name}</span>
                  <span className="text-12 text-ink-3">{kinds[arm.kind]}</span>
                  {isChosen && (
                    <span className="inline-flex items-center gap-1 rounded-full border border-line-strong px-2 font-medium text-12 text-accent-ink">
                      <Check size={12} aria-hidden />
                      chosen
                    </span>
                  )}
                </p>
                {arm.note && <p className="break-words text-ink-2">{arm.note}</p>}
                {arm.release && <ReleaseLink id={arm.release} />}
              </div>
              <div className="col-span-2 self-center md:col-span-1" aria-hidden>
                {value && <Bar value={value} top={top} isChosen={isChosen} />}
              </div>
              <div className="tabular md:text-right">
                <span className="font-medium">{value ? figure(value.mean, value.unit) : "–"}</span>
                {value && (
                  <span className="ml-2 text-12 text-ink-3 md:ml-0 md:block">
                    {interval(value.low, value.high, value.unit)}
                  </span>
                )}
              </div>
              <div className="tabular text-right text-ink-2">
                {duration(1000 * arm.seconds)}
                {arm.costUsd !== null && <span className="block text-12 text-ink-3">{usd(arm.costUsd)}</span>}
              </div>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

function Bar({ value, top, isChosen }: { value: Arm["metrics"][number]; top: number; isChosen: boolean }) {
  const at = (x: number) => `${(100 * x) / top}%`;
  return (
    <svg className="block h-5 w-full overflow-visible" aria-hidden>
      <line x1="0" x2="100%" y1="10" y2="10" className="stroke-line" />
      {value.mean !== null && (
        <g
          className={isChosen ? "text-accent-ink" : "text-ink-3"}
          stroke="currentColor"
          strokeWidth="2"
          strokeLinecap="round"
        >
          {value.low !== null && value.high !== null && <line x1={at(value.low)} x2={at(value.high)} y1="10" y2="10" />}
          <circle cx={at(value.mean)} cy="10" r="4" fill="currentColor" stroke="var(--ground)" />
        </g>
      )}
    </svg>
  );
}
