import { TriangleAlert } from "lucide-react";
import { useState } from "react";
import { plural } from "../../format.ts";
import { Button } from "../../parts/button.tsx";

const few = 3;

/** What was passed over when questions were written, and why. */
export function PassedOver({ notes }: { notes: readonly string[] }) {
  const [all, setAll] = useState(false);
  if (notes.length === 0) return null;
  return (
    <div className="mt-2">
      <ul aria-label="Notes" className="max-w-prose space-y-1">
        {(all ? notes : notes.slice(0, few)).map((note) => (
          <li key={note} className="flex gap-2 text-13 text-ink-2">
            <TriangleAlert size={14} className="mt-[3px] shrink-0 text-warn" aria-hidden />
            <span className="min-w-0 break-words">{note}</span>
          </li>
        ))}
      </ul>
      {notes.length > few && (
        <Button look="quiet" className="-ml-3" aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? "Fewer" : `All ${plural(notes.length, "note")}`}
        </Button>
      )}
    </div>
  );
}
