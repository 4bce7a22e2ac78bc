import { useState } from "react";
import type { Found } from "../../api.ts";
import { plural } from "../../format.ts";
import { Excerpt } from "../../parts/passages.tsx";
import { documentRange, type OpenRange } from "../../parts/places.ts";

type Props = {
  found: Found | null | undefined;
  waiting: boolean;
  /** The app found no answer: what is shown is only what came nearest. */
  isRejected: boolean;
  onOpen: OpenRange;
};

/** The passage that was found, at once and before any model has spoken. Of one size from the first moment. */
export function FoundCard({ found, waiting, isRejected, onOpen }: Props) {
  const [all, setAll] = useState(false);
  const best = found?.evidence[0]?.passage ?? 0;
  const passage = found?.passages[best];
  if (!waiting && !passage) return null;
  const others = found?.passages.map((one, at) => ({ one, at })).filter(({ at }) => at !== best) ?? [];
  return (
    <section
      aria-label={isRejected ? "Nearest passage" : "Found passage"}
      className="rounded border border-line bg-panel text-13"
      data-found={passage ? "" : undefined}
    >
      <div className="flex h-9 items-center gap-2 px-3">
        {passage ? (
          <>
            <span className="min-w-0 flex-1 truncate font-medium text-ink-2">{passage.title}</span>
            {isRejected && <span className="shrink-0 text-12 text-ink-3">nearest, not an answer</span>}
            {others.length > 0 && (
              <button
                type="button"
                aria-expanded={all}
                onClick={() => setAll(!all)}
                className="shrink-0 rounded px-1 text-12 text-ink-3 hover:text-ink"
              >
                {all ? "only the best" : `${plural(others.length, "other")}`}
              </button>
            )}
          </>
        ) : (
          <div className="skeleton h-3 w-48" aria-hidden />
        )}
      </div>
      {passage && found ? (
        <button
          type="button"
          onClick={() => onOpen(documentRange(passage, isRejected ? undefined : found.evidence[0]))}
          className="mb-3 block w-full px-3 text-left text-ink-2 hover:text-ink"
        >
          {/* Two elements: a clamped text cannot have a height of its own. */}
          <span className="block h-[100px] md:h-[60px]">
            <span className="line-clamp-5 md:line-clamp-3">
              <Excerpt passage={passage} evidence={found.evidence[0]} look={isRejected ? "plain" : "marked"} />
            </span>
          </span>
        </button>
      ) : (
        <div className="mb-3 h-[100px] space-y-2 px-3 pt-1 md:h-[60px]" aria-hidden>
          <div className="skeleton h-3" />
          <div className="skeleton h-3" />
          <div className="skeleton h-3 w-2/3" />
        </div>
      )}
      {all && (
        <ul className="border-line border-t py-1">
          {others.map(({ one, at }) => (
            <li key={one.chunkId}>
              <button
                type="button"
                onClick={() =>
                  onOpen(
                    documentRange(
                      one,
                      found?.evidence.find((sentence) => sentence.passage === at),
                    ),
                  )
                }
                className="flex h-8 w-full items-center gap-3 px-3 text-left hover:bg-hover"
              >
                <span className="tabular w-3 text-12 text-ink-3">{at + 1}</span>
                <span className="min-w-0 flex-1 truncate text-ink-2">{one.title}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
