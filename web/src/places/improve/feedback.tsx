import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import { toFailure } from "../../api.ts";
import { plural } from "../../format.ts";
import { CommandLine } from "../../parts/copy.tsx";
import { FailureNote } from "../../parts/failure-note.tsx";
import { Pick } from "../../parts/pick.tsx";
import { Rows } from "../../parts/rows.tsx";
import { feedbackQuery } from "../../queries.ts";
import { Estimates } from "./estimates.tsx";
import { FeedbackCard, feedbackColumns } from "./feedback-columns.tsx";

const route = getRouteApi("/improve");

const kinds = [
  { value: "all", label: "Everything" },
  { value: "thumb", label: "Thumbs" },
  { value: "correction", label: "Corrections" },
  { value: "choice", label: "Choices" },
] as const;

/** What people said, and what it says of each release once kindness is taken out. */
export function Feedback({ app }: { app: string }) {
  const { kind, rater, release, turn } = route.useSearch();
  const navigate = route.useNavigate();
  const filter = useMemo(() => ({ app, kind, rater, release }), [app, kind, rater, release]);
  const { data, error, isPending, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery(
    feedbackQuery(filter),
  );
  const rows = useMemo(() => data?.pages.flatMap((page) => page.feedback) ?? [], [data]);
  const total = data?.pages[0]?.total;
  const onMore = useCallback(() => {
    if (!isFetchingNextPage) void fetchNextPage();
  }, [isFetchingNextPage, fetchNextPage]);
  const change = (part: Partial<typeof filter>) =>
    navigate({ search: (now) => ({ ...now, ...part, app: now.app, turn: undefined, span: undefined }), replace: true });
  // One signal has a row of its own; several of one turn lead to the same turn.
  const selected = rows.find((row) => row.turn === turn)?.id;
  if (error) {
    return (
      <div className="p-4">
        <FailureNote failure={toFailure(error)} />
      </div>
    );
  }
  return (
    <Rows
      label="Feedback"
      above={
        <>
          <Estimates app={app} rater={rater} onRater={(name) => change({ rater: name })} />
          <div className="flex flex-wrap items-center gap-2 border-line border-b px-4 py-2">
            <h2 className="mr-auto font-semibold text-16">
              Inbox{" "}
              <span className="tabular font-normal text-13 text-ink-3">
                {total === undefined ? "" : plural(total, "signal")}
              </span>
            </h2>
            {rater && <Chip label={`from ${rater}`} onClear={() => change({ rater: undefined })} />}
            {release && <Chip label={`of ${release.slice(-8)}`} onClear={() => change({ release: undefined })} />}
            <Pick
              label="Kind"
              value={kind ?? "all"}
              options={kinds}
              onPick={(value) => change({ kind: kindOf(value) })}
            />
          </div>
        </>
      }
      columns={feedbackColumns}
      card={(row) => <FeedbackCard row={row} />}
      data={rows}
      keyOf={(row) => row.id}
      selected={selected}
      onOpen={(row, how) =>
        navigate({
          search: (now) => ({ ...now, turn: row.turn, tab: "feedback" as const, span: undefined }),
          replace: how === "move",
        })
      }
      total={total}
      loading={isPending}
      hasMore={hasNextPage}
      onMore={onMore}
      empty={
        kind || rater || release ? (
          <p className="p-4 text-13 text-ink-2">Nobody has said anything like that.</p>
        ) : (
          <div className="space-y-3 p-4 text-13 text-ink-2">
            <p>
              Thumbs, corrections and choices of people stand here: given in Try, by an app of yours through the API, or
              in a terminal.
            </p>
            <CommandLine command='pawl feedback TURN down --reason "wrong year"' />
          </div>
        )
      }
    />
  );
}

function kindOf(value: string) {
  const found = kinds.find((one) => one.value === value)?.value;
  return found === "all" ? undefined : found;
}

function Chip({ label, onClear }: { label: string; onClear: () => void }) {
  return (
    <button
      type="button"
      onClick={onClear}
      title="Show all"
      className="max-w-48 truncate rounded-full border border-line-strong px-2 text-12 text-ink-2 hover:bg-hover"
    >
      {label} <span aria-hidden>×</span>
    </button>
  );
}
