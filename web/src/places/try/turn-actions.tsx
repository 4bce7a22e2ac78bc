import { Sparkles } from "lucide-react";
import type { AnswerMode, Turn } from "../../api.ts";
import { duration } from "../../format.ts";
import { BesideLink } from "../../parts/beside-link.tsx";
import { Button } from "../../parts/button.tsx";
import { CopyButton } from "../../parts/copy.tsx";
import { Keep } from "../../parts/keep.tsx";
import { Thumbs } from "../../parts/thumbs.tsx";
import { tokens } from "../../parts/turn-figures.tsx";
import type { ShownTurn } from "./shown.ts";

type Props = {
  turn: ShownTurn;
  stored: Turn | undefined;
  mode: AnswerMode | undefined;
  selected: boolean;
  hasKeys: boolean;
  canAsk: boolean;
  onTrace: (turn: string) => void;
  onAgain: (mode: AnswerMode) => void;
};

/** What can be done with an ended answer. The row has its height while the answer still comes. */
export function TurnActions({ turn, stored, mode, selected, hasKeys, canAsk, onTrace, onAgain }: Props) {
  const ended = turn.id !== null;
  return (
    <div className="-ml-2 flex min-h-8 flex-wrap items-center gap-1">
      {turn.id !== null && (
        <>
          <Thumbs turn={turn.id} />
          <CopyButton text={turn.text} label="Copy the answer" />
          <BesideLink left={turn.id} isIcon />
          {stored && <Keep turn={turn.id} app={stored.app} hasKeys={hasKeys} />}
          {mode !== "model" && !turn.abstained && turn.state === "done" && (
            <Button look="quiet" className="px-2" disabled={!canAsk} onClick={() => onAgain("model")}>
              <Sparkles size={14} aria-hidden />
              In the model's words
            </Button>
          )}
        </>
      )}
      {ended && (
        <button
          type="button"
          aria-pressed={selected}
          onClick={() => turn.id && onTrace(turn.id)}
          className="tabular ml-auto h-7 rounded px-2 text-12 text-ink-3 hover:bg-hover hover:text-ink aria-pressed:text-accent-ink"
          title="Show the trace"
        >
          {stored
            ? `${duration(stored.endMs - stored.startMs)}${stored.usage.outputTokens ? ` · ${tokens(stored)} tokens` : ""} · trace`
            : "trace"}
        </button>
      )}
    </div>
  );
}
