import { useInfiniteQuery, useMutation, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { ArrowLeft } from "lucide-react";
import { useCallback, useEffect, useMemo } from "react";
import { api, type ExperimentDetail, toFailure } from "../../api.ts";
import { duration, plural } from "../../format.ts";
import { DocumentPane } from "../../parts/document-pane.tsx";
import { FailureNote } from "../../parts/failure-note.tsx";
import { JobProgress } from "../../parts/job-progress.tsx";
import { ReleaseLetter, ReleaseLink } from "../../parts/release-mark.tsx";
import { Rows } from "../../parts/rows.tsx";
import { datasetsQuery, experimentQuery, queryClient, resultsQuery } from "../../queries.ts";
import { costOf } from "./cost.ts";
import { Status } from "./experiments.tsx";
import { Figures } from "./figures.tsx";
import { datasetName } from "./names.ts";
import { ResultCard, resultColumns } from "./result-columns.tsx";
import { ResultPane } from "./result-pane.tsx";
import { Slices } from "./slices.tsx";

const route = getRouteApi("/evaluate");

/** One experiment: every figure with its interval, by slice, then example by example, where releases disagree first. */
export function Experiment({ app, id }: { app: string; id: string }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { data: experiment, error } = useQuery(experimentQuery(id));
  const results = useInfiniteQuery(resultsQuery(id));
  const rows = useMemo(() => results.data?.pages.flatMap((page) => page.rows) ?? [], [results.data]);
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = results;
  const onMore = useCallback(() => {
    if (!isFetchingNextPage) void fetchNextPage();
  }, [isFetchingNextPage, fetchNextPage]);
  const opened = rows.find(({ example }) => example.id === search.example);
  // A link to a row that is further down: read until it is there.
  useEffect(() => {
    if (search.example && !opened && hasNextPage) onMore();
  }, [search.example, opened, hasNextPage, onMore]);
  const isRunning = experiment?.status === "running";
  const done = experiment?.done;
  // Answers come while it runs; each new one is a new row's end.
  // biome-ignore lint/correctness/useExhaustiveDependencies: read again when more is done
  useEffect(() => {
    void queryClient.invalidateQueries({ queryKey: resultsQuery(id).queryKey });
  }, [done, id]);
  const columns = useMemo(() => resultColumns(experiment), [experiment]);
  if (error) {
    return (
      <div className="p-4">
        <FailureNote failure={toFailure(error)} />
      </div>
    );
  }
  return (
    <div className="relative flex min-h-0 flex-1">
      <div className="flex min-w-0 flex-1 flex-col">
        <Rows
          label="Examples"
          above={
            <div className="space-y-8 border-line border-b px-4 pt-4 pb-6">
              <Summary app={app} experiment={experiment} />
              {experiment && <Figures experiment={experiment} />}
              {experiment && experiment.slices.length > 0 && (
                <Slices
                  experiment={experiment}
                  tag={search.slice}
                  metric={search.metric}
                  onPick={(part) => navigate({ search: (now) => ({ ...now, ...part }), replace: true })}
                />
              )}
              <h2 className="-mb-3 font-semibold text-16">
                Examples{experiment && experiment.releases.length > 1 ? ", where the releases disagree first" : ""}
              </h2>
            </div>
          }
          columns={columns}
          card={(row) => <ResultCard row={row} experiment={experiment} />}
          data={rows}
          keyOf={(row) => row.example.id}
          selected={search.example}
          onOpen={(row, how) =>
            navigate({
              search: (now) => ({ ...now, example: row.example.id, span: undefined }),
              replace: how === "move",
            })
          }
          total={results.data?.pages[0]?.total}
          loading={results.isPending}
          hasMore={hasNextPage}
          onMore={onMore}
          empty={
            results.error ? (
              <div className="p-4">
                <FailureNote failure={toFailure(results.error)} />
              </div>
            ) : (
              <p className="p-4 text-13 text-ink-2">
                {isRunning ? "Nothing is answered yet." : "There is no example."}
              </p>
            )
          }
        />
      </div>
      {search.doc ? (
        <DocumentPane
          id={search.doc}
          range={
            search.start === undefined || search.end === undefined
              ? undefined
              : { start: search.start, end: search.end }
          }
          onClose={() => navigate({ search: (now) => ({ ...now, doc: undefined, start: undefined, end: undefined }) })}
        />
      ) : (
        opened &&
        experiment && (
          <ResultPane
            row={opened}
            experiment={experiment}
            release={search.release}
            tab={search.tab}
            span={search.span}
            onSearch={(part) => navigate({ search: (now) => ({ ...now, ...part }), replace: true })}
            onOpen={({ documentId, start, end }) =>
              navigate({ search: (now) => ({ ...now, doc: documentId, start, end }) })
            }
            onClose={() =>
              navigate({
                search: (now) => ({ ...now, example: undefined, release: undefined, span: undefined, tab: undefined }),
              })
            }
          />
        )
      )}
    </div>
  );
}

function Summary({ app, experiment }: { app: string; experiment: ExperimentDetail | undefined }) {
  const { data } = useQuery(datasetsQuery(app));
  const stop = useMutation({
    mutationFn: (id: string) => api.cancelExperiment({ params: { id } }),
    onSuccess: ({ id }) => queryClient.invalidateQueries({ queryKey: ["experiment", id] }),
  });
  return (
    <section className="text-13">
      <Link
        to="/evaluate"
        search={(now) => ({ view: "experiments" as const, ...(now.app ? { app: now.app } : {}) })}
        className="inline-flex items-center gap-1 rounded text-ink-3 hover:text-ink"
      >
        <ArrowLeft size={14} aria-hidden />
        All experiments
      </Link>
      <h2 className="mt-2 min-h-7 font-semibold text-20 tracking-tight">
        {experiment ? `${datasetName(data?.datasets, experiment.dataset)}, ${experiment.split}` : " "}
      </h2>
      {experiment ? (
        <>
          <p className="tabular text-ink-2">
            <Status experiment={experiment} /> · {plural(experiment.examples, "example")} ·{" "}
            {duration(1000 * experiment.seconds)} · {costOf(experiment.spent, experiment.costUsd)}
            {experiment.spent && ` · ${plural(experiment.spent.calls, "call")}`}
            {experiment.fromLock ? " · live scores from pawl.lock.json" : ""}
          </p>
          {experiment.before && (
            <p className="tabular text-ink-3">
              Foreseen: {plural(experiment.before.calls, "call")},{" "}
              {experiment.before.seconds === null ? "time unknown" : duration(1000 * experiment.before.seconds)},{" "}
              {costOf(experiment.before, experiment.before.costUsd)}
            </p>
          )}
          <ul className="mt-2 flex flex-wrap gap-x-6 gap-y-1">
            {experiment.releases.map((id, index) => (
              <li key={id} className="flex items-center gap-2">
                <ReleaseLetter index={index} />
                <ReleaseLink id={id} />
              </li>
            ))}
          </ul>
          {experiment.status === "running" && (
            <div className="mt-2">
              <JobProgress
                label="Running the experiment"
                progress={{
                  task: "answering",
                  done: experiment.done,
                  total: experiment.examples * experiment.releases.length,
                }}
                onStop={() => stop.mutate(experiment.id)}
              />
            </div>
          )}
          {stop.error && <FailureNote failure={toFailure(stop.error)} />}
        </>
      ) : (
        <div className="skeleton h-4 w-64" aria-hidden />
      )}
    </section>
  );
}
