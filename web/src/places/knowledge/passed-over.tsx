import { ChevronRight, TriangleAlert } from "lucide-react";
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
            <Note text={note} />
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

/** The first sentence; what follows it on demand. */
function Note({ text }: { text: string }) {
  const [, first, rest] = /^(.*?[.!?])\s+(.+)$/s.exec(text) ?? [];
  if (!first) return <span className="min-w-0 break-words">{text}</span>;
  return (
    <details className="group min-w-0 break-words">
      <summary className="flex cursor-pointer list-none items-center gap-1 rounded hover:text-ink">
        <span className="min-w-0">{first}</span>
        <ChevronRight size={14} className="shrink-0 group-open:rotate-90" aria-hidden />
      </summary>
      <p className="mt-1">{rest}</p>
    </details>
  );
}
