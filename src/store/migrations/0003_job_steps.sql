CREATE TABLE "job_steps" (
	"job" text NOT NULL,
	"step" text NOT NULL,
	"output" jsonb NOT NULL,
	CONSTRAINT "job_steps_job_step_pk" PRIMARY KEY("job","step")
);
--> statement-breakpoint
ALTER TABLE "job_steps" ADD CONSTRAINT "job_steps_job_jobs_id_fk" FOREIGN KEY ("job") REFERENCES "public"."jobs"("id") ON DELETE cascade ON UPDATE no action;