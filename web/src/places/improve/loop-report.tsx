import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { ArrowLeft, Users } from "lucide-react";
import type { ReactNode } from "react";
import { type LoopReport as Report, toFailure } from "../../api.ts";
import { change, duration, exactly, figure, interval, plural, when } from "../../format.ts";
import { ComparisonTable } from "../../parts/comparison.tsx";
import { FailureNote } from "../../parts/failure-note.tsx";
import { ReleaseLink } from "../../parts/release-mark.tsx";
import { Told } from "../../parts/told.tsx";
import { verdicts } from "../../parts/verdict.tsx";
import { loopQuery } from "../../queries.ts";
import { Arms } from "./arms.tsx";
import { CauseCard } from "./cause-card.tsx";
import { LoopVerdict } from "./loop-verdict.tsx";

const route = getRouteApi("/improve");

/** The story of one loop: the decision, why, what was tried at what cost, and what is left to people. */
export function LoopReport({ id }: { id: string }) {
  const { app } = route.useSearch();
  const { data: report, error } = useQuery(loopQuery(id));
  return (
    <div className="min-h-0 flex-1 overflow-y-auto px-4 py-4">
      <article className="mx-auto max-w-[64rem] space-y-10">
        <Link
          to="/improve"
          search={{ view: "loops", ...(app ? { app } : {}) }}
          className="-mb-6 inline-flex items-center gap-1 rounded text-13 text-ink-3 hover:text-ink"
        >
          <ArrowLeft size={14} aria-hidden />
          All loops
        </Link>
        {error && <FailureNote failure={toFailure(error)} />}
        {report ? <Story report={report} /> : !error && <div className="skeleton h-80" aria-hidden />}
      </article>
    </div>
  );
}

function Story({ report }: { report: Report }) {
  const failed = report.cause.reduce((sum, { turns }) => sum + turns.length, 0);
  const compared = { live: report.live, candidate: report.candidate ?? report.live };
  return (
    <>
      <Verdict report={report} />
      {report.todo.length > 0 && (
        <section aria-labelledby="todo" className="rounded border border-line bg-panel p-4">
          <h3 id="todo" className="font-semibold text-16">
            Left to people
          </h3>
          <ul className="mt-2 list-disc space-y-1 pl-5 text-14">
            {report.todo.map((text) => (
              <li key={text} className="max-w-prose break-words">
                <Told text={text} />
              </li>
            ))}
          </ul>
        </section>
      )}
      <section aria-labelledby="way">
        <h3 id="way" className="font-semibold text-16">
          The way
        </h3>
        <ol className="mt-2">
          {report.story.map((text, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a step of a story is its place
            <li key={at} className="relative flex gap-3 pb-3 text-14">
              {at < report.story.length - 1 && (
                <span className="absolute top-6 bottom-0 left-[9.5px] w-px bg-line" aria-hidden />
              )}
              <span
                className="tabular mt-0.5 grid size-5 shrink-0 place-items-center rounded-full border border-line-strong text-12 text-ink-2"
                aria-hidden
              >
                {at + 1}
              </span>
              <span className="min-w-0 max-w-prose break-words">
                <Told text={text} />
              </span>
            </li>
          ))}
        </ol>
      </section>
      <Said report={report} />
      <section aria-labelledby="why" className="space-y-4">
        <h3 id="why" className="font-semibold text-16">
          Why turns failed
        </h3>
        {report.cause.length === 0 && <p className="text-13 text-ink-2">Nothing failed.</p>}
        {report.cause.map((cause, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a cause has no identity but its place in the report
          <CauseCard key={index} cause={cause} failed={failed} />
        ))}
      </section>
      <Arms arms={report.arms} chosen={report.candidate} />
      {report.metrics.length > 0 && (
        <section aria-labelledby="gate">
          <h3 id="gate" className="font-semibold text-16">
            Live beside what was chosen, on the gate split
          </h3>
          <ComparisonTable comparison={{ ...compared, metrics: report.metrics }} />
        </section>
      )}
      {report.report.length > 0 && (
        <section aria-labelledby="report">
          <h3 id="report" className="font-semibold text-16">
            The same on the report split
          </h3>
          <p className="max-w-prose text-13 text-ink-2">Examples that no decision had seen, opened for this once.</p>
          <ComparisonTable comparison={{ ...compared, metrics: report.report }} />
        </section>
      )}
    </>
  );
}

function Verdict({ report }: { report: Report }) {
  const at = Date.parse(report.createdAt);
  // What nobody chose by first: the report split where it was opened.
  const shown = report.report.length > 0 ? report.report : report.metrics;
  const moved = shown.filter(({ isGuarded, verdict }) => isGuarded && (verdict === "better" || verdict === "worse"));
  return (
    <section aria-labelledby="verdict">
      <h2 id="verdict" className="text-28 tracking-tight [&>span]:font-semibold">
        <LoopVerdict verdict={report.verdict} size={24} />
      </h2>
      <p className="mt-1 max-w-prose break-words text-16">
        <Told text={report.reason} />
      </p>
      {moved.length > 0 && (
        <ul aria-label="What moved" className="mt-4 flex flex-wrap gap-x-8 gap-y-3">
          {moved.map((metric) => (
            <li key={metric.name} className="tabular">
              <span className={`block font-semibold text-20 ${verdicts[metric.verdict].tone}`}>
                {change(metric.difference, metric.unit)}
              </span>
              <span className="block text-13 text-ink-2">
                {metric.name}, {figure(metric.live, metric.unit)} → {figure(metric.candidate, metric.unit)}
              </span>
              <span className="block text-12 text-ink-3">95 %: {interval(metric.low, metric.high, metric.unit)}</span>
            </li>
          ))}
        </ul>
      )}
      <p className="mt-4 flex flex-wrap items-baseline gap-x-1 text-13 text-ink-3">
        {report.candidate ? (
          <>
            <ReleaseLink id={report.candidate} /> beside <ReleaseLink id={report.live} />
          </>
        ) : (
          <>
            <ReleaseLink id={report.live} /> stays live
          </>
        )}{" "}
        · {duration(1000 * report.seconds)} · <span title={exactly(at)}>{when(at)}</span>
      </p>
      {report.areUsersSimulated && (
        <p className="mt-3 flex items-start gap-2 text-13 text-ink-2">
          <Users size={16} className="mt-0.5 shrink-0 text-warn" aria-hidden />
          Users were simulated: the thumbs and corrections are made from the development split’s references.
        </p>
      )}
    </section>
  );
}

/** What people said, as given and corrected. */
function Said({ report: { feedback } }: { report: Report }) {
  return (
    <section aria-labelledby="said">
      <h3 id="said" className="font-semibold text-16">
        What people said
      </h3>
      <dl className="mt-2 grid grid-cols-2 gap-x-6 gap-y-3 text-13 md:grid-cols-4">
        <Figure name="Turns">{feedback.turns}</Figure>
        <Figure name="Signals">
          {plural(feedback.thumbs, "thumb")}, {plural(feedback.corrections, "correction")}
        </Figure>
        <Figure name="Thumbs up, as given">{figure(feedback.raw, "share")}</Figure>
        <Figure name="Corrected for leniency">{figure(feedback.corrected, "share")}</Figure>
      </dl>
    </section>
  );
}

function Figure({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt className="text-12 text-ink-3">{name}</dt>
      <dd className="tabular font-medium text-14">{children}</dd>
    </div>
  );
}
