import { useMutation, useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { api, type Job } from "../api.ts";
import { count, duration } from "../format.ts";
import { jobsQuery, queryClient } from "../queries.ts";
import { Button } from "./button.tsx";

/** Of a task, from which on its pace tells when it ends. */
const leastShare = 0.05;

const isOpen = (job: Job) => job.status === "queued" || job.status === "running";

/** The newest job of some kinds for an app: while it runs, and how it ended if this page saw it run or began it (`watch`). */
export function useJob(app: string | undefined, kinds: readonly string[], onEnd: () => void) {
  const { data } = useQuery(jobsQuery);
  const newest = data?.jobs.find((job) => job.app === app && kinds.includes(job.kind));
  const running = newest && isOpen(newest) ? newest : undefined;
  const [seen, setSeen] = useState<string>();
  if (running && running.id !== seen) setSeen(running.id);
  const ended = newest && newest.id === seen && !running ? newest : undefined;
  const end = useRef(onEnd);
  useEffect(() => {
    end.current = onEnd;
  });
  const endedId = ended?.id;
  useEffect(() => {
    // What the job changes is no longer right.
    if (endedId) end.current();
  }, [endedId]);
  const stop = useMutation({
    mutationFn: (id: string) => api.cancelJob({ params: { id } }),
    onSuccess: jobsChanged,
  });
  const watch = (job: Job) => {
    setSeen(job.id);
    return jobsChanged();
  };
  return { running, ended, stop, watch };
}

/** The list of jobs is read again, and goes on being read while one runs. */
const jobsChanged = () => queryClient.invalidateQueries({ queryKey: jobsQuery.queryKey });

/** `12 of 40 examples`; of work whose end is not known, what is done. */
function amount({
  done,
  total,
  unit = "",
}: {
  done: number;
  total?: number | undefined;
  unit?: string | undefined;
}): string {
  return `${count(done)} ${total === undefined ? "" : `of ${count(total)} `}${unit}`.trim();
}

/** Milliseconds that the rest of a task takes, as fast as what this page saw of it; 0 where that is too little to tell. */
function useTimeLeft(progress: Pick<NonNullable<Job["progress"]>, "task" | "done" | "total"> | null): number {
  const [seen, setSeen] = useState<{ task: string; done: number; at: number }>();
  if (progress && (progress.task !== seen?.task || progress.done < seen.done)) {
    setSeen({ task: progress.task, done: progress.done, at: Date.now() });
  }
  if (!progress?.total || seen?.task !== progress.task) return 0;
  const done = progress.done - seen.done;
  if (done < leastShare * progress.total) return 0;
  return ((Date.now() - seen.at) / done) * (progress.total - progress.done);
}

/** How far work is, how long it will take, and the means to stop it. */
export function JobProgress({
  label,
  progress,
  onStop,
}: {
  label: string;
  progress: Pick<NonNullable<Job["progress"]>, "task" | "done" | "total" | "unit" | "note"> | null;
  onStop: () => void;
}) {
  const part = progress?.total ? progress.done / progress.total : 0;
  const leftMs = useTimeLeft(progress);
  return (
    <div className="flex items-center gap-3 text-13">
      <div
        role="progressbar"
        aria-label={label}
        aria-valuenow={Math.round(100 * part)}
        aria-valuetext={progress ? amount(progress) : "Waiting"}
        title={progress?.note}
        className="h-1 min-w-8 max-w-64 flex-1 overflow-hidden rounded-full bg-line"
      >
        <div className="h-full bg-accent transition-[width]" style={{ width: `${100 * part}%` }} />
      </div>
      <span className="tabular truncate text-ink-2">
        {progress ? amount(progress) : "Waiting"}
        {leftMs > 2000 && `, about ${duration(Math.round(leftMs / 1000) * 1000)} left`}
      </span>
      <Button look="quiet" onClick={onStop}>
        Stop
      </Button>
    </div>
  );
}
