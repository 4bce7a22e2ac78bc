import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { globSync } from "tinyglobby";
import { sha256 } from "#kernel";
import { type Home, openStore, type Store } from "#store";
import { createDatabase, startPostgres, type TestServer } from "./postgres.ts";

/*
 * Both homes of the store for tests. An embedded database takes seconds to make: one is made and kept, with all
 * migrations applied, and each test gets a copy.
 */

const cache = join(import.meta.dirname, "../node_modules/.cache/pawl");

export type TestHomes = {
  /** An empty home of this kind; null where there is no PostgreSQL server to be had. */
  make(kind: Home["kind"]): Promise<Home | null>;
  /** Opens an empty home; closed by `end`. */
  open(kind: Home["kind"]): Promise<Store | null>;
  end(): Promise<void>;
};

/** Call `end` in `afterAll`. A server is started when a server home is first asked for. */
export function testHomes(): TestHomes {
  const root = mkdtempSync(join(tmpdir(), "pawl-homes-"));
  const stores: Store[] = [];
  let server: Promise<TestServer | null> | undefined;
  let made = 0;
  const make = async (kind: Home["kind"]): Promise<Home | null> => {
    made += 1;
    if (kind === "embedded") return { kind, folder: await embeddedFolder(join(root, `home-${made}`)) };
    server ??= startPostgres();
    const started = await server;
    return started === null ? null : { kind, url: await createDatabase(started, `home_${made}`) };
  };
  return {
    make,
    open: async (kind) => {
      const home = await make(kind);
      if (home === null) return null;
      const store = await openStore(home);
      stores.push(store);
      return store;
    },
    end: async () => {
      await Promise.all(stores.map((store) => store.close()));
      await (await server)?.stop();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** A copy of the prepared folder at `target`. */
export async function embeddedFolder(target: string): Promise<string> {
  const template = join(cache, `store-${templateVersion()}`);
  if (!existsSync(template)) {
    mkdirSync(cache, { recursive: true });
    const partial = mkdtempSync(join(cache, "preparing-"));
    const store = await openStore({ kind: "embedded", folder: partial });
    await store.close();
    try {
      renameSync(partial, template);
    } catch {
      rmSync(partial, { recursive: true, force: true }); // another test process was first
    }
  }
  cpSync(template, target, { recursive: true });
  return target;
}

/** Changes with the migrations and with the database's version. */
function templateVersion(): string {
  const root = join(import.meta.dirname, "..");
  const files = [
    ...globSync("src/store/migrations/*.sql", { cwd: root }).sort(),
    "node_modules/@electric-sql/pglite/package.json",
  ];
  return sha256(files.map((file) => readFileSync(join(root, file), "utf8")).join("\0")).slice(0, 16);
}
