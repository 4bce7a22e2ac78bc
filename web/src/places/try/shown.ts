import type { AnswerMode, ChatBody, Citation, Failure, Found, TurnSummary } from "../../api.ts";
import type { LiveTurn } from "./conversation.ts";

/** A turn as the conversation draws it, whether it is happening or was read from the server. */
export type ShownTurn = {
  key: string;
  /** The stored turn; null until the server has named it. */
  id: string | null;
  question: string;
  mode: AnswerMode | undefined;
  state: LiveTurn["state"];
  text: string;
  abstained: boolean;
  citations: readonly Citation[];
  /** Null: not there yet, or to be read from the stored turn. */
  found: Found | null;
  error: Failure | null;
};

export function shownTurns(stored: readonly TurnSummary[], live: readonly LiveTurn[]): ShownTurn[] {
  const known = new Set(live.map((turn) => turn.id));
  return [...stored.filter((turn) => !known.has(turn.id)).map(ofStored), ...live.map(ofLive)];
}

function ofStored(turn: TurnSummary): ShownTurn {
  return {
    key: turn.id,
    id: turn.id,
    question: turn.question,
    mode: undefined,
    state: turn.status === "cancelled" ? "stopped" : turn.status,
    text: turn.answer?.text ?? "",
    abstained: turn.answer?.abstained ?? false,
    citations: turn.answer?.citations ?? [],
    found: null,
    error: turn.error,
  };
}

function ofLive(turn: LiveTurn): ShownTurn {
  return {
    key: turn.key,
    // What was stopped or failed is stored too; while it runs it is not there yet.
    id: turn.result?.turn ?? (turn.state === "stopped" || turn.state === "failed" ? turn.id : null),
    question: turn.question,
    mode: turn.result?.mode ?? turn.mode,
    state: turn.state,
    text: turn.text,
    abstained: turn.result?.abstained ?? false,
    citations: turn.result?.citations ?? [],
    found: turn.found,
    error: turn.error,
  };
}

/** What was said before a turn, as it is sent with the next question: answered turns only, a repeated question once. */
export function historyOf(turns: readonly ShownTurn[]): ChatBody["messages"] {
  const last = new Map(turns.filter((turn) => turn.state === "done").map((turn) => [turn.question, turn]));
  return turns
    .filter((turn) => last.get(turn.question) === turn)
    .flatMap((turn) => [
      { role: "user" as const, content: turn.question },
      { role: "assistant" as const, content: turn.text },
    ]);
}
