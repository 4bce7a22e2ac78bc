import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { createColumnHelper } from "@tanstack/react-table";
import { type LoopReport, toFailure } from "../../api.ts";
import { duration, exactly, plural, when } from "../../format.ts";
import { FailureNote } from "../../parts/failure-note.tsx";
import { type Columns, Rows, type rowFeatures } from "../../parts/rows.tsx";
import { loopsQuery } from "../../queries.ts";
import { wordsOf } from "./cause-words.ts";
import { LoopVerdict } from "./loop-verdict.tsx";
import { RunLoop } from "./run-loop.tsx";

const route = getRouteApi("/improve");

/** Every loop that came to its end, newest first, and the way to begin one. */
export function Loops({ app }: { app: string }) {
  const navigate = route.useNavigate();
  const { data, error, isPending } = useQuery(loopsQuery(app));
  if (error) {
    return (
      <div className="p-4">
        <FailureNote failure={toFailure(error)} />
      </div>
    );
  }
  return (
    <Rows
      label="Loops"
      above={
        <div className="border-line border-b px-4 py-4">
          <RunLoop app={app} isFirst={data?.loops.length === 0} />
        </div>
      }
      columns={columns}
      card={(loop) => <LoopCard loop={loop} />}
      data={data?.loops ?? none}
      keyOf={(loop) => loop.id}
      selected={undefined}
      onOpen={(loop) => navigate({ search: (now) => ({ view: "loops", app: now.app, loop: loop.id }) })}
      total={data?.loops.length}
      loading={isPending && app !== ""}
      hasMore={false}
      onMore={nothing}
      empty={<p className="p-4 text-13 text-ink-2">No loop has come to its end yet.</p>}
    />
  );
}

const none: readonly LoopReport[] = [];
const nothing = () => {};

const column = createColumnHelper<typeof rowFeatures, LoopReport>();
const columns: Columns<LoopReport> = [
  column.display({
    id: "verdict",
    header: "Verdict",
    meta: { track: "8rem" },
    cell: ({ row }) => <LoopVerdict verdict={row.original.verdict} />,
  }),
  column.display({
    id: "reason",
    header: "Because",
    meta: { track: "minmax(0,6fr)" },
    cell: ({ row }) => <span className="text-ink-2">{row.original.reason}</span>,
  }),
  column.display({
    id: "cause",
    header: "Most frequent cause",
    meta: { track: "minmax(0,2fr)", from: 800 },
    cell: ({ row }) => {
      const first = row.original.cause[0];
      return first ? wordsOf(first).name : "–";
    },
  }),
  column.display({
    id: "arms",
    header: "Arms",
    meta: { track: "3.5rem", end: true, from: 700 },
    cell: ({ row }) => row.original.arms.length,
  }),
  column.display({
    id: "time",
    header: "Time",
    meta: { track: "6rem", end: true, from: 700 },
    cell: ({ row }) => duration(1000 * row.original.seconds),
  }),
  column.display({
    id: "when",
    header: "When",
    meta: { track: "6.5rem", end: true, from: 560 },
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

function LoopCard({ loop }: { loop: LoopReport }) {
  return (
    <>
      <p className="flex items-baseline justify-between gap-3 text-13">
        <LoopVerdict verdict={loop.verdict} />
        <span className="text-12 text-ink-3">
          {plural(loop.arms.length, "arm")} · {when(Date.parse(loop.createdAt))}
        </span>
      </p>
      <p className="mt-1 truncate text-13 text-ink-2">{loop.reason}</p>
    </>
  );
}
