CREATE TABLE "blobs" (
	"sha256" text PRIMARY KEY NOT NULL,
	"bytes" "bytea" NOT NULL
);
--> statement-breakpoint
CREATE TABLE "chunks" (
	"id" text PRIMARY KEY NOT NULL,
	"knowledge" text NOT NULL,
	"document_id" text NOT NULL,
	"ordinal" integer NOT NULL,
	"text" text NOT NULL,
	"search_text" text NOT NULL,
	"body" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "documents" (
	"id" text PRIMARY KEY NOT NULL,
	"knowledge" text NOT NULL,
	"path" text NOT NULL,
	"sha256" text NOT NULL,
	"settings_hash" text NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	"text" text NOT NULL,
	"body" jsonb NOT NULL,
	CONSTRAINT "documents_path" UNIQUE("knowledge","path")
);
--> statement-breakpoint
CREATE TABLE "embedding_cache" (
	"key" text PRIMARY KEY NOT NULL,
	"embedding" "bytea" NOT NULL
);
--> statement-breakpoint
CREATE TABLE "feedback" (
	"id" text PRIMARY KEY NOT NULL,
	"turn" text NOT NULL,
	"release" text NOT NULL,
	"rater" text NOT NULL,
	"kind" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"body" jsonb NOT NULL,
	CONSTRAINT "feedback_rater" UNIQUE("turn","rater","kind")
);
--> statement-breakpoint
CREATE TABLE "jobs" (
	"id" text PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"key" text,
	"status" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	"body" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "outcomes" (
	"id" text PRIMARY KEY NOT NULL,
	"turn" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"body" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "releases" (
	"id" text PRIMARY KEY NOT NULL,
	"app" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"body" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "spans" (
	"id" text PRIMARY KEY NOT NULL,
	"turn" text,
	"run" text NOT NULL,
	"kind" text NOT NULL,
	"start_ms" double precision NOT NULL,
	"body" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "traffic" (
	"app" text PRIMARY KEY NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	"body" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "turns" (
	"id" text PRIMARY KEY NOT NULL,
	"session" text NOT NULL,
	"app" text NOT NULL,
	"release" text NOT NULL,
	"status" text NOT NULL,
	"start_ms" double precision NOT NULL,
	"question" text NOT NULL,
	"body" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "vectors_384" (
	"chunk_id" text PRIMARY KEY NOT NULL,
	"knowledge" text NOT NULL,
	"document_id" text NOT NULL,
	"embedding" vector(384) NOT NULL
);
--> statement-breakpoint
ALTER TABLE "chunks" ADD CONSTRAINT "chunks_document_id_documents_id_fk" FOREIGN KEY ("document_id") REFERENCES "public"."documents"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "vectors_384" ADD CONSTRAINT "vectors_384_chunk_id_chunks_id_fk" FOREIGN KEY ("chunk_id") REFERENCES "public"."chunks"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "chunks_document" ON "chunks" USING btree ("document_id","ordinal");--> statement-breakpoint
CREATE INDEX "chunks_knowledge" ON "chunks" USING btree ("knowledge","document_id");--> statement-breakpoint
CREATE INDEX "feedback_release" ON "feedback" USING btree ("release");--> statement-breakpoint
CREATE INDEX "jobs_kind" ON "jobs" USING btree ("kind","created_at" DESC NULLS LAST);--> statement-breakpoint
CREATE UNIQUE INDEX "jobs_key" ON "jobs" USING btree ("kind","key") WHERE status in ('queued', 'running');--> statement-breakpoint
CREATE INDEX "outcomes_turn" ON "outcomes" USING btree ("turn");--> statement-breakpoint
CREATE INDEX "releases_app" ON "releases" USING btree ("app","created_at" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "spans_turn" ON "spans" USING btree ("turn");--> statement-breakpoint
CREATE INDEX "spans_run" ON "spans" USING btree ("run","start_ms");--> statement-breakpoint
CREATE INDEX "turns_app" ON "turns" USING btree ("app","start_ms" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "turns_start" ON "turns" USING btree ("start_ms" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "turns_session" ON "turns" USING btree ("session");--> statement-breakpoint
CREATE INDEX "turns_release" ON "turns" USING btree ("release");--> statement-breakpoint
CREATE INDEX "vectors_384_knowledge" ON "vectors_384" USING btree ("knowledge","document_id");