import { useQuery } from "@tanstack/react-query";
import { type Estimates as Both, toFailure } from "../../api.ts";
import { figure, interval, plural } from "../../format.ts";
import { useMedia } from "../../parts/browser.ts";
import { FailureNote } from "../../parts/failure-note.tsx";
import { ReleaseLink } from "../../parts/release-mark.tsx";
import { estimatesQuery } from "../../queries.ts";

type Props = { app: string; rater: string | undefined; onRater: (rater: string | undefined) => void };

/** What the thumbs say of each release, and how kind the people are who gave them. */
export function Estimates({ app, rater, onRater }: Props) {
  const { data, error } = useQuery(estimatesQuery(app));
  if (error) {
    return (
      <div className="p-4">
        <FailureNote failure={toFailure(error)} />
      </div>
    );
  }
  if (!data) return <div className="skeleton m-4 h-24" aria-hidden />;
  const releases = data.releases.filter(({ thumbs, compared }) => thumbs + compared > 0);
  if (releases.length === 0) return null;
  return (
    <div className="grid gap-x-10 gap-y-6 border-line border-b px-4 pt-4 pb-6 wide:grid-cols-[3fr_2fr]">
      <Releases releases={releases} />
      {data.raters.length > 0 && <Raters raters={data.raters} rater={rater} onRater={onRater} />}
    </div>
  );
}

function Releases({ releases }: { releases: Both["releases"] }) {
  const wide = useMedia("(min-width: 40rem)");
  return (
    <section aria-labelledby="by-release">
      <h2 id="by-release" className="font-semibold text-16">
        Thumbs up, by release
      </h2>
      <p className="max-w-prose text-13 text-ink-2">
        {wide
          ? "Hollow: as given. Filled, with its 95 % interval: as the average rater would have given it."
          : "Corrected: as the average rater would have given it, with its 95 % interval."}
      </p>
      <table className="mt-3 w-full text-left text-13">
        <thead className="text-12 text-ink-3">
          <tr>
            <th className="w-28 pb-1 font-normal">Release</th>
            {wide && (
              <th className="pb-1 pr-6 font-normal">
                <span className="flex justify-between" aria-hidden>
                  <span>0</span>
                  <span>100 %</span>
                </span>
                <span className="sr-only">Share</span>
              </th>
            )}
            <th className="w-20 pb-1 text-right font-normal">As given</th>
            <th className="w-32 pb-1 text-right font-normal">Corrected</th>
          </tr>
        </thead>
        <tbody>
          {releases.map((one) => (
            <tr key={one.release} className="border-line border-t" data-release={one.release}>
              <th scope="row" className="py-2 font-normal">
                <ReleaseLink id={one.release} />
                <span className="tabular block text-12 text-ink-3">{plural(one.thumbs, "thumb")}</span>
                {one.compared > 0 && (
                  <span className="tabular block text-12 text-ink-3">
                    preferred {one.preferred} of {one.compared}
                  </span>
                )}
              </th>
              {wide && (
                <td className="py-2 pr-6">
                  <Share estimate={one} />
                </td>
              )}
              <td className="tabular py-2 text-right text-ink-2">{figure(one.raw, "share")}</td>
              <td className="tabular py-2 text-right">
                <span className="font-medium">{figure(one.corrected, "share")}</span>
                <span className="block text-12 text-ink-3">{interval(one.low, one.high, "share")}</span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Share({ estimate: { raw, corrected, low, high } }: { estimate: Both["releases"][number] }) {
  return (
    <svg className="block h-5 w-full overflow-visible" aria-hidden>
      <line x1="0" x2="100%" y1="10" y2="10" className="stroke-line" />
      {low !== null && high !== null && corrected !== null && (
        <g className="text-accent-ink" stroke="currentColor" strokeWidth="2" strokeLinecap="round">
          <line x1={`${100 * low}%`} x2={`${100 * high}%`} y1="10" y2="10" />
          <circle cx={`${100 * corrected}%`} cy="10" r="4.5" fill="currentColor" stroke="var(--ground)" />
        </g>
      )}
      {raw !== null && (
        <circle cx={`${100 * raw}%`} cy="10" r="4" strokeWidth="1.5" className="fill-ground stroke-ink-3" />
      )}
    </svg>
  );
}

/** Log-odds this far from the average are drawn at the end of the scale: 95 of 100 against 50 of 100. */
const reach = 3;

function Raters({ raters, rater, onRater }: Pick<Props, "rater" | "onRater"> & { raters: Both["raters"] }) {
  const sorted = [...raters].sort((a, b) => b.leniency - a.leniency);
  return (
    <section aria-labelledby="raters">
      <h2 id="raters" className="font-semibold text-16">
        Who gives them
      </h2>
      <p className="text-13 text-ink-2">Kinder than the average person to the right, stricter to the left.</p>
      <ul className="mt-3 max-h-64 overflow-y-auto">
        {sorted.map((one) => {
          const part = (50 * Math.max(-reach, Math.min(reach, one.leniency))) / reach;
          return (
            <li key={one.rater} className="border-line border-t" data-rater={one.rater}>
              <button
                type="button"
                aria-pressed={rater === one.rater}
                title={`Only what ${one.rater} said`}
                onClick={() => onRater(rater === one.rater ? undefined : one.rater)}
                className="grid w-full grid-cols-[6rem_1fr_4rem] items-center gap-3 py-1.5 text-left text-13 -outline-offset-2 hover:bg-hover aria-pressed:bg-hover"
              >
                <span className="truncate font-medium">{one.rater}</span>
                <span className="relative block h-3" aria-hidden>
                  <span className="absolute inset-y-0 left-1/2 w-px bg-line-strong" />
                  <span
                    className={`absolute top-1 h-1 rounded-full ${part < 0 ? "bg-warn" : "bg-accent"}`}
                    style={{ left: `${50 + Math.min(0, part)}%`, width: `${Math.abs(part)}%` }}
                  />
                </span>
                <span className="tabular text-right text-12 text-ink-2">
                  <span className="sr-only">{kindness(one.leniency)}, </span>
                  {Math.round(100 * one.up)} % of {one.thumbs}
                </span>
              </button>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

function kindness(leniency: number): string {
  if (Math.abs(leniency) < 0.25) return "about average";
  return leniency > 0 ? "kinder" : "stricter";
}
