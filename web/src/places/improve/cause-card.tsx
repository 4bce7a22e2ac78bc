import { X } from "lucide-react";
import type { Cause } from "../../api.ts";
import { plural } from "../../format.ts";
import { CommandLine } from "../../parts/copy.tsx";
import { Told } from "../../parts/told.tsx";
import { CauseTurns } from "./cause-turns.tsx";
import { remedyOf, stages, wordsOf } from "./cause-words.ts";

/** One cause: how many turns, what would mend it, what was tried to know that, and the turns themselves. */
export function CauseCard({ cause, failed }: { cause: Cause; failed: number }) {
  const { name, what } = wordsOf(cause);
  const remedy = remedyOf(cause);
  const share = failed === 0 ? 0 : (100 * cause.turns.length) / failed;
  return (
    <section aria-label={name} data-cause={cause.name} className="rounded border border-line">
      <div className="p-4">
        <div className="flex flex-wrap items-baseline justify-between gap-x-4">
          <h3 className="font-semibold text-16">{name}</h3>
          <p className="tabular text-13 text-ink-2">
            {plural(cause.turns.length, "turn")}, {Math.round(share)} % of what failed
          </p>
        </div>
        <div className="mt-2 h-1 overflow-hidden rounded-full bg-line" aria-hidden>
          <div className="h-full bg-accent" style={{ width: `${share}%` }} />
        </div>
        <p className="mt-3 max-w-prose text-13 text-ink-2">{what}</p>
        {cause.lostAt && <Stages lostAt={cause.lostAt} />}
        <div className="mt-3 flex gap-3 rounded bg-panel p-3">
          <remedy.icon size={18} strokeWidth={1.75} className="mt-0.5 shrink-0 text-accent-ink" aria-hidden />
          <div className="min-w-0">
            <p className="font-medium text-14">{remedy.name}</p>
            <p className="max-w-prose break-words text-13">
              <Told text={cause.remedy.text} />
            </p>
            {cause.remedy.settings && (
              <div className="mt-2">
                <CommandLine command={settingsLine(cause.remedy.settings)} />
              </div>
            )}
          </div>
        </div>
        {cause.trials.length > 0 && <Trials trials={cause.trials} />}
      </div>
      <CauseTurns turns={cause.turns} />
    </section>
  );
}

/** `limit: 8, chunk: { tokens: 200 }`, as it stands in an app file. */
function settingsLine(settings: Record<string, unknown>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name}: ${JSON.stringify(value)}`)
    .join(", ");
}

/** The way of the passage, and where it ended. */
function Stages({ lostAt }: { lostAt: NonNullable<Cause["lostAt"]> }) {
  const lost = stages.findIndex(({ at }) => at === lostAt);
  return (
    <ol aria-label="The way of the passage" className="mt-3 flex flex-wrap items-center gap-y-2 text-12">
      {stages.map(({ at, name, what }, index) => (
        <li key={at} className="flex items-center" aria-current={index === lost ? "step" : undefined}>
          {index > 0 && <span className="mx-2 h-px w-4 bg-line-strong" aria-hidden />}
          {index === lost ? (
            <span className="inline-flex items-center gap-1 rounded-full bg-bad-soft px-2 py-0.5 font-medium text-bad">
              <X size={12} aria-hidden />
              {name}: {what}
            </span>
          ) : (
            <span
              className={`rounded-full border px-2 py-0.5 ${index < lost ? "border-line-strong text-ink-2" : "border-line border-dashed text-ink-3"}`}
            >
              {name}
            </span>
          )}
        </li>
      ))}
    </ol>
  );
}

function Trials({ trials }: { trials: Cause["trials"] }) {
  return (
    <table className="mt-4 w-full max-w-[40rem] text-left text-13">
      <caption className="pb-1 text-left text-12 text-ink-3">
        What was given instead, and how many turns it mended
      </caption>
      <tbody>
        {trials.map((trial) => (
          <tr key={trial.name} className="border-line border-t">
            <th scope="row" className="py-1.5 pr-3 font-normal break-words">
              {trial.name}
            </th>
            <td className="hidden w-[35%] py-1.5 md:table-cell" aria-hidden>
              <span className="block h-1.5 overflow-hidden rounded-full bg-line">
                <span
                  className="block h-full rounded-full bg-good"
                  style={{ width: `${trial.tried === 0 ? 0 : (100 * trial.mended) / trial.tried}%` }}
                />
              </span>
            </td>
            <td className="tabular w-28 py-1.5 text-right text-ink-2 whitespace-nowrap">
              {trial.mended} of {trial.tried}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
