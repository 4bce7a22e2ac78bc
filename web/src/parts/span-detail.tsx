import type { Span } from "../api.ts";
import { count, duration } from "../format.ts";
import { JsonView } from "./json-view.tsx";

/** One step: where its output came from, what went in, what came out. */
export function SpanDetail({ span }: { span: Span }) {
  return (
    <section aria-label={`Step ${span.path}`} className="fade-in rounded border border-line">
      <header className="flex flex-wrap items-baseline gap-x-4 gap-y-1 border-line border-b px-3 py-2 text-12 text-ink-2">
        <span className="break-all font-mono text-ink">
          {span.path} {span.name === span.kind ? "" : span.name}
        </span>
        <span>{duration(span.endMs - span.startMs)}</span>
        <span>{span.source === "work" ? "run" : `not run: known from ${span.source}`}</span>
        {span.usage && (
          <span className="tabular">
            {count(span.usage.inputTokens)} → {count(span.usage.outputTokens)} tokens
          </span>
        )}
      </header>
      <Part name="Input" value={span.input} />
      <Part name="Output" value={span.output} />
    </section>
  );
}

function Part({ name, value }: { name: string; value: unknown }) {
  return (
    <div className="border-line border-b px-3 py-2 last:border-b-0">
      <p className="mb-1 font-medium text-12 text-ink-3">{name}</p>
      <JsonView value={value ?? null} />
    </div>
  );
}
