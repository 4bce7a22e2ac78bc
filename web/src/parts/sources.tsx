import type { Citation } from "../api.ts";
import type { OpenRange } from "./places.ts";

/** The citations below an answer, by the titles of their places. */
export function Sources({ citations, onOpen }: { citations: readonly Citation[]; onOpen: OpenRange }) {
  if (citations.length === 0) return null;
  return (
    <ul aria-label="Sources" className="fade-in flex flex-wrap gap-2">
      {citations.map((citation, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: its number is what a citation is
        <li key={at} className="max-w-full">
          <button
            type="button"
            onClick={() => onOpen(citation)}
            className="flex h-7 max-w-full items-center gap-2 rounded border border-line px-2 text-12 text-ink-2 hover:bg-hover hover:text-ink"
          >
            <span className="tabular font-medium text-accent-ink">{at + 1}</span>
            <span className="truncate">{citation.title}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
