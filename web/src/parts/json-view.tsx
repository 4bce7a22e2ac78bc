import { ChevronRight } from "lucide-react";
import { useState } from "react";

const drawnAtOnce = 100; // entries of one list

/** Any JSON value as a tree that opens level by level; long texts are cut until they are opened. */
export function JsonView({ value, name, depth = 0 }: { value: unknown; name?: string; depth?: number }) {
  if (value !== null && typeof value === "object") {
    return <Branch name={name} entries={Object.entries(value)} list={Array.isArray(value)} depth={depth} />;
  }
  return (
    <div className="flex gap-2 py-0.5 font-mono text-12 leading-5">
      {name !== undefined && <span className="shrink-0 text-ink-3">{name}</span>}
      {typeof value === "string" ? <Text value={value} /> : <span className="text-accent-ink">{String(value)}</span>}
    </div>
  );
}

function Branch({
  name,
  entries,
  list,
  depth,
}: {
  name: string | undefined;
  entries: [string, unknown][];
  list: boolean;
  depth: number;
}) {
  const [open, setOpen] = useState(depth < 1 || (entries.length <= 3 && depth < 3));
  const [most, setMost] = useState(drawnAtOnce);
  const size = list ? `[${entries.length}]` : `{${entries.length}}`;
  if (name === undefined) return <div>{lines()}</div>;
  return (
    <div>
      <button
        type="button"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        className="flex items-center gap-1 rounded py-0.5 font-mono text-12 text-ink-2 leading-5 hover:text-ink"
      >
        <ChevronRight size={12} aria-hidden className={`transition-transform ${open ? "rotate-90" : ""}`} />
        {name} <span className="text-ink-3">{size}</span>
      </button>
      {open && <div className="ml-[5px] border-line border-l pl-3">{lines()}</div>}
    </div>
  );

  function lines() {
    return (
      <>
        {entries.slice(0, most).map(([key, child]) => (
          <JsonView key={key} name={key} value={child} depth={depth + 1} />
        ))}
        {entries.length === 0 && <span className="font-mono text-12 text-ink-3">{list ? "[]" : "{}"}</span>}
        {entries.length > most && (
          <button type="button" className="text-12 text-accent-ink" onClick={() => setMost(most + drawnAtOnce)}>
            {entries.length - most} more
          </button>
        )}
      </>
    );
  }
}

function Text({ value }: { value: string }) {
  const [whole, setWhole] = useState(false);
  const long = value.length > 240;
  return (
    <span className="min-w-0 whitespace-pre-wrap break-words text-ink">
      {long && !whole ? `${value.slice(0, 200)}… ` : value}
      {long && (
        <button type="button" className="ml-1 text-accent-ink" onClick={() => setWhole(!whole)}>
          {whole ? "less" : `${value.length - 200} more characters`}
        </button>
      )}
    </span>
  );
}
