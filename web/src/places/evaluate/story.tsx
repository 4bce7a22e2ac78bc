import { CircleCheck, CircleX, FileText, FlaskConical, Gavel, type LucideIcon, Undo2 } from "lucide-react";
import { useState } from "react";
import type { Decision } from "../../api.ts";
import { change, exactly, interval, plural, shortId, when } from "../../format.ts";
import { Button } from "../../parts/button.tsx";
import { ComparisonTable } from "../../parts/comparison.tsx";
import { ReleaseLink } from "../../parts/release-mark.tsx";
import { Verdict, verdicts } from "../../parts/verdict.tsx";
import { RollbackDialog } from "./rollback-dialog.tsx";

const kinds: Record<Decision["kind"], { word: string; icon: LucideIcon; tone: string }> = {
  check: { word: "Checked", icon: FlaskConical, tone: "text-ink-3" },
  ship: { word: "Shipped", icon: CircleCheck, tone: "text-good" },
  refused: { word: "Refused", icon: CircleX, tone: "text-bad" },
  overruled: { word: "Shipped against the gate", icon: Gavel, tone: "text-warn" },
  rollback: { word: "Rolled back", icon: Undo2, tone: "text-warn" },
  documents: { word: "Documents changed", icon: FileText, tone: "text-ink-3" },
};

type Props = {
  app: string;
  story: { live: string | null; decisions: readonly Decision[] };
  withChecks: boolean;
  onChecks: (shown: boolean) => void;
};

/** What became of every release, newest first: who, why, and the figures it was decided on. */
export function Story({ app, story, withChecks, onChecks }: Props) {
  const checks = story.decisions.filter(({ kind }) => kind === "check").length;
  const told = story.decisions.filter(({ kind }) => withChecks || kind !== "check");
  const [target, setTarget] = useState<string | null>(null);
  // The newest decision that made the live release live: from there a person goes back.
  const current = told.find(({ kind, release }) => release === story.live && made(kind));
  return (
    <section aria-labelledby="story">
      <div className="flex h-8 items-center justify-between gap-3">
        <h2 id="story" className="font-semibold text-16">
          The story of releases
        </h2>
        {checks > 0 && (
          <Button look="quiet" aria-pressed={withChecks} onClick={() => onChecks(!withChecks)}>
            {withChecks ? "Without checks" : `With ${plural(checks, "check")}`}
          </Button>
        )}
      </div>
      {told.length === 0 && <p className="mt-2 text-13 text-ink-2">Nothing was shipped yet.</p>}
      <ol className="mt-2">
        {told.map((decision, at) => (
          <Entry
            key={decision.id}
            decision={decision}
            isLive={decision === current}
            isLast={at === told.length - 1}
            back={backOf(decision, current, story.live)}
            onBack={setTarget}
          />
        ))}
      </ol>
      {target && story.live && (
        <RollbackDialog app={app} live={story.live} target={target} onClose={() => setTarget(null)} />
      )}
    </section>
  );
}

const made = (kind: Decision["kind"]) => kind === "ship" || kind === "overruled" || kind === "rollback";

/** Where the button of an entry leads: from the live one to the release before it, from an earlier one to itself. */
function backOf(decision: Decision, current: Decision | undefined, live: string | null): string | null {
  if (decision === current) return decision.previous;
  return made(decision.kind) && decision.release !== live ? decision.release : null;
}

function Entry({
  decision,
  isLive,
  isLast,
  back,
  onBack,
}: {
  decision: Decision;
  isLive: boolean;
  isLast: boolean;
  back: string | null;
  onBack: (release: string) => void;
}) {
  const [open, setOpen] = useState(false);
  const { word, icon: Icon, tone } = kinds[decision.kind];
  const { comparison } = decision;
  const at = Date.parse(decision.createdAt);
  return (
    <li className="relative flex gap-3 pb-6 text-13" data-decision={decision.kind}>
      {!isLast && <span className="absolute top-6 bottom-0 left-[9.5px] w-px bg-line" aria-hidden />}
      <Icon size={20} strokeWidth={1.75} className={`mt-0.5 shrink-0 ${tone}`} aria-hidden />
      <div className="min-w-0 flex-1">
        <p className="flex min-h-6 flex-wrap items-center gap-x-2">
          <span className="font-medium text-14">{word}</span>
          <ReleaseLink id={decision.release} />
          {isLive && (
            <span className="rounded-full border border-line-strong px-2 font-medium text-12 text-good">live</span>
          )}
          <span className="text-ink-3" title={exactly(at)}>
            {when(at)}
            {decision.by && `, ${decision.by}`}
          </span>
          {back && (
            <button
              type="button"
              onClick={() => onBack(back)}
              className="rounded px-1 text-12 text-ink-3 underline decoration-line-strong underline-offset-4 hover:text-ink md:ml-auto"
            >
              {isLive ? `Roll back to ${shortId(back)}` : "Make it live again"}
            </button>
          )}
        </p>
        <p className="max-w-prose break-words text-ink-2">{decision.reason}</p>
        {comparison && comparison.changes.length > 0 && (
          <p className="break-words text-12 text-ink-3">{comparison.changes.join("; ")}</p>
        )}
        {comparison && comparison.metrics.length > 0 && (
          <>
            <Figures decision={decision} />
            <button
              type="button"
              aria-expanded={open}
              onClick={() => setOpen(!open)}
              className="mt-1 rounded text-12 text-ink-3 underline decoration-line-strong underline-offset-4 hover:text-ink"
            >
              {open ? "Fewer figures" : "All figures"}
            </button>
            {open && <ComparisonTable comparison={comparison} />}
          </>
        )}
      </div>
    </li>
  );
}

/** The guarded figures that moved, each with its interval; a word where none did. */
function Figures({ decision: { comparison } }: { decision: Decision }) {
  const moved = comparison?.metrics.filter(
    ({ isGuarded, verdict }) => isGuarded && (verdict === "better" || verdict === "worse"),
  );
  if (!moved || moved.length === 0)
    return <p className="mt-1 text-12 text-ink-3">No guarded figure moved for certain.</p>;
  return (
    <ul className="mt-1 flex flex-wrap gap-x-4 gap-y-1">
      {moved.map((metric) => (
        <li key={metric.name} className="tabular">
          {metric.name} <span className={verdicts[metric.verdict].tone}>{change(metric.difference, metric.unit)}</span>{" "}
          <span className="text-12 text-ink-3">({interval(metric.low, metric.high, metric.unit)})</span>{" "}
          <Verdict verdict={metric.verdict} size={13} />
        </li>
      ))}
    </ul>
  );
}
