CREATE TABLE "dataset_versions" (
	"id" text PRIMARY KEY NOT NULL,
	"dataset" text NOT NULL,
	"app" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"body" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "decisions" (
	"id" text PRIMARY KEY NOT NULL,
	"app" text NOT NULL,
	"kind" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"body" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "examples" (
	"version" text NOT NULL,
	"id" text NOT NULL,
	"ordinal" integer NOT NULL,
	"split" text NOT NULL,
	"hash" text NOT NULL,
	"body" jsonb NOT NULL,
	CONSTRAINT "examples_version_id_pk" PRIMARY KEY("version","id")
);
--> statement-breakpoint
CREATE TABLE "experiments" (
	"id" text PRIMARY KEY NOT NULL,
	"app" text NOT NULL,
	"status" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"body" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "pins" (
	"app" text NOT NULL,
	"turn" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "pins_app_turn_pk" PRIMARY KEY("app","turn")
);
--> statement-breakpoint
CREATE TABLE "results" (
	"experiment" text NOT NULL,
	"release" text NOT NULL,
	"example" text NOT NULL,
	"body" jsonb NOT NULL,
	CONSTRAINT "results_experiment_release_example_pk" PRIMARY KEY("experiment","release","example")
);
--> statement-breakpoint
ALTER TABLE "examples" ADD CONSTRAINT "examples_version_dataset_versions_id_fk" FOREIGN KEY ("version") REFERENCES "public"."dataset_versions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "results" ADD CONSTRAINT "results_experiment_experiments_id_fk" FOREIGN KEY ("experiment") REFERENCES "public"."experiments"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "dataset_versions_dataset" ON "dataset_versions" USING btree ("dataset","created_at" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "decisions_app" ON "decisions" USING btree ("app","created_at" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "examples_split" ON "examples" USING btree ("version","split","ordinal");--> statement-breakpoint
CREATE INDEX "experiments_app" ON "experiments" USING btree ("app","created_at" DESC NULLS LAST);