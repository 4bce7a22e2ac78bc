import { desc, eq } from "drizzle-orm";
import { newId } from "#kernel";
import type { Reported } from "#ship";
import { type Store, tables } from "#store";

const { decisions } = tables;

/** An event of an app's story: what was checked, shipped, refused or rolled back, and why. */
export type DecisionRow = {
  id: string;
  app: string;
  kind: "check" | "ship" | "refused" | "overruled" | "rollback" | "documents";
  createdAt: string;
  release: string;
  previous: string | null;
  by: string | null;
  reason: string;
  comparison: Reported | null;
};

export async function record(store: Store, row: Omit<DecisionRow, "id" | "createdAt">): Promise<DecisionRow> {
  const whole: DecisionRow = { ...row, id: newId("dec"), createdAt: new Date().toISOString() };
  await store.db
    .insert(decisions)
    .values({ id: whole.id, app: whole.app, kind: whole.kind, createdAt: whole.createdAt, body: whole });
  return whole;
}

/** The newest 500, newest first. */
export async function storyOf(store: Store, app: string): Promise<DecisionRow[]> {
  const rows = await store.db
    .select({ body: decisions.body })
    .from(decisions)
    .where(eq(decisions.app, app))
    .orderBy(desc(decisions.createdAt))
    .limit(500);
  return rows.map((row) => row.body as DecisionRow); // written by `record`
}
