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
export function Ingest({ app, children }: { app: string | undefined; children: ReactNode }) {
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
      <div className="flex gap-2">
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
      {running && <Progress job={running} onStop={() => stop.mutate(running.id)} />}
      {ended && <Ended job={ended} />}
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
  return (
    <div role="status" className="flex w-full flex-wrap items-center gap-3 pb-2 text-13">
      <div
        role="progressbar"
        aria-label="Reading documents"
        aria-valuenow={Math.round(100 * part)}
        className="h-1 min-w-24 flex-1 overflow-hidden rounded-full bg-hover"
      >
        <div className="h-full bg-accent transition-[width]" style={{ width: `${100 * part}%` }} />
      </div>
      <span className="tabular text-ink-2">
        {progress?.total ? `${count(progress.done)} of ${count(progress.total)} ${progress.unit ?? ""}` : "Waiting"}
        {part > 0.05 && part < 1 && ` · about ${duration((spent / part) * (1 - part))} left`}
      </span>
      <span className="hidden max-w-64 truncate text-12 text-ink-3 md:inline">{progress?.note}</span>
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

function Ended({ job }: { job: Job }) {
  if (job.error) {
    return (
      <div className="w-full pb-2">
        <FailureNote failure={job.error} />
      </div>
    );
  }
  if (job.status === "cancelled")
    return <p className="w-full pb-2 text-13 text-ink-2">Stopped. What was read stays.</p>;
  const documents = IngestResult.safeParse(job.result).data?.documents ?? [];
  const groups = Map.groupBy(documents, (document) => document.status);
  const refused = groups.get("refused") ?? [];
  return (
    <div role="status" className="w-full space-y-1 pb-2 text-13 text-ink-2">
      <p>
        {documents.length === 0
          ? "Read."
          : `Read: ${[...groups].map(([status, list]) => `${count(list.length)} ${status}`).join(", ")}.`}
      </p>
      {refused.map((document) => (
        <p key={document.path}>
          <span className="text-bad">Refused:</span> {document.path}: {document.message} {document.hint}{" "}
          <span className="font-mono text-12">{document.code}</span>
        </p>
      ))}
    </div>
  );
}
