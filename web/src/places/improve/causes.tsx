import { useQuery } from "@tanstack/react-query";
import { type CausesReport, toFailure } from "../../api.ts";
import { exactly, plural, when } from "../../format.ts";
import { FailureNote } from "../../parts/failure-note.tsx";
import { ReleaseLink } from "../../parts/release-mark.tsx";
import { Told } from "../../parts/told.tsx";
import { causesQuery } from "../../queries.ts";
import { CauseCard } from "./cause-card.tsx";
import { wordsOf } from "./cause-words.ts";
import { FindCauses } from "./find-causes.tsx";

/** Why turns failed: the step whose replacement mends the answer, most turns first, and what would mend it. */
export function Causes({ app }: { app: string }) {
  const { data, error } = useQuery(causesQuery(app));
  const report = data?.report;
  return (
    <div className="min-h-0 flex-1 overflow-y-auto px-4 py-6">
      <div className="mx-auto max-w-[64rem] space-y-6">
        {error && <FailureNote failure={toFailure(error)} />}
        {!data && !error && <Waiting />}
        {report && <Summary report={report} />}
        {data && !report && (
          <section className="space-y-1">
            <h2 className="font-semibold text-16">Nothing was looked into yet</h2>
            <p className="max-w-prose text-13 text-ink-2">
              Failed turns (a thumb down, a correction, a wrong answer to an example) are answered again with one step’s
              output given. The step whose replacement mends the answer is the cause.
            </p>
          </section>
        )}
        <FindCauses app={app} isFirst={!report} />
        {report?.causes.map((cause, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a cause has no identity but its place in the report
          <CauseCard key={index} cause={cause} failed={report.failed} />
        ))}
      </div>
    </div>
  );
}

function Summary({ report }: { report: CausesReport }) {
  const at = Date.parse(report.createdAt);
  const [first] = report.causes;
  return (
    <section aria-label="What failed">
      <h2 className="tabular flex flex-wrap items-baseline gap-x-2">
        <span className="font-semibold text-28 tracking-tight">{report.failed}</span>
        <span className="text-14 text-ink-2">of {plural(report.turns, "judged turn")} failed</span>
      </h2>
      {first && (
        <p className="mt-1 max-w-prose text-14">
          Most often, in {plural(first.turns.length, "turn")}: {lower(wordsOf(first).name)}.{" "}
          <Told text={first.remedy.text} />
        </p>
      )}
      <p className="mt-1 text-13 text-ink-3">
        <ReleaseLink id={report.release} />, <span title={exactly(at)}>{when(at)}</span>
      </p>
    </section>
  );
}

const lower = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

function Waiting() {
  return (
    <div className="space-y-3" aria-hidden>
      <div className="skeleton h-9 w-48" />
      <div className="skeleton h-4 w-2/3" />
      <div className="skeleton h-40" />
      <div className="skeleton h-40" />
    </div>
  );
}
