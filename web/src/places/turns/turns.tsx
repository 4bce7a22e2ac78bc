import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useCallback, useMemo, useState } from "react";
import { type TurnSummary, toFailure } from "../../api.ts";
import { count } from "../../format.ts";
import { DocumentPane } from "../../parts/document-pane.tsx";
import { FailureNote } from "../../parts/failure-note.tsx";
import { togglePin } from "../../parts/keep.tsx";
import { Rows } from "../../parts/rows.tsx";
import { SearchField } from "../../parts/search-field.tsx";
import { TurnPane } from "../../parts/turn-pane.tsx";
import { type TurnFilter, turnsQuery } from "../../queries.ts";
import { TurnCard, turnColumns } from "./columns.tsx";
import { Empty } from "./empty.tsx";
import { Filters } from "./filters.tsx";

const route = getRouteApi("/turns");

/** What happened? Every turn, newest first, and each in all its detail. */
export function Turns() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { q, app, release, session, status, thumb, abstained } = search;
  const filter = useMemo(
    (): TurnFilter => ({ q, app, release, session, status, thumb, abstained }),
    [q, app, release, session, status, thumb, abstained],
  );
  const { data, error, isPending, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery(
    turnsQuery(filter),
  );
  const turns = useMemo(() => data?.pages.flatMap((page) => page.turns) ?? [], [data]);
  const [asking, setAsking] = useState<string>();
  const total = data?.pages[0]?.total;

  const change = useCallback(
    (part: TurnFilter) =>
      void navigate({ search: (now) => ({ ...now, ...part, turn: undefined, span: undefined }), replace: true }),
    [navigate],
  );
  const onSearch = useCallback((text: string) => change({ q: text === "" ? undefined : text }), [change]);
  const onMore = useCallback(() => {
    if (!isFetchingNextPage) void fetchNextPage();
  }, [isFetchingNextPage, fetchNextPage]);

  // While a turn is open, its pane has these keys.
  const rowKeys = search.turn
    ? undefined
    : {
        e: (turn: TurnSummary) => {
          setAsking(turn.id);
          void navigate({ search: (now) => ({ ...now, turn: turn.id, span: undefined }) });
        },
        p: (turn: TurnSummary) => void togglePin(turn.app, turn.id),
      };

  return (
    <div className="relative flex min-h-0 flex-1">
      <div className="flex min-w-0 flex-1 flex-col">
        <header className="shrink-0 border-line border-b px-4 py-3">
          <div className="flex h-8 items-baseline gap-3">
            <h1 className="font-semibold text-20 tracking-tight">Turns</h1>
            <p className="tabular text-13 text-ink-3" aria-live="polite">
              {total === undefined ? "" : count(total)}
            </p>
          </div>
          <div className="mt-2 flex flex-wrap gap-2 md:flex-nowrap">
            <SearchField
              label="Words of the question or answer"
              value={q ?? ""}
              onSearch={onSearch}
              // It gives way before the filters do: the list below keeps its place when a pane opens.
              className="w-full md:w-72 md:min-w-32 md:shrink-[100]"
            />
            <Filters filter={filter} onChange={change} />
          </div>
        </header>
        {error ? (
          <div className="p-4">
            <FailureNote failure={toFailure(error)} />
          </div>
        ) : (
          <Rows
            label="Turns"
            columns={turnColumns}
            card={(turn) => <TurnCard turn={turn} />}
            data={turns}
            keyOf={(turn) => turn.id}
            selected={search.turn}
            onOpen={(turn, how) => {
              setAsking(undefined);
              void navigate({ search: (now) => ({ ...now, turn: turn.id, span: undefined }), replace: how === "move" });
            }}
            total={total}
            loading={isPending}
            hasMore={hasNextPage}
            onMore={onMore}
            keys={rowKeys}
            empty={
              <Empty
                filtered={Object.values(filter).some((value) => value !== undefined)}
                onClear={() => navigate({ search: {} })}
              />
            }
          />
        )}
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
        search.turn && (
          <TurnPane
            id={search.turn}
            tab={search.tab}
            span={search.span}
            isAsking={asking === search.turn}
            onSearch={(part) => navigate({ search: (now) => ({ ...now, ...part }), replace: true })}
            onOpen={({ documentId, start, end }) =>
              navigate({ search: (now) => ({ ...now, doc: documentId, start, end }) })
            }
            onTurn={(id) => navigate({ search: (now) => ({ ...now, turn: id, span: undefined }) })}
            onClose={() => {
              setAsking(undefined);
              void navigate({ search: (now) => ({ ...now, turn: undefined, span: undefined, tab: undefined }) });
            }}
          />
        )
      )}
    </div>
  );
}
