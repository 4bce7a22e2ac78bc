import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { DocumentPane } from "../../parts/document-pane.tsx";
import { AppPick, Views, viewLink } from "../../parts/place.tsx";
import { TurnPane } from "../../parts/turn-pane.tsx";
import { appsQuery } from "../../queries.ts";
import { Causes } from "./causes.tsx";
import { Feedback } from "./feedback.tsx";
import { LoopReport } from "./loop-report.tsx";
import { Loops } from "./loops.tsx";
import { Tuning } from "./tuning.tsx";
import { Tunings } from "./tunings.tsx";

const route = getRouteApi("/improve");

const views = [
  { view: "causes", name: "Causes" },
  { view: "feedback", name: "Feedback" },
  { view: "tuning", name: "Tuning" },
  { view: "loops", name: "Loop" },
] as const;

/** What fails, why, and what would help? */
export function Improve() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const apps = useQuery(appsQuery);
  const names = apps.data?.apps.map(({ name }) => name) ?? [];
  const app = names.find((name) => name === search.app) ?? names[0] ?? "";
  const view = search.view ?? "causes";
  return (
    <div className="relative flex min-h-0 flex-1">
      <div className="flex min-w-0 flex-1 flex-col">
        <header className="shrink-0 px-4 pt-3">
          <div className="flex h-8 items-center justify-between gap-3">
            <h1 className="font-semibold text-20 tracking-tight">Improve</h1>
            <AppPick app={app} names={names} onPick={(name) => navigate({ search: { view, app: name } })} />
          </div>
        </header>
        <Views>
          {views.map((one) => (
            <Link
              key={one.view}
              to="/improve"
              search={{ view: one.view, ...(search.app ? { app: search.app } : {}) }}
              aria-current={view === one.view ? "page" : undefined}
              className={viewLink}
            >
              {one.name}
            </Link>
          ))}
        </Views>
        {view === "causes" && <Causes app={app} />}
        {view === "feedback" && <Feedback app={app} />}
        {view === "tuning" && (search.tuning ? <Tuning id={search.tuning} /> : <Tunings app={app} />)}
        {view === "loops" && (search.loop ? <LoopReport id={search.loop} /> : <Loops app={app} />)}
      </div>
      <Opened />
    </div>
  );
}

/** The turn, or the document, that was opened from any view. */
function Opened() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  if (search.doc) {
    const { start, end } = search;
    return (
      <DocumentPane
        id={search.doc}
        range={start === undefined || end === undefined ? undefined : { start, end }}
        onClose={() => navigate({ search: (now) => ({ ...now, doc: undefined, start: undefined, end: undefined }) })}
      />
    );
  }
  if (!search.turn) return null;
  return (
    <TurnPane
      id={search.turn}
      tab={search.tab}
      span={search.span}
      isAsking={false}
      onSearch={(part) => navigate({ search: (now) => ({ ...now, ...part }), replace: true })}
      onOpen={({ documentId, start, end }) => navigate({ search: (now) => ({ ...now, doc: documentId, start, end }) })}
      onTurn={(id) => navigate({ search: (now) => ({ ...now, turn: id, span: undefined }) })}
      onClose={() => navigate({ search: (now) => ({ ...now, turn: undefined, span: undefined, tab: undefined }) })}
    />
  );
}
