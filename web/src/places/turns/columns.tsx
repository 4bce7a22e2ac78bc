import { createColumnHelper } from "@tanstack/react-table";
import { ThumbsDown, ThumbsUp } from "lucide-react";
import type { TurnSummary } from "../../api.ts";
import { count, duration, exactly, shortId, when } from "../../format.ts";
import { PinnedMark } from "../../parts/pins.tsx";
import type { Columns, rowFeatures } from "../../parts/rows.tsx";

const column = createColumnHelper<typeof rowFeatures, TurnSummary>();

export const turnColumns: Columns<TurnSummary> = [
  column.display({
    id: "question",
    header: "Question",
    meta: { track: "minmax(0,5fr)" },
    cell: ({ row }) => (
      <span className="font-medium">
        <PinnedMark app={row.original.app} turn={row.original.id} />
        {row.original.question}
      </span>
    ),
  }),
  column.display({
    id: "answer",
    header: "Answer",
    meta: { track: "minmax(0,6fr)", from: 700 },
    cell: ({ row }) => <Ending turn={row.original} />,
  }),
  column.display({
    id: "latency",
    header: "Latency",
    meta: { track: "4rem", end: true },
    cell: ({ row }) => duration(row.original.endMs - row.original.startMs),
  }),
  column.display({
    id: "first",
    header: "First content",
    meta: { track: "5rem", end: true, from: 900 },
    cell: ({ row }) => duration(row.original.firstContentMs),
  }),
  column.display({
    id: "tokens",
    header: "Tokens",
    meta: { track: "3.5rem", end: true, from: 1000 },
    cell: ({ row }) => {
      const { inputTokens, outputTokens } = row.original.usage;
      return inputTokens + outputTokens === 0 ? "–" : count(inputTokens + outputTokens);
    },
  }),
  column.display({
    id: "release",
    header: "Release",
    meta: { track: "5rem", from: 1060 },
    cell: ({ row }) => (
      <span className="font-mono text-12 text-ink-3" title={row.original.release}>
        {shortId(row.original.release)}
      </span>
    ),
  }),
  column.display({
    id: "thumb",
    header: "Thumb",
    meta: { track: "3rem" },
    cell: ({ row }) => <Thumb value={row.original.thumb} />,
  }),
  column.display({
    id: "when",
    header: "When",
    meta: { track: "6.5rem", end: true, from: 620 },
    cell: ({ row }) => (
      <span className="text-ink-3" title={exactly(row.original.startMs)}>
        {when(row.original.startMs)}
      </span>
    ),
  }),
];

export function TurnCard({ turn }: { turn: TurnSummary }) {
  return (
    <>
      <p className="flex items-center gap-2">
        <span className="min-w-0 flex-1 truncate font-medium text-13">
          <PinnedMark app={turn.app} turn={turn.id} />
          {turn.question}
        </span>
        <Thumb value={turn.thumb} />
        <span className="text-12 text-ink-3">{when(turn.startMs)}</span>
      </p>
      <p className="mt-1 truncate text-13">
        <Ending turn={turn} />
      </p>
    </>
  );
}

/** How a turn ended: its answer, or in a word why there is none. */
function Ending({ turn }: { turn: TurnSummary }) {
  if (turn.status === "failed") {
    return <span className="text-bad">Failed: {turn.error?.code ?? "unknown"}</span>;
  }
  if (turn.status === "cancelled") return <span className="text-ink-3">Stopped</span>;
  if (turn.answer?.abstained) return <span className="text-warn">No answer found</span>;
  return <span className="text-ink-2">{turn.answer?.text}</span>;
}

function Thumb({ value }: { value: number | null }) {
  if (value === null) return null;
  return value > 0 ? (
    <ThumbsUp size={14} className="inline text-good" aria-label="up" role="img" />
  ) : (
    <ThumbsDown size={14} className="inline text-bad" aria-label="down" role="img" />
  );
}
