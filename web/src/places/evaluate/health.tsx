import { ChevronDown, ChevronRight, TriangleAlert } from "lucide-react";
import { useState } from "react";
import type { Dataset } from "../../api.ts";
import { plural } from "../../format.ts";

/** What was noticed about a dataset on arrival: a line that counts it; below, each note with the examples it means. */
export function Health({ notes, onOpen }: { notes: Dataset["health"]; onOpen: (example: string) => void }) {
  const [open, setOpen] = useState(false);
  if (notes.length === 0) return null;
  const kinds = [...Map.groupBy(notes, ({ kind }) => kind)].map(([kind, list]) => `${list.length} ${kind}`);
  const Arrow = open ? ChevronDown : ChevronRight;
  return (
    <div className="text-13">
      <button
        type="button"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        className="flex min-h-6 max-w-full items-center gap-2 rounded text-left text-ink-2 hover:text-ink"
      >
        <TriangleAlert size={14} className="shrink-0 text-warn" aria-hidden />
        <span>
          <span className="font-medium text-ink">{plural(notes.length, "note")}</span>: {kinds.join(", ")}
        </span>
        <Arrow size={14} className="shrink-0" aria-hidden />
      </button>
      {open && (
        <ul aria-label="Notes" className="mt-2 max-h-60 space-y-2 overflow-y-auto rounded border border-line p-3">
          {notes.map((note) => (
            <li key={`${note.kind} ${note.examples.join(" ")} ${note.message}`}>
              <p>{note.message}</p>
              <p className="mt-0.5 flex flex-wrap items-center gap-x-3">
                {note.examples.slice(0, 6).map((example) => (
                  <button
                    key={example}
                    type="button"
                    onClick={() => onOpen(example)}
                    className="max-w-40 truncate rounded font-mono text-12 text-accent-ink underline"
                  >
                    {example}
                  </button>
                ))}
                {note.examples.length > 6 && (
                  <span className="text-12 text-ink-2">and {plural(note.examples.length - 6, "other")}</span>
                )}
              </p>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
