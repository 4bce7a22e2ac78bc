import { useQuery } from "@tanstack/react-query";
import type { AnswerMode } from "../../api.ts";
import { Answer } from "../../parts/answer.tsx";
import { Button } from "../../parts/button.tsx";
import { FailureNote } from "../../parts/failure-note.tsx";
import type { OpenRange } from "../../parts/places.ts";
import { Sources } from "../../parts/sources.tsx";
import { foundOf, modeOf } from "../../parts/spans.ts";
import { turnQuery } from "../../queries.ts";
import { FoundCard } from "./found-card.tsx";
import { Nearest } from "./nearest.tsx";
import type { ShownTurn } from "./shown.ts";
import { TurnActions } from "./turn-actions.tsx";

type Props = {
  turn: ShownTurn;
  newest: boolean;
  selected: boolean;
  /** Whether single keys mean this turn. */
  hasKeys: boolean;
  canAsk: boolean;
  onOpen: OpenRange;
  onTrace: (turn: string) => void;
  onAgain: (mode?: AnswerMode) => void;
  onNew: () => void;
};

/** A question, what was found for it, and its answer. */
export function TurnView({ turn, newest, selected, hasKeys, canAsk, onOpen, onTrace, onAgain, onNew }: Props) {
  const stored = useQuery({ ...turnQuery(turn.id ?? ""), enabled: turn.id !== null });
  const busy = turn.state === "waiting" || turn.state === "streaming";
  const found = turn.found ?? (stored.data && foundOf(stored.data.spans));
  // An abstention of a turn that asked a model has the model's words in it.
  const said = turn.abstained && (stored.data?.usage.outputTokens ?? 0) > 0;
  const mode = turn.mode ?? (stored.data && modeOf(stored.data.spans));
  return (
    <article
      aria-label={turn.question}
      aria-busy={busy}
      data-newest={newest ? "" : undefined}
      data-turn={turn.id ?? ""}
      // The newest turn has the whole view, so that its question can stand at the top while the answer grows.
      className={`shrink-0 space-y-4 py-6 ${newest ? "min-h-[calc(100dvh-15rem)] md:min-h-[calc(100dvh-8rem)]" : "border-line border-b"}`}
    >
      <div>
        <h2 className="whitespace-pre-wrap break-words font-semibold text-20 tracking-tight">{turn.question}</h2>
        {mode === "model" && <p className="mt-1 text-12 text-ink-3">in the model's words</p>}
      </div>
      <FoundCard
        found={found}
        waiting={busy || (turn.id !== null && stored.isLoading)}
        isRejected={turn.abstained}
        onOpen={onOpen}
      />
      {turn.abstained && !busy && (
        <p className="font-medium text-16" data-abstained>
          {mode === "model" && said ? "The documents do not support this" : "No answer found"}
        </p>
      )}
      <div aria-live="polite" className={turn.abstained && !busy ? "[&_*]:text-14 [&_*]:text-ink-2" : ""}>
        {(turn.text !== "" || busy) && (
          <Answer
            text={turn.text}
            citations={turn.citations}
            onOpen={(citation) => onOpen(citation)}
            tail={
              busy && (
                <>
                  {turn.text === "" && <span className="text-ink-3">Answering</span>}
                  <span className="caret-blink ml-0.5 inline-block h-4 w-[2px] bg-accent align-[-2px]" aria-hidden />
                </>
              )
            }
          />
        )}
      </div>
      {turn.abstained && !busy && found && found.passages.length > 0 && <Nearest found={found} onOpen={onOpen} />}
      {turn.state === "stopped" && <p className="text-13 text-ink-3">Stopped.</p>}
      {turn.error && (
        <FailureNote failure={turn.error}>
          {turn.error.code === "context-overflow" || turn.error.code === "prompt-too-long" ? (
            <Button onClick={onNew}>New conversation</Button>
          ) : (
            <Button disabled={!canAsk} onClick={() => onAgain(turn.mode)}>
              Ask again
            </Button>
          )}
        </FailureNote>
      )}
      <Sources citations={turn.citations} onOpen={onOpen} />
      <TurnActions
        turn={turn}
        stored={stored.data}
        mode={mode}
        selected={selected}
        hasKeys={hasKeys}
        canAsk={canAsk}
        onTrace={onTrace}
        onAgain={onAgain}
      />
    </article>
  );
}
