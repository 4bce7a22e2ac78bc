import type { Span } from "../api.ts";
import { duration } from "../format.ts";

type Props = { spans: readonly Span[]; selected: string | undefined; onSelect: (id: string | undefined) => void };

/** A turn's spans as bars over its time, children below their parents. */
export function Waterfall({ spans, selected, onSelect }: Props) {
  const rows = ordered(spans);
  const start = Math.min(...spans.map((span) => span.startMs));
  const total = Math.max(...spans.map((span) => span.endMs)) - start || 1;
  return (
    <ol className="text-13" aria-label="Steps of this turn">
      {rows.map(({ span, depth }) => (
        <li key={span.id}>
          <button
            type="button"
            aria-expanded={selected === span.id}
            onClick={() => onSelect(selected === span.id ? undefined : span.id)}
            className={`grid h-8 w-full grid-cols-[minmax(0,1fr)_minmax(0,1fr)_4rem] items-center gap-3 rounded px-2 text-left hover:bg-hover ${selected === span.id ? "bg-hover" : ""}`}
          >
            <span className="flex min-w-0 items-baseline gap-2" style={{ paddingLeft: depth * 12 }}>
              <span className={`shrink-0 font-medium ${span.error ? "text-bad" : "text-ink"}`}>{span.kind}</span>
              <span className="truncate text-12 text-ink-3" title={span.name}>
                {said(span)}
              </span>
            </span>
            <span className="relative h-2 rounded-full" aria-hidden>
              <span className="absolute inset-x-0 top-1/2 h-px bg-line" />
              <span
                className={`absolute inset-y-0 min-w-[3px] rounded-[3px] ${barLook(span)}`}
                style={{
                  left: `min(${(100 * (span.startMs - start)) / total}%, calc(100% - 3px))`,
                  width: `${(100 * (span.endMs - span.startMs)) / total}%`,
                }}
              />
            </span>
            <span className="tabular text-right text-12 text-ink-2">{duration(span.endMs - span.startMs)}</span>
          </button>
          {(span.source !== "work" || span.error || span.notes.length > 0) && <Remarks span={span} depth={depth} />}
        </li>
      ))}
    </ol>
  );
}

function Remarks({ span, depth }: { span: Span; depth: number }) {
  return (
    <div className="space-y-1 px-2 pb-1 text-12 text-ink-2" style={{ paddingLeft: 8 + depth * 12 }}>
      {span.source !== "work" && (
        <p>
          <span className="hatched mr-2 inline-block h-2 w-3 rounded-[2px] border border-line-strong" aria-hidden />
          not run: known from {span.source}
        </p>
      )}
      {span.notes.map((note) => (
        <p key={note}>{note}</p>
      ))}
      {span.error && (
        <p className="text-bad">
          {span.error.message} <span className="font-mono">{span.error.code}</span>
        </p>
      )}
    </div>
  );
}

/** A step's name without provider and version, which its own view has in full. */
function said({ kind, name }: Span): string {
  if (kind === "route" && name === "ordered") return "the list's order";
  return name === kind ? "" : (name.split("@")[0]?.split("/").at(-1) ?? name);
}

function barLook(span: Span): string {
  if (span.error) return "bg-bad";
  if (span.source !== "work") return "hatched border border-line-strong bg-ground";
  return span.kind === "model" ? "bg-accent" : "bg-ink-3";
}

/** Parents before their children, in the order of their starts. */
function ordered(spans: readonly Span[]): { span: Span; depth: number }[] {
  const known = new Set(spans.map((span) => span.id));
  const childrenOf = Map.groupBy(spans, (span) => (span.parent && known.has(span.parent) ? span.parent : null));
  const walk = (parent: string | null, depth: number): { span: Span; depth: number }[] =>
    (childrenOf.get(parent) ?? [])
      .toSorted((a, b) => a.startMs - b.startMs)
      .flatMap((span) => [{ span, depth }, ...walk(span.id, depth + 1)]);
  return walk(null, 0);
}
