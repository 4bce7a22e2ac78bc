CREATE TABLE "loops" (
	"id" text PRIMARY KEY NOT NULL,
	"app" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"body" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "tunings" (
	"id" text PRIMARY KEY NOT NULL,
	"app" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"body" jsonb NOT NULL
);
--> statement-breakpoint
CREATE INDEX "loops_app" ON "loops" USING btree ("app","created_at" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "tunings_app" ON "tunings" USING btree ("app","created_at" DESC NULLS LAST);