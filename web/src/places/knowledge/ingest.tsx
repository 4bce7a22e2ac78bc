import { useMutation } from "@tanstack/react-query";
import { RefreshCw } from "lucide-react";
import type { ReactNode } from "react";
import * as z from "zod";
import { api, type Job, toFailure } from "../../api.ts";
import { count } from "../../format.ts";
import { Button } from "../../parts/button.tsx";
import { FailureNote } from "../../parts/failure-note.tsx";
import { JobProgress, useJob } from "../../parts/job-progress.tsx";
import { queryClient } from "../../queries.ts";

/** Reads the app's sources again, as a job that goes on when this page closes; shows how far it is. */
export function Ingest({ app, figures, children }: { app: string | undefined; figures: string; children: ReactNode }) {
  const { running, ended, stop, watch } = useJob(app, ["ingest"], () => {
    for (const key of ["documents", "document", "knowledge", "search", "gaps"]) {
      void queryClient.invalidateQueries({ queryKey: [key] });
    }
  });
  const begin = useMutation({ mutationFn: (name: string) => api.ingest({ body: { app: name } }), onSuccess: watch });
  const error = begin.error ?? stop.error;
  return (
    <>
      {/* The progress takes the place of the figures, so that nothing below moves. */}
      <div className="order-last h-8 min-w-0 basis-full content-center md:order-none md:flex-1 md:basis-0">
        {running ? (
          <JobProgress label="Reading documents" progress={running.progress} onStop={() => stop.mutate(running.id)} />
        ) : (
          <p className="tabular truncate text-13 text-ink-3" role="status">
            {ended ? summaryOf(ended) : figures}
          </p>
        )}
      </div>
      <div className="ml-auto flex gap-2">
        {children}
        <Button
          disabled={!app || running !== undefined || begin.isPending}
          onClick={() => app && begin.mutate(app)}
          title="Read the app's sources again; what has not changed is left alone"
        >
          <RefreshCw size={14} aria-hidden className={running ? "animate-spin" : ""} />
          Read again
        </Button>
      </div>
      {ended && <Refusals job={ended} />}
      {error && (
        <div className="w-full">
          <FailureNote failure={toFailure(error)} />
        </div>
      )}
    </>
  );
}

// A job's result is `unknown` in the contract: each kind has its own.
const IngestResult = z.object({
  documents: z.array(
    z.object({
      path: z.string(),
      status: z.string(),
      code: z.string().optional(),
      message: z.string().optional(),
      hint: z.string().optional(),
    }),
  ),
});

const documentsOf = (job: Job) => IngestResult.safeParse(job.result).data?.documents ?? [];

function summaryOf(job: Job): string {
  if (job.status === "cancelled") return "Stopped; what was read stays";
  if (job.status === "failed") return "Reading failed";
  const groups = Map.groupBy(documentsOf(job), (document) => document.status);
  return [...groups].map(([status, list]) => `${count(list.length)} ${status}`).join(", ") || "Read";
}

function Refusals({ job }: { job: Job }) {
  const refused = documentsOf(job).filter((document) => document.status === "refused");
  if (!job.error && refused.length === 0) return null;
  return (
    <div className="order-last w-full space-y-2 pb-2">
      {job.error && <FailureNote failure={job.error} />}
      {refused.map(({ path, code = "refused", message = "was refused.", hint }) => (
        <FailureNote key={path} failure={{ code, message: `${path}: ${message}`, hint }} />
      ))}
    </div>
  );
}
