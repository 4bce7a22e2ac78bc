import { X } from "lucide-react";
import type { Imported } from "../../api.ts";
import { plural } from "../../format.ts";
import { IconButton } from "../../parts/button.tsx";

export type Report = { file: string; imported: Imported };

/** What became of a file: each refused line and each thing that was not carried over, by name. */
export function ImportReport({ report, onClose }: { report: Report; onClose: () => void }) {
  const { imported, refused, notCarried, dataset } = report.imported;
  return (
    <section
      aria-label="What was imported"
      className="max-h-56 shrink-0 overflow-y-auto border-line border-b bg-panel px-4 py-3 text-13"
    >
      <div className="float-right">
        <IconButton size="small" label="Close this report" onClick={onClose}>
          <X size={14} aria-hidden />
        </IconButton>
      </div>
      <p role="status">
        <span className="font-medium">{report.file}</span>: {plural(imported, "example")} imported into {dataset}
        {refused.length > 0 && <span className="text-bad">, {refused.length} refused</span>}
        {notCarried.length > 0 && <span className="text-warn">, {notCarried.length} not carried over</span>}
      </p>
      {refused.length > 0 && (
        <ul aria-label="Refused" className="mt-2 space-y-1">
          {refused.map(({ at, message }) => (
            <li key={`${at} ${message}`}>
              <span className="mr-2 font-mono text-12 text-bad">{at}</span>
              {message}
            </li>
          ))}
        </ul>
      )}
      {notCarried.length > 0 && (
        <ul aria-label="Not carried over" className="mt-2 space-y-1">
          {notCarried.map(({ at, name, message }) => (
            <li key={`${at} ${name} ${message}`}>
              <span className="mr-2 font-mono text-12 text-warn">{at}</span>
              <span className="mr-2 font-mono text-12">{name}</span>
              {message}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
