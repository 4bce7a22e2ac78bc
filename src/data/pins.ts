import { and, asc, eq } from "drizzle-orm";
import { type Store, tables } from "#store";

const { pins } = tables;

/** Pins a turn: `pawl dev` asks it again at each save. Pinned twice is pinned once. */
export async function pinTurn(store: Store, turn: { id: string; app: string }): Promise<void> {
  await store.db.insert(pins).values({ app: turn.app, turn: turn.id }).onConflictDoNothing();
}

export async function unpinTurn(store: Store, turn: { id: string; app: string }): Promise<void> {
  await store.db.delete(pins).where(and(eq(pins.app, turn.app), eq(pins.turn, turn.id)));
}

/** The turns that are pinned of an app, in the order in which they were. */
export async function listPins(store: Store, app: string): Promise<string[]> {
  const rows = await store.db
    .select({ turn: pins.turn })
    .from(pins)
    .where(eq(pins.app, app))
    .orderBy(asc(pins.createdAt), asc(pins.turn));
  return rows.map(({ turn }) => turn);
}
