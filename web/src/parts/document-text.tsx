import { useEffect, useMemo, useRef, useState } from "react";
import type { Range } from "../api.ts";
import { count } from "../format.ts";
import { Button } from "./button.tsx";
import { cellsOf, cutText, type Mark, type Piece, type TextBlock, windowOf } from "./cut.ts";

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
    <div ref={view} className="break-words text-13 leading-5" data-document-text>
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
  heading: "pt-4 pb-1 font-semibold text-14",
  table: "overflow-x-auto py-2 text-ink-2",
  text: "whitespace-pre-wrap py-1.5 text-ink-2",
} as const;

function BlockView({ block }: { block: TextBlock }) {
  // A block that is of one chunk alone has that chunk's bar at its side; where chunks meet inside, their ground differs.
  const chunk = block.pieces[0] && chunkOf(block.pieces[0]);
  const whole = chunk && block.pieces.every((piece) => chunkOf(piece) === chunk);
  const bar = whole ? `border-l-2 pl-3 ${chunk.kind === "odd" ? "border-accent" : "border-line-strong"}` : "";
  return (
    // A wide table scrolls sideways, also by keyboard.
    <div
      {...(block.kind === "table" ? { tabIndex: 0, role: "group", "aria-label": "Table" } : {})}
      className={`[contain-intrinsic-size:auto_60px] [content-visibility:auto] ${blockLook[block.kind]} ${bar}`}
    >
      {whole && chunk.start === block.start && <Label text={chunk.label} />}
      {block.kind === "table"
        ? cellsOf(block).map((row) => <RowView key={row[0]?.[0]?.start} row={row} tinted={!whole} />)
        : block.pieces.map((piece) => <PieceView key={piece.start} piece={piece} kind={block.kind} tinted={!whole} />)}
    </div>
  );
}

function RowView({ row, tinted }: { row: Piece[][]; tinted: boolean }) {
  const rule = row.every((cell) => cell.every((piece) => /^[\s|:-]*$/.test(piece.text)));
  return (
    <span className={`table-row ${rule ? "text-[0px] leading-none" : ""}`}>
      {row.map((cell) => {
        const bare = cell.every((piece) => /^[\s|]*$/.test(piece.text));
        return (
          <span
            key={cell[0]?.start}
            className={`tabular table-cell border-line border-b ${bare ? "text-[0px]" : rule ? "" : "max-w-80 py-1 pr-4"}`}
          >
            {cell.map((piece) => (
              <PieceView key={piece.start} piece={piece} kind="table" tinted={tinted} />
            ))}
          </span>
        );
      })}
    </span>
  );
}

const markOf = (piece: Piece, kind: Mark["kind"]) => piece.marks.find((mark) => mark.kind === kind);
const chunkOf = (piece: Piece) => markOf(piece, "even") ?? markOf(piece, "odd");

function PieceView({ piece, kind, tinted }: { piece: Piece; kind: TextBlock["kind"]; tinted: boolean }) {
  const shown = kind === "text" ? piece.text : <Shown text={piece.text} />;
  const chunk = tinted ? chunkOf(piece) : undefined;
  if (markOf(piece, "quote")) {
    return (
      <mark data-start={piece.start} className="text-ink">
        {shown}
      </mark>
    );
  }
  if (!chunk) return shown;
  return (
    <span className={`box-decoration-clone rounded-[2px] ${chunk.kind === "odd" ? "bg-accent-soft" : "bg-hover"}`}>
      {chunk.start === piece.start && <Label text={chunk.label} />}
      {shown}
    </span>
  );
}

/** Not a part of the text: it is neither selected nor copied with it. */
function Label({ text }: { text: string | undefined }) {
  return (
    <span
      aria-hidden
      data-label={text}
      className="mr-2 select-none font-mono font-normal text-12 text-ink-3 before:content-[attr(data-label)]"
    />
  );
}

/** Text whose Markdown signs (a heading's `#`, a table's bars) are there, to be copied, but take no room. */
function Shown({ text }: { text: string }) {
  const [, head, body = text, bar] = /^(#{1,6}\s+)?([\s\S]*?)(\|?\s*)$/.exec(text) ?? [];
  if (!head && !bar?.includes("|")) return text;
  return (
    <>
      {head && <span className="text-[0px]">{head}</span>}
      {body}
      {bar && <span className="text-[0px]">{bar}</span>}
    </>
  );
}
