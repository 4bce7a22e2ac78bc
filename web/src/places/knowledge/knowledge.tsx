import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useCallback } from "react";
import { plural } from "../../format.ts";
import { DocumentPane } from "../../parts/document-pane.tsx";
import { Views, viewLink } from "../../parts/place.tsx";
import type { DocumentRange } from "../../parts/places.ts";
import { TurnPane } from "../../parts/turn-pane.tsx";
import { appsQuery, knowledgeQuery } from "../../queries.ts";
import { ChunksPane } from "./chunks-pane.tsx";
import { Documents } from "./documents.tsx";
import { Expected } from "./expected.tsx";
import { Gaps } from "./gaps.tsx";
import { Ingest } from "./ingest.tsx";
import { Playground } from "./playground.tsx";
import { Uploads, useUploads } from "./uploads.tsx";

const route = getRouteApi("/knowledge");

const views = [
  { view: "documents", name: "Documents" },
  { view: "search", name: "Search" },
  { view: "gaps", name: "Gaps" },
] as const;

/** What does it know, and would it find it? */
export function Knowledge() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const apps = useQuery(appsQuery);
  const knowledge = useQuery(knowledgeQuery);
  const app = search.app ?? apps.data?.apps[0]?.name;
  const uploads = useUploads(app);
  const view = search.view ?? "documents";
  const collections = knowledge.data?.collections;
  const sum = (of: "documents" | "chunks") => (collections ?? []).reduce((total, one) => total + one[of], 0);

  const onSearch = useCallback(
    (q: string) => void navigate({ search: (now) => ({ ...now, q: q === "" ? undefined : q }), replace: true }),
    [navigate],
  );
  const onDocument = useCallback(
    (doc: string, replace: boolean) =>
      void navigate({ search: (now) => ({ ...now, doc, start: undefined, end: undefined }), replace }),
    [navigate],
  );
  const onRange = ({ documentId, start, end }: DocumentRange) =>
    navigate({ search: (now) => ({ ...now, doc: documentId, start, end }) });

  return (
    <div className="relative flex min-h-0 flex-1" {...uploads.drop.dropTarget}>
      <div className="flex min-w-0 flex-1 flex-col">
        <header className="shrink-0 px-4 pt-3">
          <div className="flex min-h-8 flex-wrap items-center gap-x-3 gap-y-2">
            <h1 className="font-semibold text-20 tracking-tight">Knowledge</h1>
            <Ingest
              app={app}
              figures={collections ? `${plural(sum("documents"), "document")}, ${plural(sum("chunks"), "chunk")}` : ""}
            >
              {uploads.button}
            </Ingest>
          </div>
        </header>
        <Views>
          {views.map((one) => (
            <Link
              key={one.view}
              to="/knowledge"
              search={{ view: one.view, ...(search.app ? { app: search.app } : {}) }}
              aria-current={view === one.view ? "page" : undefined}
              className={viewLink}
            >
              {one.name}
            </Link>
          ))}
        </Views>
        <Uploads uploads={uploads} />
        {view === "documents" && (
          <Documents q={search.q ?? ""} selected={search.doc} onSearch={onSearch} onOpen={onDocument} />
        )}
        {view === "search" && (
          <Playground app={app} collections={collections} q={search.q ?? ""} onSearch={onSearch} onOpen={onRange} />
        )}
        {view === "gaps" && apps.data?.apps.length === 0 && (
          <p className="p-4 text-13 text-ink-2">
            No app is served here: <code>pawl init ./docs</code> makes one.
          </p>
        )}
        {view === "gaps" && apps.data?.apps.length !== 0 && (
          <Gaps app={app ?? ""} names={apps.data?.apps.map(({ name }) => name) ?? []} />
        )}
      </div>
      <Opened view={view} app={app} />
    </div>
  );
}

/** The document, or the turn, that was opened from any view. */
function Opened({ view, app }: { view: (typeof views)[number]["view"]; app: string | undefined }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { doc, start, end } = search;
  const range = start === undefined || end === undefined ? undefined : { start, end };
  const onOpen = ({ documentId, start, end }: DocumentRange) =>
    navigate({ search: (now) => ({ ...now, doc: documentId, start, end }) });
  const onClose = () => navigate({ search: (now) => ({ ...now, doc: undefined, start: undefined, end: undefined }) });
  // From a list: with its chunks. From a passage or a citation: at its place.
  const hasChunks = view === "documents" || (view === "gaps" && range === undefined);
  if (doc && hasChunks) return <ChunksPane id={doc} start={start} end={end} onClose={onClose} />;
  if (doc) return <DocumentPane id={doc} range={range} onClose={onClose} />;
  if (!search.turn) return null;
  return (
    <TurnPane
      id={search.turn}
      tab={search.tab}
      span={search.span}
      isAsking={false}
      onSearch={(part) => navigate({ search: (now) => ({ ...now, ...part }), replace: true })}
      onOpen={onOpen}
      onTurn={(turn) => navigate({ search: (now) => ({ ...now, turn, span: undefined }) })}
      onClose={() => navigate({ search: (now) => ({ ...now, turn: undefined, span: undefined, tab: undefined }) })}
    >
      {app && <Expected app={app} turn={search.turn} onOpen={onOpen} />}
    </TurnPane>
  );
}
