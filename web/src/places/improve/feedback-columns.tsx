import { createColumnHelper } from "@tanstack/react-table";
import { ArrowLeftRight, PenLine, ThumbsDown, ThumbsUp } from "lucide-react";
import type { FeedbackRow } from "../../api.ts";
import { exactly, shortId, when } from "../../format.ts";
import type { Columns, rowFeatures } from "../../parts/rows.tsx";

const column = createColumnHelper<typeof rowFeatures, FeedbackRow>();

export const feedbackColumns: Columns<FeedbackRow> = [
  column.display({
    id: "kind",
    header: "Said",
    meta: { track: "7rem" },
    cell: ({ row }) => <Kind row={row.original} />,
  }),
  column.display({
    id: "question",
    header: "Question",
    meta: { track: "minmax(0,5fr)" },
    cell: ({ row }) => <span className="font-medium">{row.original.question}</span>,
  }),
  column.display({
    id: "answer",
    header: "Answer, and what was said of it",
    meta: { track: "minmax(0,6fr)", from: 760 },
    cell: ({ row }) => <Said row={row.original} />,
  }),
  column.display({
    id: "rater",
    header: "By",
    meta: { track: "6rem", from: 620 },
    cell: ({ row }) => <span className="text-ink-2">{row.original.rater || "unnamed"}</span>,
  }),
  column.display({
    id: "release",
    header: "Release",
    meta: { track: "5rem", from: 980 },
    cell: ({ row }) => (
      <span className="font-mono text-12 text-ink-3" title={row.original.release}>
        {shortId(row.original.release)}
      </span>
    ),
  }),
  column.display({
    id: "when",
    header: "When",
    meta: { track: "6.5rem", end: true, from: 620 },
    cell: ({ row }) => {
      const at = Date.parse(row.original.createdAt);
      return (
        <span className="text-ink-3" title={exactly(at)}>
          {when(at)}
        </span>
      );
    },
  }),
];

export function FeedbackCard({ row }: { row: FeedbackRow }) {
  return (
    <>
      <p className="flex items-center gap-2 text-13">
        <Kind row={row} />
        <span className="min-w-0 flex-1 truncate font-medium">{row.question}</span>
        <span className="text-12 text-ink-3">{when(Date.parse(row.createdAt))}</span>
      </p>
      <p className="mt-1 truncate text-13">
        <Said row={row} />
      </p>
    </>
  );
}

function Kind({ row: { body } }: { row: FeedbackRow }) {
  const [Icon, word, tone] =
    body.kind === "correction"
      ? ([PenLine, "Corrected", "text-warn"] as const)
      : body.kind === "choice"
        ? ([ArrowLeftRight, "Chose", "text-ink-2"] as const)
        : body.value === 1
          ? ([ThumbsUp, "Up", "text-good"] as const)
          : ([ThumbsDown, "Down", "text-bad"] as const);
  return (
    <span className={`inline-flex shrink-0 items-center gap-1.5 ${tone}`}>
      <Icon size={14} aria-hidden />
      {word}
    </span>
  );
}

/** A correction beside what it corrects; else the answer and the reason. */
function Said({ row }: { row: FeedbackRow }) {
  const { body, answer } = row;
  const given = answer ?? "No answer";
  if (body.kind === "correction")
    return (
      <span className="text-ink-2">
        <del className="text-ink-3">{given}</del> <ins className="text-ink no-underline">{body.value}</ins>
      </span>
    );
  return (
    <span className="text-ink-2">
      {given}
      {body.reason && <span className="text-ink-3"> — {body.reason}</span>}
    </span>
  );
}
