// biome-ignore-all lint/suspicious/noArrayIndexKey: pieces of a text have no identity but their place, and a stream only adds at the end
import { Fragment, type ReactNode, useMemo } from "react";
import type { Citation } from "../api.ts";
import { CitationMark } from "./citation-mark.tsx";
import { type Block, type Inline, parseMarkdown } from "./markdown.ts";

type Props = {
  text: string;
  /** Empty while the answer streams: the marks are there, but lead nowhere yet. */
  citations: readonly Citation[];
  onOpen?: ((citation: Citation, n: number) => void) | undefined;
  /** Shown behind the last character, for example the caret of a stream. */
  tail?: ReactNode;
};

/** An answer's text: a little Markdown, drawn as React elements, never as markup. */
export function Answer({ text, citations, onOpen, tail }: Props) {
  const blocks = useMemo(() => parseMarkdown(text), [text]);
  const draw = (pieces: Inline[]) =>
    pieces.map((piece, at) => <Fragment key={at}>{drawInline(piece, draw, citations, onOpen)}</Fragment>);
  return (
    <div className="space-y-3 break-words text-16 text-ink">
      {blocks.map((block, at) => (
        <BlockView key={at} block={block} draw={draw} tail={at === blocks.length - 1 ? tail : null} />
      ))}
      {blocks.length === 0 && tail}
    </div>
  );
}

function drawInline(
  piece: Inline,
  draw: (pieces: Inline[]) => ReactNode,
  citations: readonly Citation[],
  onOpen: Props["onOpen"],
): ReactNode {
  switch (piece.kind) {
    case "text":
      return piece.text;
    case "strong":
      return <strong className="font-semibold">{draw(piece.children)}</strong>;
    case "em":
      return <em>{draw(piece.children)}</em>;
    case "code":
      return <code className="rounded-[4px] bg-hover px-1 font-mono text-13">{piece.text}</code>;
    case "cite":
      return <CitationMark n={piece.n} citation={citations[piece.n - 1]} onOpen={onOpen} />;
  }
}

function BlockView({ block, draw, tail }: { block: Block; draw: (pieces: Inline[]) => ReactNode; tail: ReactNode }) {
  switch (block.kind) {
    case "paragraph":
      return (
        <p className="whitespace-pre-line">
          {draw(block.children)}
          {tail}
        </p>
      );
    case "heading":
      return (
        <p className="font-semibold">
          {draw(block.children)}
          {tail}
        </p>
      );
    case "list": {
      const items = block.items.map((item, at) => (
        <li key={at}>
          {draw(item)}
          {at === block.items.length - 1 && tail}
        </li>
      ));
      return block.ordered ? (
        <ol start={block.start} className="list-decimal space-y-1 pl-6 marker:text-ink-3">
          {items}
        </ol>
      ) : (
        <ul className="list-disc space-y-1 pl-6 marker:text-ink-3">{items}</ul>
      );
    }
    case "table":
      return (
        <div className="overflow-x-auto">
          <table className="tabular text-14">
            {block.head && (
              <thead>
                <tr>
                  {block.head.map((cell, at) => (
                    <th key={at} className="border-line-strong border-b py-1 pr-6 text-left font-medium">
                      {draw(cell)}
                    </th>
                  ))}
                </tr>
              </thead>
            )}
            <tbody>
              {block.rows.map((cells, at) => (
                <tr key={at}>
                  {cells.map((cell, column) => (
                    <td key={column} className="border-line border-b py-1 pr-6 align-top">
                      {draw(cell)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
          {tail}
        </div>
      );
    case "code":
      return (
        <pre className="overflow-x-auto rounded border border-line bg-panel p-3 font-mono text-13">
          {block.text}
          {tail}
        </pre>
      );
  }
}
