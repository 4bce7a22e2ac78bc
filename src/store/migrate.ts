import { readdir, readFile } from "node:fs/promises";
import { PawlError, type Report, sha256 } from "#kernel";
import type { Encoded, Executor } from "./executor.ts";
import { sqlStateOf } from "./failure.ts";
import { encode, rowsOf } from "./values.ts";

/** Begins a batch that changes the schema: "if not exists" alone fails where two processes do it at the same time. */
export const oneAtATime: Encoded = { sql: "select pg_advisory_xact_lock(7_214_011)", params: [] };

type Migration = { name: string; hash: string; statements: string[] };

/**
 * Brings the database's schema to what this code needs: the files of `migrations/` in the order of their names, each
 * once and whole, written down with its hash. Forward only: a database that knows more than this code is refused.
 */
export async function migrate(executor: Executor, report: Report): Promise<void> {
  await executor.batch([
    oneAtATime,
    encode({
      sql: `create table if not exists pawl_migrations (
        name text primary key, hash text not null, applied_at timestamptz not null default now())`,
      params: [],
    }),
  ]);
  const migrations = await readMigrations(new URL("./migrations/", import.meta.url));
  const applied = await appliedHashes(executor);
  for (const [at, migration] of migrations.entries()) {
    if (isApplied(applied, migration)) continue;
    report({ task: "preparing the database", done: at, total: migrations.length, unit: "steps" });
    await apply(executor, migration);
  }
  refuseNewer(applied, migrations);
}

async function readMigrations(folder: URL): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".sql")).sort();
  return Promise.all(
    names.map(async (file) => {
      const text = (await readFile(new URL(file, folder), "utf8")).replaceAll("\r\n", "\n");
      return {
        name: file.replace(/\.sql$/, ""),
        hash: sha256(text),
        statements: text.split("--> statement-breakpoint"),
      };
    }),
  );
}

/** The hash of each migration that this database has, by name. */
async function appliedHashes(executor: Executor): Promise<Map<string, string>> {
  const found = await executor.run({ sql: "select name, hash from pawl_migrations order by name", params: [] });
  return new Map(rowsOf(found).map((row) => [String(row.name), String(row.hash)]));
}

function isApplied(applied: ReadonlyMap<string, string>, migration: Migration): boolean {
  const hash = applied.get(migration.name);
  if (hash === undefined) return false;
  if (hash === migration.hash) return true;
  throw new PawlError(
    "migration-failed",
    `The migration ${migration.name} is not the one this database was made with.`,
    {
      hint: "Use the pawl version that made this database, or a newer one; migrations never change once released.",
      details: { migration: migration.name },
    },
  );
}

async function apply(executor: Executor, migration: Migration): Promise<void> {
  try {
    await executor.batch([
      oneAtATime,
      // A second process that has waited fails here, on the key, and does nothing else.
      encode({
        sql: "insert into pawl_migrations (name, hash) values ($1, $2)",
        params: [migration.name, migration.hash],
      }),
      ...migration.statements.map((sql) => encode({ sql, params: [] })),
    ]);
  } catch (error) {
    if (sqlStateOf(error) === "23505" && isApplied(await appliedHashes(executor), migration)) return;
    if (error instanceof PawlError && error.code !== "store-failed") throw error;
    throw new PawlError(
      "migration-failed",
      `The migration ${migration.name} failed: ${error instanceof Error ? error.message : "unknown"}`,
      { hint: hintOf(error), cause: error, details: { migration: migration.name } },
    );
  }
}

function refuseNewer(applied: ReadonlyMap<string, string>, migrations: readonly Migration[]): void {
  const known = new Set(migrations.map((migration) => migration.name));
  const unknown = [...applied.keys()].find((name) => !known.has(name));
  if (unknown === undefined) return;
  throw new PawlError("migration-failed", `This database was made by a newer pawl (it has the migration ${unknown}).`, {
    hint: "Update pawl.",
    details: { migration: unknown },
  });
}

function hintOf(error: unknown): string {
  switch (sqlStateOf(error)) {
    case "58P01":
    case "0A000":
      return "The server needs the pgvector extension: https://github.com/pgvector/pgvector#installation.";
    case "42501":
      return "The database's user may not do this: let an administrator run CREATE EXTENSION vector once, and own the schema.";
    default:
      return "Nothing of this migration was kept. Restore a backup or report it with this message.";
  }
}
