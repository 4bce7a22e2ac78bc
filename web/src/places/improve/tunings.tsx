import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { createColumnHelper } from "@tanstack/react-table";
import { type Tuning, toFailure } from "../../api.ts";
import { count, duration, exactly, plural, shortId, when } from "../../format.ts";
import { CommandLine } from "../../parts/copy.tsx";
import { FailureNote } from "../../parts/failure-note.tsx";
import { type Columns, Rows, type rowFeatures } from "../../parts/rows.tsx";
import { tuningsQuery } from "../../queries.ts";

const route = getRouteApi("/improve");

/** Every training run, newest first. */
export function Tunings({ app }: { app: string }) {
  const navigate = route.useNavigate();
  const { data, error, isPending } = useQuery(tuningsQuery(app));
  if (error) {
    return (
      <div className="p-4">
        <FailureNote failure={toFailure(error)} />
      </div>
    );
  }
  return (
    <Rows
      label="Training runs"
      columns={columns}
      card={(tuning) => <TuningCard tuning={tuning} />}
      data={data?.tunings ?? none}
      keyOf={(tuning) => tuning.id}
      selected={undefined}
      onOpen={(tuning) => navigate({ search: (now) => ({ view: "tuning", app: now.app, tuning: tuning.id }) })}
      total={data?.tunings.length}
      loading={isPending && app !== ""}
      hasMore={false}
      onMore={nothing}
      empty={
        <div className="space-y-3 p-4 text-13 text-ink-2">
          <p className="max-w-prose">
            Tuning teaches the local model a form or a way to answer; facts belong into documents. The loop tunes where
            cheaper remedies fell short; by hand it is:
          </p>
          <CommandLine command="pawl tune --data examples.jsonl --minutes 30" />
        </div>
      }
    />
  );
}

const none: readonly Tuning[] = [];
const nothing = () => {};

const words = { queued: "Waiting", running: "Running", done: "Done", failed: "Failed", cancelled: "Stopped" } as const;

export function TuningStatus({ tuning: { status } }: { tuning: Pick<Tuning, "status"> }) {
  const tone = {
    queued: "text-ink-3",
    running: "text-accent-ink",
    done: "text-good",
    failed: "text-bad",
    cancelled: "text-ink-3",
  };
  return <span className={`font-medium ${tone[status]}`}>{words[status]}</span>;
}

/** What is trained. */
export const kindWords: Record<Tuning["kind"], string> = {
  chat: "Chat model",
  reader: "Reader",
  writer: "Question writer",
};

export const stepOf = (tuning: Pick<Tuning, "points">): number => tuning.points.at(-1)?.step ?? 0;

/** The best loss on the validation lines so far. */
export function bestOf({ points, result }: Pick<Tuning, "points" | "result">): number | null {
  const seen = points.flatMap(({ validation }) => (validation === null ? [] : [validation]));
  return result?.validation ?? (seen.length > 0 ? Math.min(...seen) : null);
}

const column = createColumnHelper<typeof rowFeatures, Tuning>();
const columns: Columns<Tuning> = [
  column.display({
    id: "when",
    header: "Begun",
    meta: { track: "minmax(0,2fr)" },
    cell: ({ row }) => {
      const at = Date.parse(row.original.createdAt);
      return (
        <span className="font-medium" title={exactly(at)}>
          {when(at)}
        </span>
      );
    },
  }),
  column.display({
    id: "kind",
    header: "Trains",
    meta: { track: "8rem" },
    cell: ({ row }) => kindWords[row.original.kind],
  }),
  column.display({
    id: "status",
    header: "Status",
    meta: { track: "6rem" },
    cell: ({ row }) => <TuningStatus tuning={row.original} />,
  }),
  column.display({
    id: "steps",
    header: "Step",
    meta: { track: "7rem", end: true },
    cell: ({ row }) =>
      `${count(stepOf(row.original))}${row.original.steps === null ? "" : ` of ${count(row.original.steps)}`}`,
  }),
  column.display({
    id: "examples",
    header: "Examples",
    meta: { track: "5rem", end: true, from: 620 },
    cell: ({ row }) => count(row.original.examples),
  }),
  column.display({
    id: "validation",
    header: "Validation loss",
    meta: { track: "7rem", end: true, from: 620 },
    cell: ({ row }) => bestOf(row.original)?.toFixed(3) ?? "–",
  }),
  column.display({
    id: "speed",
    header: "Tokens/s",
    meta: { track: "5rem", end: true, from: 760 },
    cell: ({ row }) => (row.original.tokensPerSecond === null ? "–" : count(Math.round(row.original.tokensPerSecond))),
  }),
  column.display({
    id: "left",
    header: "Left",
    meta: { track: "6rem", end: true, from: 760 },
    cell: ({ row }) =>
      row.original.status === "running" && row.original.secondsLeft !== null
        ? duration(1000 * Math.round(row.original.secondsLeft))
        : "–",
  }),
  column.display({
    id: "release",
    header: "Release",
    meta: { track: "5rem", end: true, from: 900 },
    cell: ({ row }) => (
      <span className="font-mono text-12 text-ink-3">
        {row.original.result?.release ? shortId(row.original.result.release) : "–"}
      </span>
    ),
  }),
];

function TuningCard({ tuning }: { tuning: Tuning }) {
  const best = bestOf(tuning);
  return (
    <>
      <p className="flex items-baseline justify-between gap-3 text-13">
        <TuningStatus tuning={tuning} />
        <span className="text-12 text-ink-3">{when(Date.parse(tuning.createdAt))}</span>
      </p>
      <p className="tabular mt-1 truncate text-12 text-ink-2">
        {kindWords[tuning.kind]} · {plural(stepOf(tuning), "step")} · {plural(tuning.examples, "example")}
        {best !== null && ` · validation ${best.toFixed(3)}`}
      </p>
    </>
  );
}
