import { useEffect, useMemo, useRef, useState } from "react";
import type { Range } from "../api.ts";
import { count } from "../format.ts";
import { Button } from "./button.tsx";
import { cutText, type Mark, type Piece, type TextBlock, windowOf } from "./cut.ts";

const drawnAtOnce = 300_000; // UTF-16 code units: some 150 pages, quick to lay out

type Props = { text: string; marks: readonly Mark[]; goTo?: Range | undefined };

/** A document's text exactly as stored, with its marks, scrolled to a range. Markup in it is text like any other. */
export function DocumentText({ text, marks, goTo }: Props) {
  const [around, setAround] = useState(goTo?.start ?? 0);
  const view = useRef<HTMLDivElement>(null);
  const shown = useMemo(() => windowOf(text, around, drawnAtOnce), [text, around]);
  const blocks = useMemo(() => cutText(text, marks, shown.start, shown.end), [text, marks, shown]);

  useEffect(() => {
    if (goTo) setAround(goTo.start);
  }, [goTo]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: scroll again when the drawn part has changed
  useEffect(() => {
    if (!goTo) return;
    const place = view.current?.querySelector(`[data-start="${goTo.start}"]`) ?? view.current?.querySelector("mark");
    place?.scrollIntoView({ block: "center" });
  }, [goTo, blocks]);

  return (
    <div ref={view} className="space-y-3 break-words text-13 leading-5" data-document-text>
      {shown.start > 0 && (
        <Button onClick={() => setAround(shown.start)}>Show {count(shown.start)} characters before</Button>
      )}
      {blocks.map((block) => (
        <BlockView key={block.start} block={block} />
      ))}
      {shown.end < text.length && (
        <Button onClick={() => setAround(shown.end)}>Show {count(text.length - shown.end)} characters after</Button>
      )}
    </div>
  );
}

const blockLook = {
  heading: "pt-3 font-semibold text-14 first:pt-0",
  table: "overflow-x-auto whitespace-pre font-mono text-12 text-ink-2",
  text: "whitespace-pre-wrap text-ink-2",
} as const;

function BlockView({ block }: { block: TextBlock }) {
  return (
    // A wide table scrolls sideways, also by keyboard.
    <div
      {...(block.kind === "table" ? { tabIndex: 0, role: "group", "aria-label": "Table" } : {})}
      className={`[content-visibility:auto] [contain-intrinsic-size:auto_60px] ${blockLook[block.kind]}`}
      data-block={block.start}
    >
      {block.pieces.map((piece) => (
        <PieceView key={piece.start} piece={piece} />
      ))}
    </div>
  );
}

function PieceView({ piece }: { piece: Piece }) {
  const of = (kind: Mark["kind"]) => piece.marks.find((mark) => mark.kind === kind);
  const chunk = of("even") ?? of("odd");
  const passage = of("passage");
  const opening = chunk && chunk.start === piece.start ? chunk.label : undefined;
  const text = of("quote") ? (
    <mark data-start={piece.start} className="text-ink">
      {piece.text}
    </mark>
  ) : (
    piece.text
  );
  if (!chunk && !passage && typeof text === "string") return text;
  const look = chunk?.kind === "odd" ? "bg-accent-soft" : chunk ? "bg-hover" : passage ? "bg-accent-soft" : "";
  return (
    <span
      className={`box-decoration-clone rounded-[2px] text-ink ${look}`}
      data-start={of("quote") ? undefined : piece.start}
    >
      {opening && (
        <span className="mr-2 select-none rounded-[4px] border border-line-strong bg-ground px-1 font-mono font-normal text-12 text-ink-3">
          {opening}
        </span>
      )}
      {text}
    </span>
  );
}
