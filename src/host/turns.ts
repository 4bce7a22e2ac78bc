import {
  estimatesOf,
  type FeedbackQuery,
  type FeedbackRow,
  feedbackOf,
  listFeedback,
  outcomesOf,
  saveFeedback,
  saveOutcome,
} from "#feedback";
import { PawlError } from "#kernel";
import type {
  Feedback,
  FeedbackBody,
  Outcome,
  OutcomeBody,
  RaterEstimate,
  ReleaseEstimate,
  Turn,
  TurnSummary,
} from "#schema";
import type { Store } from "#store";
import { type Journal, listTurns, readTurn, resolveSpans, storedTurns, type TurnQuery } from "#trace";

/** Recorded turns and what was said of them; each is there from the moment its last byte left. */
export type Turns = {
  /** @throws PawlError `turn-unknown` */
  turn(id: string): Promise<Turn & { feedback: Feedback[]; outcomes: Outcome[] }>;
  /** Which of these turns there are. */
  recorded(ids: readonly string[]): Promise<Set<string>>;
  turns(query: TurnQuery): Promise<{ turns: TurnSummary[]; next: string | null; total: number }>;
  feedback(turn: string, body: FeedbackBody): Promise<Feedback & { replaced: boolean }>;
  feedbackList(query: FeedbackQuery): Promise<{ feedback: FeedbackRow[]; next: string | null; total: number }>;
  /** What an app's thumbs say of each release, as given and corrected for who gives them. */
  feedbackEstimates(app: string): Promise<{ releases: ReleaseEstimate[]; raters: RaterEstimate[] }>;
  outcome(turn: string, body: OutcomeBody): Promise<Outcome>;
};

/** Lists and estimates wait until what is in the journal is in the store. */
export function turnsOver({ store, journal }: { store: Store; journal: Journal }): Turns {
  async function stored(id: string): Promise<Turn> {
    const turn = journal.pending(id) ?? (await readTurn(store, id));
    if (turn) return turn;
    throw new PawlError("turn-unknown", `There is no turn ${id}.`, {
      hint: "GET /api/turns lists them.",
      details: { id },
    });
  }
  const written = async <T>(read: () => Promise<T>): Promise<T> => {
    await journal.flush();
    return read();
  };
  return {
    async turn(id) {
      const found = await stored(id);
      const [feedback, outcomes] = await Promise.all([feedbackOf(store, [id]), outcomesOf(store, id)]);
      return { ...found, spans: resolveSpans(found.spans), feedback, outcomes };
    },
    recorded: (ids) => written(() => storedTurns(store, ids)),
    turns: (query) => written(() => listTurns(store, query)),
    feedback: async (id, body) => saveFeedback(store, await stored(id), body, stored),
    feedbackList: (query) => written(() => listFeedback(store, query)),
    feedbackEstimates: (app) => written(() => estimatesOf(store, app)),
    async outcome(id, body) {
      await stored(id);
      return saveOutcome(store, id, body);
    },
  };
}
