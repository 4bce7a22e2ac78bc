import { getRouteApi, Link } from "@tanstack/react-router";
import { Fragment } from "react";
import type { QuestionsReport } from "../../api.ts";
import { count, duration, exactly, when } from "../../format.ts";
import { ReleaseLink } from "../../parts/release-mark.tsx";
import { stages, stageWords } from "../../parts/stage-words.ts";
import { PassedOver } from "./passed-over.tsx";

const route = getRouteApi("/knowledge");

/** How the app fared with the questions that were written from its documents; each figure leads to its questions. */
export function Tried({ report }: { report: QuestionsReport | null }) {
  const search = route.useSearch();
  if (report === null) {
    return (
      <section aria-label="Questions from your documents" className="space-y-1">
        <h2 className="font-semibold text-16">No question was tried yet</h2>
        <p className="max-w-prose text-13 text-ink-2">
          pawl writes questions that your documents answer, asks the app, and says where each is lost. Until then only
          what people asked is counted.
        </p>
      </section>
    );
  }
  const { asked, written, kept, release, seconds, notes } = report;
  const byStage = Map.groupBy(asked, ({ stage }) => stage);
  const told = stages.flatMap((stage) => {
    const amount = byStage.get(stage)?.length ?? 0;
    return amount === 0 ? [] : [{ stage, amount }];
  });
  const at = Date.parse(report.createdAt);
  return (
    <section aria-label="Questions from your documents">
      <h2 className="tabular">
        <span className="font-semibold text-28 tracking-tight">{count(asked.length)}</span>{" "}
        <span className="text-14 text-ink-2">
          {asked.length === 1 ? "question" : "questions"} from your documents:{" "}
          {told.map(({ stage, amount }, index) => (
            <Fragment key={stage}>
              {index > 0 && ", "}
              <Link
                to="/knowledge"
                search={{ view: "gaps", stage, ...(search.app ? { app: search.app } : {}) }}
                activeOptions={{ exact: true }}
                aria-current={search.stage === stage ? "page" : undefined}
                title="Show them"
                className="whitespace-nowrap rounded text-ink underline decoration-line-strong underline-offset-4 hover:text-accent-ink aria-[current=page]:text-accent-ink aria-[current=page]:decoration-accent"
              >
                {count(amount)} {stageWords[stage]}
              </Link>
            </Fragment>
          ))}
        </span>
      </h2>
      <div className="mt-2 flex h-1.5 max-w-[40rem] gap-px overflow-hidden rounded-full bg-line" aria-hidden>
        <div
          className="h-full bg-good"
          style={{ width: `${(100 * (byStage.get("answered")?.length ?? 0)) / asked.length}%` }}
        />
      </div>
      <p className="tabular mt-2 text-13 text-ink-3">
        {count(written)} written, {count(kept)} kept, in {duration(1000 * Math.round(seconds))} ·{" "}
        <span title={exactly(at)}>{when(at)}</span> ·{" "}
        <span className="whitespace-nowrap">
          release <ReleaseLink id={release} />
        </span>
      </p>
      <PassedOver notes={notes} />
    </section>
  );
}
