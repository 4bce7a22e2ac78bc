import { createContext, useContext, useSyncExternalStore } from "react";
import {
  type AnswerMode,
  type Api,
  type ChatBody,
  type ChatChunk,
  type Failure,
  type Found,
  toFailure,
} from "../../api.ts";

export type Result = Extract<NonNullable<ChatChunk["pawl"]>, { turn: string }>;

/** A question of this tab and what has come back so far. */
export type LiveTurn = {
  key: string;
  /** The turn's id, from the first chunk on. */
  id: string | null;
  question: string;
  mode: AnswerMode | undefined;
  state: "waiting" | "streaming" | "done" | "stopped" | "failed";
  found: Found | null;
  text: string;
  result: Result | null;
  error: Failure | null;
};

export type Ask = {
  app: string;
  session: string;
  question: string;
  /** What was said before, oldest first. */
  history: ChatBody["messages"];
  mode?: AnswerMode | undefined;
};

export type Conversations = {
  turnsOf(session: string | undefined): readonly LiveTurn[];
  /** Asks and resolves when the answer has ended, however it ended. */
  ask(ask: Ask): Promise<LiveTurn>;
  stop(session: string): void;
  subscribe(listener: () => void): () => void;
};

const none: readonly LiveTurn[] = [];

/** Holds the conversations of this tab outside of the screens, so that an answer goes on while another place is open. */
export function createConversations(api: Api): Conversations {
  const sessions = new Map<string, readonly LiveTurn[]>();
  const running = new Map<string, AbortController>();
  const listeners = new Set<() => void>();

  const put = (session: string, turn: LiveTurn) => {
    const turns = sessions.get(session) ?? none;
    const at = turns.findIndex((other) => other.key === turn.key);
    sessions.set(session, at < 0 ? [...turns, turn] : turns.with(at, turn));
    for (const listener of listeners) listener();
  };

  const ask = async ({ app, session, question, history, mode }: Ask): Promise<LiveTurn> => {
    const abort = new AbortController();
    running.set(session, abort);
    let turn: LiveTurn = {
      key: newKey(),
      id: null,
      question,
      mode,
      state: "waiting",
      found: null,
      text: "",
      result: null,
      error: null,
    };
    const change = (part: Partial<LiveTurn>) => {
      turn = { ...turn, ...part };
      put(session, turn);
    };
    put(session, turn);
    try {
      const body: ChatBody = {
        model: `app/${app}`,
        messages: [...history, { role: "user", content: question }],
        pawl: { session, ...(mode ? { answer: mode } : {}) },
      };
      for await (const chunk of api.stream(body, { signal: abort.signal })) change(partOf(chunk, turn));
      change(
        turn.result
          ? { state: "done" }
          : { state: "failed", error: { code: "internal", message: "The answer broke off before its end." } },
      );
    } catch (error) {
      change(abort.signal.aborted ? { state: "stopped" } : { state: "failed", error: toFailure(error) });
    } finally {
      running.delete(session);
    }
    return turn;
  };

  return {
    turnsOf: (session) => (session === undefined ? none : (sessions.get(session) ?? none)),
    ask,
    stop: (session) => running.get(session)?.abort(),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function partOf(chunk: ChatChunk, turn: LiveTurn): Partial<LiveTurn> {
  const part: Partial<LiveTurn> = { id: chunk.id };
  if (chunk.pawl && "found" in chunk.pawl) part.found = chunk.pawl.found;
  if (chunk.pawl && "turn" in chunk.pawl) part.result = chunk.pawl;
  const text = chunk.choices[0]?.delta.content;
  if (text) {
    part.state = "streaming";
    part.text = turn.text + text;
  }
  return part;
}

/** Random, 26 characters. `crypto.randomUUID` is missing on pages that came by plain HTTP from another machine. */
function newKey(): string {
  const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  return Array.from(crypto.getRandomValues(new Uint8Array(26)), (byte) => alphabet[byte % 32]).join("");
}
export const newSession = (): string => `ses_${newKey()}`;

export const ConversationsContext = createContext<Conversations | null>(null);

export function useConversations(): Conversations {
  const conversations = useContext(ConversationsContext);
  if (!conversations) throw new Error("The page has no ConversationsContext.");
  return conversations;
}

export function useLiveTurns(session: string | undefined): readonly LiveTurn[] {
  const conversations = useConversations();
  return useSyncExternalStore(conversations.subscribe, () => conversations.turnsOf(session));
}
