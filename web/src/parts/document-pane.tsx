import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useRef } from "react";
import { type Range, toFailure } from "../api.ts";
import { documentQuery, documentTextQuery } from "../queries.ts";
import type { Mark } from "./cut.ts";
import { DocumentText } from "./document-text.tsx";
import { FailureNote } from "./failure-note.tsx";
import { Pane } from "./pane.tsx";

type Props = { id: string; range?: Range | undefined; onClose: () => void };

/** A document at the place that an answer or a search points to. The focus comes here and goes back at closing. */
export function DocumentPane({ id, range, onClose }: Props) {
  const { data: document } = useQuery(documentQuery(id));
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
      <DocumentBody id={id} range={range} marks={noMarks} />
    </Pane>
  );
}

type BodyProps = {
  id: string;
  range?: Range | undefined;
  /** What is marked beside the range. Undefined while that is not known: text drawn now would be drawn anew. */
  marks?: readonly Mark[] | undefined;
};

export function DocumentBody({ id, range, marks }: BodyProps) {
  const { data: text, error } = useQuery(documentTextQuery(id));
  const body = useRef<HTMLElement>(null);
  const start = range?.start;
  const end = range?.end;
  const goTo = useMemo(() => (start === undefined || end === undefined ? undefined : { start, end }), [start, end]);
  const all = useMemo(
    (): Mark[] => (goTo ? [...(marks ?? []), { kind: "quote", ...goTo }] : [...(marks ?? [])]),
    [marks, goTo],
  );

  useEffect(() => {
    const before = window.document.activeElement;
    if (goTo) body.current?.focus({ preventScroll: true });
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
    };
  }, [goTo]);

  return (
    <section
      ref={body}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the keys that scroll must work here
      tabIndex={0}
      aria-label="Text of the document"
      className="min-h-0 flex-1 overflow-y-auto p-4 focus-visible:-outline-offset-2"
    >
      {error ? (
        <FailureNote failure={toFailure(error)} />
      ) : text === undefined || marks === undefined ? (
        <div className="space-y-3" aria-hidden>
          {[20, 60, 64, 40].map((height) => (
            <div key={height} className="skeleton" style={{ height }} />
          ))}
        </div>
      ) : text.trim() === "" ? (
        <p className="text-13 text-ink-3">This document has no text.</p>
      ) : (
        <DocumentText text={text} marks={all} goTo={goTo} />
      )}
    </section>
  );
}

const noMarks: readonly Mark[] = [];
