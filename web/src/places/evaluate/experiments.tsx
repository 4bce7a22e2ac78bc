import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { createColumnHelper } from "@tanstack/react-table";
import { useMemo } from "react";
import { type Experiment, toFailure } from "../../api.ts";
import { count, duration, exactly, plural, shortId, when } from "../../format.ts";
import { CommandLine } from "../../parts/copy.tsx";
import { FailureNote } from "../../parts/failure-note.tsx";
import { ReleaseLetter } from "../../parts/release-mark.tsx";
import { type Columns, Rows, type rowFeatures } from "../../parts/rows.tsx";
import { datasetsQuery, experimentsQuery } from "../../queries.ts";
import { costOf } from "./cost.ts";
import { datasetName } from "./names.ts";
import { RunExperiment } from "./run-experiment.tsx";

const route = getRouteApi("/evaluate");

/** Every experiment, newest first. */
export function Experiments({ app }: { app: string }) {
  const navigate = route.useNavigate();
  const { data, error, isPending } = useQuery(experimentsQuery(app));
  const datasets = useQuery(datasetsQuery(app));
  const columns = useMemo(() => columnsOf((id) => datasetName(datasets.data?.datasets, id)), [datasets.data]);
  const open = (id: string) => navigate({ search: (now) => ({ view: "experiments", app: now.app, experiment: id }) });
  if (error) {
    return (
      <div className="p-4">
        <FailureNote failure={toFailure(error)} />
      </div>
    );
  }
  return (
    <>
      <div className="flex shrink-0 flex-wrap items-center gap-x-3 gap-y-2 border-line border-b px-4 py-2">
        <p className="tabular mr-auto text-13 text-ink-3">
          {data ? plural(data.experiments.length, "experiment") : ""}
        </p>
        <RunExperiment app={app} datasets={datasets.data?.datasets ?? []} onBegun={open} />
      </div>
      <Rows
        label="Experiments"
        columns={columns}
        card={(experiment) => (
          <ExperimentCard experiment={experiment} name={datasetName(datasets.data?.datasets, experiment.dataset)} />
        )}
        data={data?.experiments ?? none}
        keyOf={(experiment) => experiment.id}
        selected={undefined}
        onOpen={(experiment) => open(experiment.id)}
        total={data?.experiments.length}
        loading={isPending}
        hasMore={false}
        onMore={nothing}
        empty={
          <div className="space-y-3 p-4 text-13 text-ink-2">
            <p>An experiment asks releases the same examples and puts an interval on every figure.</p>
            <CommandLine command="pawl eval app.ts --split development" />
          </div>
        }
      />
    </>
  );
}

const none: readonly Experiment[] = [];
const nothing = () => {};

const column = createColumnHelper<typeof rowFeatures, Experiment>();

const columnsOf = (nameOf: (dataset: string) => string): Columns<Experiment> => [
  column.display({
    id: "dataset",
    header: "Dataset",
    meta: { track: "minmax(0,2fr)" },
    cell: ({ row }) => (
      <>
        <span className="font-medium">{nameOf(row.original.dataset)}</span>{" "}
        <span className="text-ink-3">{row.original.split}</span>
      </>
    ),
  }),
  column.display({
    id: "releases",
    header: "Releases",
    meta: { track: "minmax(0,3fr)", from: 700 },
    cell: ({ row }) => <Releases ids={row.original.releases} />,
  }),
  column.display({
    id: "status",
    header: "Status",
    meta: { track: "8rem" },
    cell: ({ row }) => <Status experiment={row.original} />,
  }),
  column.display({
    id: "examples",
    header: "Examples",
    meta: { track: "4.5rem", end: true, from: 620 },
    cell: ({ row }) => count(row.original.examples),
  }),
  column.display({
    id: "cost",
    header: "Cost",
    meta: { track: "4rem", end: true, from: 860 },
    cell: ({ row }) => costOf(row.original.spent, row.original.costUsd),
  }),
  column.display({
    id: "time",
    header: "Time",
    meta: { track: "5rem", end: true, from: 760 },
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

function Releases({ ids }: { ids: readonly string[] }) {
  return (
    <span className="flex items-center gap-3">
      {ids.map((id, index) => (
        <span key={id} className="flex items-center gap-1.5">
          <ReleaseLetter index={index} />
          <span className="font-mono text-12 text-ink-3" title={id}>
            {shortId(id)}
          </span>
        </span>
      ))}
    </span>
  );
}

const words = { running: "Running", done: "Done", failed: "Failed", cancelled: "Stopped" } as const;

export function Status({
  experiment,
}: {
  experiment: Pick<Experiment, "status" | "done" | "examples" | "errors" | "releases">;
}) {
  const { status, done, errors } = experiment;
  const all = experiment.examples * experiment.releases.length;
  return (
    <span className={status === "failed" ? "text-bad" : "text-ink-2"}>
      {words[status]}
      {status !== "done" && done < all && (
        <span className="tabular"> {Math.floor((100 * done) / Math.max(1, all))} %</span>
      )}
      {errors > 0 && <span className="text-bad">, {plural(errors, "error")}</span>}
    </span>
  );
}

function ExperimentCard({ experiment, name }: { experiment: Experiment; name: string }) {
  return (
    <>
      <p className="flex items-baseline justify-between gap-3 text-13">
        <span className="min-w-0 truncate">
          <span className="font-medium">{name}</span> <span className="text-ink-3">{experiment.split}</span>
        </span>
        <span className="shrink-0 text-12 text-ink-3">{when(Date.parse(experiment.createdAt))}</span>
      </p>
      <p className="mt-1 truncate text-12">
        <Status experiment={experiment} /> · {plural(experiment.examples, "example")} ·{" "}
        {plural(experiment.releases.length, "release")}
      </p>
    </>
  );
}
