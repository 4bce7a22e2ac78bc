import { useQuery } from "@tanstack/react-query";
import { TriangleAlert } from "lucide-react";
import { useMemo, useState } from "react";
import type { Chunk, Range } from "../../api.ts";
import { count, plural } from "../../format.ts";
import type { Mark } from "../../parts/cut.ts";
import { DocumentBody } from "../../parts/document-pane.tsx";
import { Pane } from "../../parts/pane.tsx";
import { Pick } from "../../parts/pick.tsx";
import { documentChunksQuery, documentQuery } from "../../queries.ts";
import { languageName } from "./documents.tsx";

type Props = { id: string; start: number | undefined; end: number | undefined; onClose: () => void };

/** One document as it is indexed: its text, where each chunk begins and ends, its headings to go to. */
export function ChunksPane({ id, start, end, onClose }: Props) {
  const { data: document } = useQuery(documentQuery(id));
  const { data, error } = useQuery(documentChunksQuery(id));
  const marks = useMemo(() => (error ? [] : data?.chunks.map(markOf)), [data, error]);
  const headings = useMemo(() => headingsOf(data?.chunks ?? []), [data]);
  const [heading, setHeading] = useState<{ id: string; at: Range }>();
  const chosen = heading?.id === id ? heading.at : undefined;
  const range = chosen ?? (start === undefined || end === undefined ? undefined : { start, end });
  return (
    <Pane
      label="Document"
      onClose={onClose}
      title={
        <div className="leading-4">
          <p className="truncate font-medium text-13">{document?.title ?? " "}</p>
          <p className="truncate text-12 text-ink-3">{document?.path ?? " "}</p>
        </div>
      }
    >
      <div className="flex shrink-0 flex-wrap items-center gap-x-4 gap-y-2 border-line border-b px-4 py-2 text-12 text-ink-2">
        <span className="tabular flex h-8 items-center">
          {document
            ? `${plural(document.chunks, "chunk")} · ${count(document.characters)} characters${document.pages === null ? "" : ` · ${plural(document.pages, "page")}`} · ${languageName(document.language)}`
            : " "}
        </span>
        {headings.length > 1 && (
          <Pick
            label="Go to a heading"
            value={String(chosen?.start ?? "")}
            options={[
              { value: "", label: "Go to a heading" },
              ...headings.map((one) => ({ value: String(one.start), label: one.name })),
            ]}
            onPick={(value) => {
              const found = headings.find((one) => String(one.start) === value);
              setHeading(found && { id, at: { start: found.start, end: found.end } });
            }}
          />
        )}
      </div>
      {document?.notes.map((note) => (
        <p key={note} className="flex shrink-0 gap-2 border-line border-b bg-warn-soft px-4 py-2 text-13">
          <TriangleAlert size={15} className="mt-0.5 shrink-0 text-warn" aria-hidden />
          {note}
        </p>
      ))}
      <DocumentBody id={id} range={range} marks={marks} />
    </Pane>
  );
}

/** Neighbours differ in their ground, and each begins with its number. */
function markOf(chunk: Chunk): Mark {
  return {
    start: chunk.start,
    end: chunk.end,
    kind: chunk.ordinal % 2 === 0 ? "even" : "odd",
    label: `${chunk.ordinal + 1} · ${chunk.tokens} tokens`,
  };
}

/** Where each section begins: the first line of the first chunk below a heading. */
function headingsOf(chunks: readonly Chunk[]): ({ name: string } & Range)[] {
  const first = new Map<string, Chunk>();
  for (const chunk of chunks) {
    const name = chunk.titlePath.slice(1).join(" › ");
    if (name !== "" && !first.has(name)) first.set(name, chunk);
  }
  return [...first].map(([name, chunk]) => {
    const line = chunk.text.indexOf("\n");
    return { name, start: chunk.start, end: line < 0 ? chunk.end : chunk.start + line };
  });
}
