import { and, desc, eq, inArray, lt, type SQL, sql } from "drizzle-orm";
import { newId, PawlError } from "#kernel";
import { documentText } from "#knowledge";
import { Feedback, type FeedbackBody, Outcome, type OutcomeBody, type Turn, TurnAnswer } from "#schema";
import { type Store, tables } from "#store";
import { withoutNul } from "#trace";

const { feedback, outcomes, turns } = tables;

/** Who gave a signal that names nobody. */
export const anonymous = "anonymous";

/**
 * Records a person's signal on a turn; the same rater's of the same kind replaces (`replaced`), and so does a choice the
 * one that the rater made the other way round.
 *
 * @param turn finds the turn that a choice prefers
 * @throws PawlError `turn-unknown`, `document-unknown`; `bad-request` for a passage outside of its document, a
 *   correction's passage that is empty, or a choice that is the turn itself or answers another question
 */
export async function saveFeedback(
  store: Store,
  on: Pick<Turn, "id" | "release" | "app" | "question">,
  given: FeedbackBody,
  turn: (id: string) => Promise<Pick<Turn, "id" | "app" | "question">>,
): Promise<Feedback & { replaced: boolean }> {
  const body = withoutNul(given);
  if (body.kind === "choice") assertSameQuestion(on, await turn(body.value));
  if (body.kind === "correction" && body.passage) await assertInDocument(store, body.passage);
  const rater = body.rater?.trim() || anonymous;
  const opposite = body.kind === "choice" ? await dropChoice(store, { of: body.value, value: on.id, rater }) : 0;
  const row = {
    id: newId("fbk"),
    turn: on.id,
    release: on.release,
    rater,
    kind: body.kind,
    createdAt: new Date().toISOString(),
    body,
  };
  const [saved] = await store.db
    .insert(feedback)
    .values(row)
    .onConflictDoUpdate({
      target: [feedback.turn, feedback.rater, feedback.kind],
      set: { body, createdAt: row.createdAt },
    })
    .returning();
  if (!saved) throw new PawlError("store-failed", "The feedback was not stored.", { hint: "Send it again." });
  return { ...toFeedback(saved), replaced: saved.id !== row.id || opposite > 0 };
}

/** Takes back that a rater preferred `value` to the turn `of`; resolves with how many choices that were, 0 or 1. */
async function dropChoice(
  store: Store,
  { of, value, rater }: { of: string; value: string; rater: string },
): Promise<number> {
  const isIt = and(eq(feedback.turn, of), eq(feedback.rater, rater), eq(feedback.kind, "choice"));
  const gone = await store.db
    .delete(feedback)
    .where(and(isIt, sql`${feedback.body}->>'value' = ${value}`))
    .returning({ id: feedback.id });
  return gone.length;
}

function assertSameQuestion(
  on: Pick<Turn, "id" | "app" | "question">,
  preferred: Pick<Turn, "id" | "app" | "question">,
): void {
  const words = (text: string) => text.trim().replace(/\s+/g, " ").toLowerCase();
  if (preferred.id === on.id)
    throw new PawlError("bad-request", "A choice names the other turn, the one that is preferred to this.");
  if (preferred.app === on.app && words(preferred.question) === words(on.question)) return;
  throw new PawlError("bad-request", `The turn ${preferred.id} does not answer the question of ${on.id}.`, {
    hint: `A choice is between two answers of one app to one question: "${on.question.slice(0, 80)}".`,
  });
}

async function assertInDocument(
  store: Store,
  { documentId, start, end }: { documentId: string; start: number; end: number },
): Promise<void> {
  const { length } = await documentText(store, documentId);
  if (0 <= start && start < end && end <= length) return;
  throw new PawlError("bad-request", `${start}–${end} is no range of the document ${documentId}.`, {
    hint: `Its text has ${length} UTF-16 code units; GET /api/documents/${documentId}/text is the text that is meant.`,
    details: { documentId, start, end, length },
  });
}

/** What people said of these turns, oldest first. */
export async function feedbackOf(store: Store, ids: readonly string[]): Promise<Feedback[]> {
  const rows = await store.db
    .select()
    .from(feedback)
    .where(inArray(feedback.turn, [...ids]))
    .orderBy(feedback.createdAt);
  return rows.map(toFeedback);
}

export type FeedbackQuery = {
  app?: string | undefined;
  release?: string | undefined;
  rater?: string | undefined;
  kind?: Feedback["body"]["kind"] | undefined;
  cursor?: string | undefined;
  limit: number;
};

/** A signal beside what it is about. */
export type FeedbackRow = Feedback & { question: string; answer: string | null };

/** What people said, newest first, a page at a time; `total` counts all that match. */
export async function listFeedback(
  store: Store,
  query: FeedbackQuery,
): Promise<{ feedback: FeedbackRow[]; next: string | null; total: number }> {
  const conditions: (SQL | undefined)[] = [
    query.app === undefined ? undefined : eq(turns.app, query.app),
    query.release === undefined ? undefined : eq(feedback.release, query.release),
    query.rater === undefined ? undefined : eq(feedback.rater, query.rater),
    query.kind === undefined ? undefined : eq(feedback.kind, query.kind),
  ];
  const [count] = await store.db
    .select({ total: sql<number>`count(*)::int` })
    .from(feedback)
    .innerJoin(turns, eq(turns.id, feedback.turn))
    .where(and(...conditions));
  // An id sorts by the time of the first signal; one that was replaced keeps its place.
  const rows = await store.db
    .select({ row: feedback, question: turns.question, answer: sql<unknown>`${turns.body}->'answer'` })
    .from(feedback)
    .innerJoin(turns, eq(turns.id, feedback.turn))
    .where(and(...conditions, query.cursor === undefined ? undefined : lt(feedback.id, query.cursor)))
    .orderBy(desc(feedback.id))
    .limit(query.limit + 1);
  const page = rows.slice(0, query.limit).map(({ row, question, answer }) => ({
    ...toFeedback(row),
    question,
    answer: TurnAnswer.nullable().parse(answer)?.text ?? null,
  }));
  return {
    feedback: page,
    next: rows.length > query.limit ? (page.at(-1)?.id ?? null) : null,
    total: count?.total ?? 0,
  };
}

function toFeedback(row: typeof feedback.$inferSelect): Feedback {
  return Feedback.parse({ ...row, createdAt: new Date(row.createdAt).toISOString() });
}

/** Records what came of a turn; there may be several. */
export async function saveOutcome(store: Store, turn: string, body: OutcomeBody): Promise<Outcome> {
  const row = { id: newId("out"), turn, createdAt: new Date().toISOString(), body: withoutNul(body) };
  await store.db.insert(outcomes).values(row);
  return Outcome.parse(row);
}

export async function outcomesOf(store: Store, turn: string): Promise<Outcome[]> {
  const rows = await store.db.select().from(outcomes).where(eq(outcomes.turn, turn)).orderBy(outcomes.createdAt);
  return rows.map((row) => Outcome.parse({ ...row, createdAt: new Date(row.createdAt).toISOString() }));
}
