import { useMutation, useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { api, type Job } from "../api.ts";
import { count, duration } from "../format.ts";
import { jobsQuery, queryClient } from "../queries.ts";
import { Button } from "./button.tsx";

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

/** How far work is, how long it will take, and the means to stop it. */
export function JobProgress({
  label,
  progress,
  startedAt,
  onStop,
}: {
  label: string;
  progress: Pick<NonNullable<Job["progress"]>, "done" | "total" | "unit" | "note"> | null;
  startedAt: string;
  onStop: () => void;
}) {
  const part = progress?.total ? progress.done / progress.total : 0;
  const spent = Date.now() - Date.parse(startedAt);
  const leftMs = part > 0.05 ? (spent / part) * (1 - part) : 0;
  return (
    <div role="status" className="flex items-center gap-3 text-13">
      <div
        role="progressbar"
        aria-label={label}
        aria-valuenow={Math.round(100 * part)}
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
