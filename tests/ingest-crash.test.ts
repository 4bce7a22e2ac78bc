import { execFileSync } from "node:child_process";
import { cpSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createClient } from "#server";
import { openStore } from "#store";
import { appFolder, startCommand, untilSaid } from "./command.ts";
import { embeddedFolder } from "./homes.ts";

// kill -9 while documents are read: what a later start makes of it must be what a clean ingest makes.
const documents = 40;
let folder: string;
let clean: Stored;
/** A store that knows the embeddings already: what is killed is then the writing, and a test does not take a minute. */
let prepared: string;
beforeAll(async () => {
  folder = await appFolder({
    files: Object.fromEntries(Array.from({ length: documents }, (_, n) => [`docs/${n}.md`, documentOf(n)])),
  });
  prepared = join(folder, "prepared");
  await embeddedFolder(join(prepared, "store"));
  clean = await finished(prepared, await serve(prepared));
  expect(clean.documents).toHaveLength(documents);
  const store = await openStore({ kind: "embedded", folder: join(prepared, "store") });
  for (const table of ["documents", "jobs", "releases", "traffic"])
    await store.query({ sql: `delete from ${table}`, params: [] });
  await store.close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A few chunks each, no two alike. */
function documentOf(n: number): string {
  const section = (i: number) =>
    `## Section ${i}\n\nDesk ${n * 17 + i} of building ${n} is kept free for visitors on day ${(n + i) % 28}.`;
  return `# Rules of house ${n}\n\n${section(1)}\n\n${section(2)}\n`;
}

type Row = Record<string, unknown>;
type Stored = {
  documents: Row[];
  indexes: Row[];
  chunks: Row[];
  vectors: Row[];
  jobs: Row[];
  releases: Row[];
};

function homeOf(name: string): string {
  const home = join(folder, name);
  cpSync(prepared, home, { recursive: true });
  return home;
}

const serve = async (home: string) => {
  const server = startCommand(["serve"], { cwd: folder, env: { PAWL_PORT: "0", PAWL_HOME: home } });
  const [, url = ""] = await untilSaid(server, /^pawl: (http:\S+)$/m);
  return { ...server, client: createClient({ baseUrl: url }) };
};
type Server = Awaited<ReturnType<typeof serve>>;

/** Waits until the app is ready, ends its server, and gives what is stored. */
async function finished(home: string, server: Server): Promise<Stored> {
  await untilSaid(server, /small is ready/);
  server.child.kill("SIGTERM");
  await server.ended;
  return storedIn(home);
}

async function untilStored(server: Server, count: number): Promise<void> {
  while ((await server.client.documents({ query: { limit: 1 } })).total < count)
    await new Promise((resolve) => setTimeout(resolve, 20));
}

async function storedIn(home: string): Promise<Stored> {
  const store = await openStore({ kind: "embedded", folder: join(home, "store") });
  const query = (sql: string) => store.query({ sql, params: [] });
  try {
    return {
      documents: await query("select id, path, sha256, text from documents order by path"),
      indexes: await query("select * from document_indexes order by document_id"),
      chunks: await query(
        "select id, document_id, ordinal, text, search_text, body from chunks order by document_id, ordinal",
      ),
      vectors: await query("select * from vectors_384 order by chunk_id"),
      jobs: await query("select distinct status from jobs"),
      releases: await query("select id from releases order by id"),
    };
  } finally {
    await store.close();
  }
}

describe("kill -9 while documents are read", () => {
  test.each([1, 13, 29])(
    "of the host, after some %i of 40: the next start goes on, to what a clean one has",
    async (count) => {
      const home = homeOf(`killed-${count}`);
      const server = await serve(home);
      await untilStored(server, count);
      server.child.kill("SIGKILL");
      await server.ended;
      const half = await storedIn(home);
      expect(half.documents.length).toBeGreaterThanOrEqual(count);
      expect(half.documents.length).toBeLessThan(documents);
      // What is there is there whole.
      const ids = new Set(half.documents.map((row) => row.id));
      expect(half.chunks).toEqual(clean.chunks.filter((chunk) => ids.has(chunk.document_id)));
      expect(half.vectors).toHaveLength(half.chunks.length);

      expect(await finished(home, await serve(home))).toEqual(clean);
    },
  );

  test("of the worker: another one takes the job up, and the host goes on", async () => {
    const home = homeOf("worker");
    const server = await serve(home);
    for (const count of [2, 20]) {
      await untilStored(server, count);
      execFileSync("pkill", ["-9", "-P", String(server.child.pid), "-f", "host/worker"]);
    }
    expect(await finished(home, server)).toEqual(clean);
  });

  test("of the host: a document that somebody added meanwhile is read at the next start", async () => {
    const home = homeOf("added");
    const server = await serve(home);
    const late = join(folder, "late.md");
    writeFileSync(late, documentOf(documents));
    await server.client.ingest({ body: { app: "small", paths: [late] } }); // queued behind the app's own
    server.child.kill("SIGKILL");
    await server.ended;
    const again = await serve(home);
    await untilStored(again, documents + 1);
    const { documents: stored } = await finished(home, again);
    expect(stored.map((row) => row.path)).toContain("late.md");
  });
});
