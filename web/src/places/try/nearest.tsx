import type { Found } from "../../api.ts";
import { documentRange, type OpenRange } from "../../parts/places.ts";

/** Where to look when nothing supports an answer: the passages that came nearest. */
export function Nearest({ found, onOpen }: { found: Found; onOpen: OpenRange }) {
  return (
    <section aria-label="Nearest passages" className="fade-in">
      <p className="text-13 text-ink-3">The nearest passages:</p>
      <ol className="mt-1">
        {found.passages.map((passage, at) => (
          <li key={passage.chunkId} className="border-line border-b last:border-b-0">
            <button
              type="button"
              onClick={() => onOpen(documentRange(passage))}
              className="flex h-9 w-full items-center gap-3 text-left text-13 text-ink-2 hover:text-accent-ink"
            >
              <span className="tabular w-3 text-12 text-ink-3">{at + 1}</span>
              <span className="min-w-0 flex-1 truncate">{passage.title}</span>
            </button>
          </li>
        ))}
      </ol>
    </section>
  );
}
