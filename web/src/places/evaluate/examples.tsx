import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { createColumnHelper } from "@tanstack/react-table";
import { type ReactNode, useCallback, useEffect, useMemo } from "react";
import { type Dataset, type Example, toFailure } from "../../api.ts";
import { plural, shortId, when } from "../../format.ts";
import { FailureNote } from "../../parts/failure-note.tsx";
import { Pick } from "../../parts/pick.tsx";
import { type Columns, Rows, type rowFeatures } from "../../parts/rows.tsx";
import { SearchField } from "../../parts/search-field.tsx";
import { examplesQuery } from "../../queries.ts";
import { ExamplePane } from "./example-pane.tsx";
import { Health } from "./health.tsx";
import { questionOf, referenceOf } from "./names.ts";
import { SplitBar } from "./split-bar.tsx";

const route = getRouteApi("/evaluate");

type Props = {
  datasets: readonly Dataset[];
  /** Undefined while it is read. */
  dataset: Dataset | undefined;
  importButton: ReactNode;
  onDataset: (name: string) => void;
};

/** The newest version of a dataset: its splits, what was noticed about it, and every example. */
export function Examples({ datasets, dataset, importButton, onDataset }: Props) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { split, q } = search;
  const { data, error, isPending, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery({
    ...examplesQuery(dataset?.id ?? "", { split, q }),
    enabled: dataset !== undefined,
  });
  const examples = useMemo(() => data?.pages.flatMap((page) => page.examples) ?? [], [data]);
  const onMore = useCallback(() => {
    if (!isFetchingNextPage) void fetchNextPage();
  }, [isFetchingNextPage, fetchNextPage]);
  const onSearch = useCallback(
    (text: string) =>
      void navigate({ search: (now) => ({ ...now, q: text === "" ? undefined : text }), replace: true }),
    [navigate],
  );
  const open = (example: string, replace: boolean) => navigate({ search: (now) => ({ ...now, example }), replace });
  const opened = examples.find(({ id }) => id === search.example);
  // A link to an example that is further down: read until it is there.
  useEffect(() => {
    if (search.example && !opened && hasNextPage) onMore();
  }, [search.example, opened, hasNextPage, onMore]);
  return (
    <div className="relative flex min-h-0 flex-1">
      <div className="flex min-w-0 flex-1 flex-col">
        <Rows
          label="Examples of the dataset"
          above={
            <div className="space-y-4 border-line border-b p-4">
              <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
                {datasets.length > 1 ? (
                  <Pick
                    label="Dataset"
                    value={dataset?.dataset ?? ""}
                    options={datasets.map(({ dataset: name }) => ({ value: name, label: name }))}
                    onPick={onDataset}
                  />
                ) : (
                  <h2 className="font-semibold text-16">{dataset?.dataset ?? " "}</h2>
                )}
                <p className="tabular mr-auto text-13 text-ink-3">
                  {dataset && (
                    <>
                      {plural(dataset.examples, "example")}, version{" "}
                      <span className="font-mono text-12" title={dataset.id}>
                        {shortId(dataset.id)}
                      </span>
                      , {when(Date.parse(dataset.createdAt))}
                    </>
                  )}
                </p>
                {importButton}
              </div>
              {dataset ? (
                <SplitBar
                  dataset={dataset}
                  chosen={split}
                  onChoose={(next) =>
                    navigate({ search: (now) => ({ ...now, split: next, example: undefined }), replace: true })
                  }
                />
              ) : (
                <div className="skeleton h-8" aria-hidden />
              )}
              {dataset && <Health notes={dataset.health} onOpen={(example) => open(example, false)} />}
              <SearchField
                label="Words of the question or answer"
                value={q ?? ""}
                onSearch={onSearch}
                className="w-full md:w-72"
              />
            </div>
          }
          columns={columns}
          card={(example) => <ExampleCard example={example} />}
          data={examples}
          keyOf={(example) => example.id}
          selected={search.example}
          onOpen={(example, how) => open(example.id, how === "move")}
          total={data?.pages[0]?.total}
          loading={isPending}
          hasMore={hasNextPage}
          onMore={onMore}
          empty={
            error ? (
              <div className="p-4">
                <FailureNote failure={toFailure(error)} />
              </div>
            ) : (
              <p className="p-4 text-13 text-ink-2">No example is like that.</p>
            )
          }
        />
      </div>
      {opened && (
        <ExamplePane example={opened} onClose={() => navigate({ search: (now) => ({ ...now, example: undefined }) })} />
      )}
    </div>
  );
}

const column = createColumnHelper<typeof rowFeatures, Example>();

const columns: Columns<Example> = [
  column.display({
    id: "question",
    header: "Question",
    meta: { track: "minmax(0,5fr)" },
    cell: ({ row }) => <span className="font-medium">{questionOf(row.original.messages)}</span>,
  }),
  column.display({
    id: "answer",
    header: "Answer",
    meta: { track: "minmax(0,5fr)", from: 640 },
    cell: ({ row }) => <Reference example={row.original} />,
  }),
  column.display({
    id: "split",
    header: "Split",
    meta: { track: "6.5rem" },
    cell: ({ row }) => <span className="text-ink-2">{row.original.split}</span>,
  }),
  column.display({
    id: "from",
    header: "From",
    meta: { track: "5rem", from: 860 },
    cell: ({ row }) => <span className="text-ink-3">{row.original.provenance.source}</span>,
  }),
];

function Reference({ example }: { example: Example }) {
  const look = example.answer === null ? "text-warn" : example.answer === undefined ? "text-ink-3" : "text-ink-2";
  return <span className={look}>{referenceOf(example)}</span>;
}

function ExampleCard({ example }: { example: Example }) {
  return (
    <>
      <p className="flex items-baseline justify-between gap-3 text-13">
        <span className="min-w-0 truncate font-medium">{questionOf(example.messages)}</span>
        <span className="shrink-0 text-12 text-ink-3">{example.split}</span>
      </p>
      <p className="mt-1 truncate text-13">
        <Reference example={example} />
      </p>
    </>
  );
}
