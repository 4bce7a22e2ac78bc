import type { Turn, TurnSummary } from "../api.ts";
import { count, duration, exactly, shortId, when } from "../format.ts";

/** The figures of a turn in one row, of the same height before they are there. */
export function TurnFigures({ turn }: { turn: Turn | undefined }) {
  const figures: [string, string | undefined][] = [
    ["Latency", turn && duration(turn.endMs - turn.startMs)],
    ["First content", turn && duration(turn.firstContentMs)],
    ["Tokens", turn && tokens(turn)],
    ["Release", turn && shortId(turn.release)],
    ["When", turn && when(turn.startMs)],
  ];
  return (
    <dl className="flex shrink-0 flex-wrap gap-x-4 gap-y-2 md:gap-x-6 px-4 py-3">
      {figures.map(([name, value]) => (
        <div key={name}>
          <dt className="text-12 text-ink-3">{name}</dt>
          <dd
            className="tabular flex h-5 items-center text-13"
            title={turn && (name === "Release" ? turn.release : name === "When" ? exactly(turn.startMs) : undefined)}
          >
            {value ?? <span className="skeleton h-3 w-12" aria-hidden />}
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** `742 → 63`; how many of the first were known from an earlier request. */
export function tokens({ usage }: Pick<TurnSummary, "usage">): string {
  if (usage.inputTokens + usage.outputTokens === 0) return "none";
  const known = usage.cachedTokens > 0 ? ` (${count(usage.cachedTokens)} known)` : "";
  return `${count(usage.inputTokens)}${known} → ${count(usage.outputTokens)}`;
}
