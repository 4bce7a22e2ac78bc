import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { type Decision, toFailure } from "../../api.ts";
import { plural, when } from "../../format.ts";
import { ComparisonTable } from "../../parts/comparison.tsx";
import { FailureNote } from "../../parts/failure-note.tsx";
import { ReleaseLink } from "../../parts/release-mark.tsx";
import { Verdict, verdicts } from "../../parts/verdict.tsx";
import { storyQuery } from "../../queries.ts";
import { Candidate } from "./candidate.tsx";
import { Story } from "./story.tsx";

const route = getRouteApi("/evaluate");

/** What was changed, whether it is better, and what became of every change before. */
export function Releases({ app }: { app: string }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { data: story, error } = useQuery(storyQuery(app));
  const compared = story?.decisions.find((decision) => decision.comparison !== null);
  return (
    <div className="min-h-0 flex-1 overflow-y-auto px-4 py-6">
      <div className="mx-auto max-w-[64rem] space-y-10">
        <Candidate app={app} />
        {error && <FailureNote failure={toFailure(error)} />}
        {!story && !error && <Waiting />}
        {compared && <Newest decision={compared} />}
        {story && story.decisions.length > 0 && (
          <Story
            app={app}
            story={story}
            withChecks={search.checks ?? false}
            onChecks={(checks) =>
              navigate({ search: (now) => ({ ...now, checks: checks || undefined }), replace: true })
            }
          />
        )}
      </div>
    </div>
  );
}

/** The newest comparison: its verdict first, then each figure. */
function Newest({ decision }: { decision: Decision }) {
  const { comparison } = decision;
  if (!comparison) return null;
  const at = Date.parse(decision.createdAt);
  return (
    <section aria-labelledby="newest">
      <h2 id="newest" className="text-20 tracking-tight [&>span]:font-semibold">
        <Verdict verdict={comparison.verdict} size={20} />
      </h2>
      <p className="mt-1 max-w-prose text-14">{withoutWord(comparison.reason, comparison.verdict)}</p>
      <p className="mt-2 flex flex-wrap gap-x-1 text-13 text-ink-3">
        <ReleaseLink id={comparison.candidate} /> beside <ReleaseLink id={comparison.live} /> on{" "}
        {plural(comparison.examples, "example")} of the {decision.kind === "check" ? "development" : "gate"} split
        {comparison.errors > 0 && `, ${plural(comparison.errors, "error")}`}, {when(at)}
      </p>
      <ComparisonTable comparison={comparison} />
    </section>
  );
}

/** A reason without the verdict that stands above it: `Worse: f1 …` → `f1 …`. */
function withoutWord(reason: string, verdict: keyof typeof verdicts): string {
  const word = `${verdicts[verdict].word}: `;
  return reason.startsWith(word) ? reason.slice(word.length) : reason;
}

function Waiting() {
  return (
    <div className="space-y-3" aria-hidden>
      <div className="skeleton h-6 w-40" />
      <div className="skeleton h-4 w-3/4" />
      {[0, 1, 2, 3].map((row) => (
        <div key={row} className="skeleton h-12" />
      ))}
    </div>
  );
}
