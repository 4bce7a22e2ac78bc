import { sql } from "drizzle-orm";
import {
  customType,
  doublePrecision,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  unique,
  uniqueIndex,
  vector,
} from "drizzle-orm/pg-core";

/*
 * A table is the columns that are asked for, and one `body` with the rest. Migrations are made from this file
 * (`npx drizzle-kit generate`); what Drizzle cannot say (extensions, storage, functions) is in hand-written ones.
 */

const bytea = customType<{ data: Uint8Array; driverData: Uint8Array }>({ dataType: () => "bytea" });
const time = (name: string) => timestamp(name, { withTimezone: true, mode: "string" });
const body = () => jsonb("body").$type<Record<string, unknown>>().notNull();

export const documents = pgTable(
  "documents",
  {
    id: text("id").primaryKey(),
    knowledge: text("knowledge").notNull(),
    path: text("path").notNull(),
    sha256: text("sha256").notNull(),
    updatedAt: time("updated_at").notNull().defaultNow(),
    text: text("text").notNull(),
    body: body(),
  },
  (table) => [unique("documents_path").on(table.knowledge, table.path)],
);

/**
 * Which documents an index holds, and of which bytes. An index is a collection cut and embedded in one way
 * (`COLLECTION#HASH`): releases with other settings have other indexes over the same documents.
 */
export const documentIndexes = pgTable(
  "document_indexes",
  {
    documentId: text("document_id")
      .notNull()
      .references(() => documents.id, { onDelete: "cascade" }),
    index: text("index").notNull(),
    sha256: text("sha256").notNull(),
    chunks: integer("chunks").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.documentId, table.index] }),
    index("document_indexes_index").on(table.index),
  ],
);

/** `knowledge`: the index it belongs to. `body`: `{ start, end, titlePath, tokens }`. A chunk goes with its document. */
export const chunks = pgTable(
  "chunks",
  {
    id: text("id").primaryKey(),
    knowledge: text("knowledge").notNull(),
    documentId: text("document_id")
      .notNull()
      .references(() => documents.id, { onDelete: "cascade" }),
    ordinal: integer("ordinal").notNull(),
    text: text("text").notNull(),
    searchText: text("search_text").notNull(),
    body: body(),
  },
  (table) => [
    index("chunks_document").on(table.documentId, table.ordinal),
    index("chunks_knowledge").on(table.knowledge, table.documentId),
  ],
);

/** Narrow on purpose: an exact scan reads the whole row. Other dimensions get their own table from `ensureVectors`. */
export const vectors384 = pgTable(
  "vectors_384",
  {
    chunkId: text("chunk_id")
      .primaryKey()
      .references(() => chunks.id, { onDelete: "cascade" }),
    knowledge: text("knowledge").notNull(),
    documentId: text("document_id").notNull(),
    embedding: vector("embedding", { dimensions: 384 }).notNull(),
  },
  (table) => [index("vectors_384_knowledge").on(table.knowledge, table.documentId)],
);

/** `key`: sha256 of the model's version and the text, so that an ingest embeds only what changed. */
export const embeddingCache = pgTable("embedding_cache", {
  key: text("key").primaryKey(),
  embedding: bytea("embedding").notNull(),
});

export const turns = pgTable(
  "turns",
  {
    id: text("id").primaryKey(),
    session: text("session").notNull(),
    app: text("app").notNull(),
    release: text("release").notNull(),
    status: text("status").notNull(),
    startMs: doublePrecision("start_ms").notNull(),
    question: text("question").notNull(),
    body: body(),
  },
  (table) => [
    index("turns_app").on(table.app, table.startMs.desc()),
    index("turns_start").on(table.startMs.desc()),
    index("turns_session").on(table.session),
    index("turns_release").on(table.release),
  ],
);

/** `turn` is null for a span of a run that is not a turn. */
export const spans = pgTable(
  "spans",
  {
    id: text("id").primaryKey(),
    turn: text("turn"),
    run: text("run").notNull(),
    kind: text("kind").notNull(),
    startMs: doublePrecision("start_ms").notNull(),
    body: body(),
  },
  (table) => [index("spans_turn").on(table.turn), index("spans_run").on(table.run, table.startMs)],
);

export const feedback = pgTable(
  "feedback",
  {
    id: text("id").primaryKey(),
    turn: text("turn").notNull(),
    release: text("release").notNull(),
    rater: text("rater").notNull(),
    kind: text("kind").notNull(),
    createdAt: time("created_at").notNull().defaultNow(),
    body: body(),
  },
  (table) => [
    unique("feedback_rater").on(table.turn, table.rater, table.kind),
    index("feedback_release").on(table.release),
  ],
);

export const outcomes = pgTable(
  "outcomes",
  {
    id: text("id").primaryKey(),
    turn: text("turn").notNull(),
    createdAt: time("created_at").notNull().defaultNow(),
    body: body(),
  },
  (table) => [index("outcomes_turn").on(table.turn)],
);

export const releases = pgTable(
  "releases",
  {
    id: text("id").primaryKey(),
    app: text("app").notNull(),
    createdAt: time("created_at").notNull().defaultNow(),
    body: body(),
  },
  (table) => [index("releases_app").on(table.app, table.createdAt.desc())],
);

/** Which release of an app is live, canary or shadow. */
export const traffic = pgTable("traffic", {
  app: text("app").primaryKey(),
  updatedAt: time("updated_at").notNull().defaultNow(),
  body: body(),
});

/** The record of a job; the queue beside it only says who works on it now. At most one unfinished job has a `key`. */
export const jobs = pgTable(
  "jobs",
  {
    id: text("id").primaryKey(),
    kind: text("kind").notNull(),
    key: text("key"),
    status: text("status").notNull(),
    createdAt: time("created_at").notNull().defaultNow(),
    updatedAt: time("updated_at").notNull().defaultNow(),
    body: body(),
  },
  (table) => [
    index("jobs_kind").on(table.kind, table.createdAt.desc()),
    uniqueIndex("jobs_key").on(table.kind, table.key).where(sql`status in ('queued', 'running')`),
  ],
);

/** What a job's finished steps gave, until the job has ended. */
export const jobSteps = pgTable(
  "job_steps",
  {
    job: text("job")
      .notNull()
      .references(() => jobs.id, { onDelete: "cascade" }),
    step: text("step").notNull(),
    output: jsonb("output").$type<unknown>().notNull(),
  },
  (table) => [primaryKey({ columns: [table.job, table.step] })],
);

/** Used on a server only: an embedded store keeps blobs as files. */
export const blobs = pgTable("blobs", { sha256: text("sha256").primaryKey(), bytes: bytea("bytes").notNull() });

/** A version of a dataset never changes; its id is the hash of its examples. `body`: splits' sizes and what was noticed. */
export const datasetVersions = pgTable(
  "dataset_versions",
  {
    id: text("id").primaryKey(),
    dataset: text("dataset").notNull(),
    app: text("app"),
    createdAt: time("created_at").notNull().defaultNow(),
    body: body(),
  },
  (table) => [index("dataset_versions_dataset").on(table.dataset, table.createdAt.desc())],
);

export const examples = pgTable(
  "examples",
  {
    version: text("version")
      .notNull()
      .references(() => datasetVersions.id, { onDelete: "cascade" }),
    id: text("id").notNull(),
    ordinal: integer("ordinal").notNull(),
    split: text("split").notNull(),
    hash: text("hash").notNull(),
    body: body(),
  },
  (table) => [
    primaryKey({ columns: [table.version, table.id] }),
    index("examples_split").on(table.version, table.split, table.ordinal),
  ],
);

/** Turns that `pawl dev` asks again at each save. */
export const pins = pgTable(
  "pins",
  { app: text("app").notNull(), turn: text("turn").notNull(), createdAt: time("created_at").notNull().defaultNow() },
  (table) => [primaryKey({ columns: [table.app, table.turn] })],
);

export const experiments = pgTable(
  "experiments",
  {
    id: text("id").primaryKey(),
    app: text("app").notNull(),
    status: text("status").notNull(),
    createdAt: time("created_at").notNull().defaultNow(),
    body: body(),
  },
  (table) => [index("experiments_app").on(table.app, table.createdAt.desc())],
);

/** One example answered by one release; `body`: turn, scores, error. */
export const results = pgTable(
  "results",
  {
    experiment: text("experiment")
      .notNull()
      .references(() => experiments.id, { onDelete: "cascade" }),
    release: text("release").notNull(),
    example: text("example").notNull(),
    body: body(),
  },
  (table) => [primaryKey({ columns: [table.experiment, table.release, table.example] })],
);

/** The story of an app's releases: checked, shipped, refused, rolled back, and why. */
export const decisions = pgTable(
  "decisions",
  {
    id: text("id").primaryKey(),
    app: text("app").notNull(),
    kind: text("kind").notNull(),
    createdAt: time("created_at").notNull().defaultNow(),
    body: body(),
  },
  (table) => [index("decisions_app").on(table.app, table.createdAt.desc())],
);

/** Training runs, by the id of their job: recipe, curve, result. */
export const tunings = pgTable(
  "tunings",
  {
    id: text("id").primaryKey(),
    app: text("app").notNull(),
    createdAt: time("created_at").notNull().defaultNow(),
    body: body(),
  },
  (table) => [index("tunings_app").on(table.app, table.createdAt.desc())],
);

/** Loops: the outcome of each stage that is done, and the report at the end. */
export const loops = pgTable(
  "loops",
  {
    id: text("id").primaryKey(),
    app: text("app").notNull(),
    createdAt: time("created_at").notNull().defaultNow(),
    body: body(),
  },
  (table) => [index("loops_app").on(table.app, table.createdAt.desc())],
);
