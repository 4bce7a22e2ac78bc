import { and, desc, eq, ne, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/pg-core";
import type { RaterEstimate, ReleaseEstimate } from "#schema";
import { type Store, tables } from "#store";
import { machineSessions } from "#trace";
import { estimateLeniency } from "./leniency.ts";
import { anonymous } from "./signals.ts";

const { feedback, turns } = tables;

/**
 * What an app's thumbs say of each release, as given and as the average rater would give them, and how it fared in choices
 * between it and another; best first, releases without a thumb last. Thumbs that name nobody are each taken as another
 * person's: they count, but tell nothing of anybody's leniency.
 */
export async function estimatesOf(
  store: Store,
  app: string,
): Promise<{ releases: ReleaseEstimate[]; raters: RaterEstimate[] }> {
  const thumbs = await store.db
    .select({
      turn: feedback.turn,
      release: feedback.release,
      rater: feedback.rater,
      isUp: sql<boolean>`${feedback.body}->>'value' = '1'`,
    })
    .from(feedback)
    .innerJoin(turns, eq(turns.id, feedback.turn))
    .where(and(eq(turns.app, app), eq(feedback.kind, "thumb")));
  const counts = await store.db
    .select({ release: turns.release, turns: sql<number>`count(*)::int` })
    .from(turns)
    // Nobody judged what machines asked.
    .where(and(eq(turns.app, app), sql`${turns.session} !~ ${machineSessions}`))
    .groupBy(turns.release)
    .orderBy(desc(sql`max(${turns.startMs})`));

  const chosen = await choicesOf(store, app);
  const choices = (release: string) => chosen.get(release) ?? { compared: 0, preferred: 0 };
  const { releases, raters } = estimateLeniency(
    thumbs.map(({ rater, turn, ...thumb }) => ({ ...thumb, rater: rater === anonymous ? nobody(turn) : rater })),
  );
  const turnsOf = new Map(counts.map((count) => [count.release, count.turns]));
  const judged = new Set(releases.map(({ release }) => release));
  // A release that only machines asked may have been chosen all the same: in an experiment, or in a pinned turn's replay.
  const others = new Set([...turnsOf.keys(), ...chosen.keys()].filter((release) => !judged.has(release)));
  return {
    releases: [
      ...releases.map(({ release, thumbs, raw, corrected, low, high }) => ({
        release,
        turns: turnsOf.get(release) ?? 0,
        thumbs,
        raw,
        corrected,
        low,
        high,
        ...choices(release),
      })),
      ...Array.from(others, (release) => ({
        release,
        turns: turnsOf.get(release) ?? 0,
        thumbs: 0,
        raw: null,
        corrected: null,
        low: null,
        high: null,
        ...choices(release),
      })),
    ],
    raters: raters.filter(({ rater }) => !rater.startsWith(nobody(""))),
  };
}

/** How often people chose between a release and another, and how often it won, by release. */
async function choicesOf(
  store: Store,
  app: string,
): Promise<Map<string, Pick<ReleaseEstimate, "compared" | "preferred">>> {
  const better = alias(turns, "better");
  const pairs = await store.db
    .select({ lost: turns.release, won: better.release, count: sql<number>`count(*)::int` })
    .from(feedback)
    .innerJoin(turns, eq(turns.id, feedback.turn))
    .innerJoin(better, sql`${better.id} = ${feedback.body}->>'value'`)
    .where(and(eq(turns.app, app), eq(feedback.kind, "choice"), ne(turns.release, better.release)))
    .groupBy(turns.release, better.release);
  const found = new Map<string, { compared: number; preferred: number }>();
  for (const { lost, won, count } of pairs)
    for (const release of [lost, won]) {
      const { compared, preferred } = found.get(release) ?? { compared: 0, preferred: 0 };
      found.set(release, { compared: compared + count, preferred: preferred + (release === won ? count : 0) });
    }
  return found;
}

/** A rater's name that no person can have: names hold no control character at the door. */
function nobody(turn: string): string {
  return `\u0000${turn}`;
}
