import { useMutation, useQuery } from "@tanstack/react-query";
import { RefreshCw } from "lucide-react";
import { type ReactNode, useEffect, useRef } from "react";
import * as z from "zod";
import { api, type Job, toFailure } from "../../api.ts";
import { count, duration } from "../../format.ts";
import { Button } from "../../parts/button.tsx";
import { FailureNote } from "../../parts/failure-note.tsx";
import { jobsQuery, queryClient } from "../../queries.ts";

/** Reads the app's sources again, as a job that goes on when this page closes; shows how far it is. */
export function Ingest({ app, figures, children }: { app: string | undefined; figures: string; children: ReactNode }) {
  const { data } = useQuery(jobsQuery);
  const begin = useMutation({
    mutationFn: (name: string) => api.ingest({ body: { app: name } }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: jobsQuery.queryKey }),
  });
  const stop = useMutation({
    mutationFn: (id: string) => api.cancelJob({ params: { id } }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: jobsQuery.queryKey }),
  });
  const newest = data?.jobs.find((job) => job.kind === "ingest");
  const running = newest && (newest.status === "queued" || newest.status === "running") ? newest : undefined;

  // When a job that was seen running has ended, the lists are no longer right.
  const seen = useRef<string | undefined>(undefined);
  useEffect(() => {
    if (seen.current && !running) {
      for (const key of ["documents", "document", "knowledge", "search"]) {
        void queryClient.invalidateQueries({ queryKey: [key] });
      }
    }
    if (running) seen.current = running.id;
  }, [running]);
  const ended = newest && seen.current === newest.id && !running ? newest : undefined;
  const error = begin.error ?? stop.error;
  return (
    <>
      {/* The progress takes the place of the figures, so that nothing below moves. */}
      <div className="order-last h-8 min-w-0 basis-full content-center md:order-none md:flex-1 md:basis-0">
        {running ? (
          <Progress job={running} onStop={() => stop.mutate(running.id)} />
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

function Progress({ job, onStop }: { job: Job; onStop: () => void }) {
  const progress = job.progress;
  const part = progress?.total ? progress.done / progress.total : 0;
  const spent = Date.now() - Date.parse(job.createdAt);
  const leftMs = part > 0.05 ? (spent / part) * (1 - part) : 0;
  return (
    <div role="status" className="flex items-center gap-3 text-13">
      <div
        role="progressbar"
        aria-label="Reading documents"
        aria-valuenow={Math.round(100 * part)}
        title={progress?.note}
        className="h-1 min-w-8 max-w-64 flex-1 overflow-hidden rounded-full bg-line"
      >
        <div className="h-full bg-accent transition-[width]" style={{ width: `${100 * part}%` }} />
      </div>
      <span className="tabular truncate text-ink-2">
        {progress?.total ? `${count(progress.done)} of ${count(progress.total)}` : "Waiting"}
        {leftMs > 2000 && `, about ${duration(Math.round(leftMs / 1000) * 1000)} left`}
      </span>
      <Button look="quiet" onClick={onStop}>
        Stop
      </Button>
    </div>
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
