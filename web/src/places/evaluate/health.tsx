import { TriangleAlert } from "lucide-react";
import { useState } from "react";
import type { Dataset } from "../../api.ts";
import { plural } from "../../format.ts";

/** What was noticed about a dataset on arrival; each example that is meant can be opened. */
export function Health({ notes, onOpen }: { notes: Dataset["health"]; onOpen: (example: string) => void }) {
  const [all, setAll] = useState(false);
  if (notes.length === 0) return null;
  const shown = all ? notes : notes.slice(0, 3);
  return (
    <div className="rounded border border-line bg-warn-soft p-3 text-13">
      <h3 className="flex items-center gap-2 font-medium">
        <TriangleAlert size={14} className="text-warn" aria-hidden />
        {plural(notes.length, "note")} on this dataset
      </h3>
      <ul className="mt-1 max-h-60 space-y-1 overflow-y-auto">
        {shown.map((note) => (
          <li key={`${note.kind} ${note.examples.join(" ")} ${note.message}`}>
            {note.message}{" "}
            {note.examples.slice(0, 6).map((example) => (
              <button
                key={example}
                type="button"
                onClick={() => onOpen(example)}
                className="mr-2 max-w-40 truncate rounded align-bottom font-mono text-12 text-accent-ink underline"
              >
                {example}
              </button>
            ))}
            {note.examples.length > 6 && (
              <span className="text-12 text-ink-2">and {plural(note.examples.length - 6, "other")}</span>
            )}
          </li>
        ))}
      </ul>
      {notes.length > 3 && (
        <button type="button" onClick={() => setAll(!all)} className="mt-1 rounded text-12 text-ink-2 underline">
          {all ? "Only the first" : `All ${notes.length}`}
        </button>
      )}
    </div>
  );
}
