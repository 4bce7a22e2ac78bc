import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { SquarePen } from "lucide-react";
import { useEffect, useRef } from "react";
import { type AnswerMode, toFailure } from "../../api.ts";
import { useKeys, useWide } from "../../parts/browser.ts";
import { Button } from "../../parts/button.tsx";
import { DocumentPane } from "../../parts/document-pane.tsx";
import { FailureNote } from "../../parts/failure-note.tsx";
import type { DocumentRange } from "../../parts/places.ts";
import { appsQuery, queryClient, sessionQuery } from "../../queries.ts";
import { CandidateStrip } from "./candidate-strip.tsx";
import { Composer } from "./composer.tsx";
import { newSession, useConversations, useLiveTurns } from "./conversation.ts";
import { ReplaysPane } from "./replays-pane.tsx";
import { historyOf, type ShownTurn, shownTurns } from "./shown.ts";
import { Start } from "./start.tsx";
import { TracePane } from "./trace-pane.tsx";
import { TurnView } from "./turn-view.tsx";

const route = getRouteApi("/try");

/** What does it answer, and why? A conversation, and beside it how each answer came about. */
export function Try() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const wide = useWide();
  const conversations = useConversations();
  const apps = useQuery(appsQuery);
  const app = apps.data?.apps.find((one) => one.name === search.app) ?? apps.data?.apps[0];
  const stored = useQuery({ ...sessionQuery(search.session ?? ""), enabled: search.session !== undefined });
  const live = useLiveTurns(search.session);
  const turns = shownTurns(stored.data ?? [], live);
  const last = turns.at(-1);
  const busy = last?.state === "waiting" || last?.state === "streaming";
  const input = useRef<HTMLTextAreaElement>(null);
  const scroller = useRef<HTMLDivElement>(null);

  const ask = async (question: string, mode?: AnswerMode, before: readonly ShownTurn[] = turns) => {
    if (busy) return;
    // A question typed before the apps were read waits for them.
    const name = app?.name ?? (await queryClient.ensureQueryData(appsQuery)).apps[0]?.name;
    if (!name) return;
    const session = search.session ?? newSession();
    // A new session has nothing to read; what is asked here is known here.
    if (!search.session) queryClient.setQueryData(sessionQuery(session).queryKey, []);
    const done = conversations.ask({ app: name, session, question, history: historyOf(before), mode });
    await navigate({ search: { app: search.app, session }, replace: search.session !== undefined });
    const turn = await done;
    void queryClient.invalidateQueries({ queryKey: ["turns"] });
    const id = turn.result?.turn ?? turn.id;
    if (!id || !location.pathname.startsWith("/try")) return;
    // The trace of the newest turn is shown, unless another conversation is open by now.
    await navigate({ search: (now) => (now.session === session ? { ...now, turn: id } : now), replace: true });
  };
  const openDocument = ({ documentId, start, end }: DocumentRange) =>
    navigate({ search: (now) => ({ ...now, doc: documentId, start, end }) });
  const showTrace = (turn: string) =>
    navigate({
      search: (now) => ({
        ...now,
        turn,
        trace: true,
        replays: undefined,
        doc: undefined,
        start: undefined,
        end: undefined,
      }),
    });

  const startAnew = () => void navigate({ search: { app: search.app } });

  useKeys({
    "/": () => input.current?.focus(),
    n: startAnew,
  });

  // A new question goes to the top of the view and has the whole view below it: what streams never moves what is read.
  // A conversation that is opened stands at the turn of the address, else at its newest.
  const newest = last?.key;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a turn that is chosen later is in view already
  useEffect(() => {
    const chosen = !busy && search.turn && scroller.current?.querySelector(`[data-turn="${CSS.escape(search.turn)}"]`);
    const place = chosen || scroller.current?.querySelector("[data-newest]");
    if (newest && place) place.scrollIntoView({ block: "start" });
  }, [newest]);

  const pane = search.doc
    ? "document"
    : search.replays
      ? "replays"
      : wide
        ? search.trace === false
          ? null
          : "trace"
        : search.trace
          ? "trace"
          : null;
  return (
    <div className="relative flex min-h-0 flex-1">
      <div className="flex min-w-0 flex-1 flex-col">
        {app && (
          <CandidateStrip
            app={app.name}
            isOpen={pane === "replays"}
            onOpen={() => navigate({ search: (now) => ({ ...now, replays: true, doc: undefined }) })}
          />
        )}
        <div ref={scroller} className="min-h-0 flex-1 scroll-pt-12 overflow-y-auto [scrollbar-gutter:stable]">
          {turns.length > 0 && (
            <header className="sticky top-0 z-10 flex h-12 items-center gap-2 border-line border-b bg-ground px-4 md:px-6">
              <h1 className="min-w-0 flex-1 truncate font-medium text-13">
                Conversation with {app?.name ?? "the app"}
              </h1>
              <Button
                look="quiet"
                className="-mr-3"
                title="New conversation (n)"
                onClick={() => {
                  startAnew();
                  input.current?.focus();
                }}
              >
                <SquarePen size={14} aria-hidden />
                New conversation
              </Button>
            </header>
          )}
          {/* Only a conversation fills the view, so that its last turn can be scrolled to the top. */}
          <div
            key={turns.length === 0 ? "start" : "conversation"}
            className={`mx-auto flex w-full max-w-[44rem] flex-col px-4 md:px-6 ${turns.length === 0 ? "min-h-full" : ""}`}
          >
            {stored.error ? (
              <div className="py-6">
                <FailureNote failure={toFailure(stored.error)} />
              </div>
            ) : turns.length === 0 ? (
              <Start
                app={app}
                waiting={stored.isLoading || apps.isLoading}
                error={apps.error}
                onAsk={(question) => ask(question)}
              />
            ) : (
              turns.map((turn, at) => (
                <TurnView
                  key={turn.key}
                  turn={turn}
                  newest={turn === last}
                  selected={turn.id !== null && turn.id === search.turn}
                  hasKeys={search.turn ? turn.id === search.turn : turn === last}
                  canAsk={!busy}
                  onOpen={openDocument}
                  onTrace={showTrace}
                  onAgain={(mode) => ask(turn.question, mode, turns.slice(0, at))}
                  onNew={startAnew}
                />
              ))
            )}
          </div>
        </div>
        <Composer
          ref={input}
          app={app}
          apps={apps.data?.apps ?? []}
          busy={busy}
          onApp={(name) => navigate({ search: { app: name } })}
          onAsk={(question) => ask(question)}
          onStop={() => search.session && conversations.stop(search.session)}
        />
      </div>
      {pane === "document" && search.doc && (
        <DocumentPane
          id={search.doc}
          range={
            search.start === undefined || search.end === undefined
              ? undefined
              : { start: search.start, end: search.end }
          }
          onClose={() => navigate({ search: (now) => ({ ...now, doc: undefined, start: undefined, end: undefined }) })}
        />
      )}
      {pane === "replays" && app && (
        <ReplaysPane app={app.name} onClose={() => navigate({ search: (now) => ({ ...now, replays: undefined }) })} />
      )}
      {pane === "trace" && (
        <TracePane
          id={search.turn ?? last?.id ?? undefined}
          state={busy ? "busy" : last ? "none" : "empty"}
          tab={search.tab}
          span={search.span}
          onSearch={(change) => navigate({ search: (now) => ({ ...now, ...change }), replace: true })}
          onOpen={openDocument}
        />
      )}
    </div>
  );
}
