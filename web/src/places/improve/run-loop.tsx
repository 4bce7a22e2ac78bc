import { useMutation } from "@tanstack/react-query";
import { RefreshCcw } from "lucide-react";
import { useState } from "react";
import { api, toFailure } from "../../api.ts";
import { Button } from "../../parts/button.tsx";
import { FailureNote } from "../../parts/failure-note.tsx";
import { JobProgress, useJob } from "../../parts/job-progress.tsx";
import { Pick } from "../../parts/pick.tsx";
import { queryClient } from "../../queries.ts";

const budgets = ["15", "30", "60", "120", "240"];

/** Begins the loop within a time; while it runs, how far it is and what it does. */
export function RunLoop({ app, isFirst }: { app: string; isFirst: boolean }) {
  const [minutes, setMinutes] = useState("60");
  const job = useJob(["loop"], () => {
    for (const key of ["loops", "causes", "tunings", "story", "candidate", "apps", "health"]) {
      void queryClient.invalidateQueries({ queryKey: [key] });
    }
  });
  const begin = useMutation({
    mutationFn: () => api.loop({ params: { id: app }, body: { minutes: Number(minutes), seed: 1 } }),
    onSuccess: job.watch,
  });
  const failure = begin.error ?? job.stop.error;
  return (
    <div className="space-y-3">
      {isFirst && (
        <p className="max-w-prose text-13 text-ink-2">
          The loop goes the whole way by itself: what failed, why, the cheapest remedy first, tuning only where that
          fell short, then the gate. What is not measurably better is refused.
        </p>
      )}
      {job.running ? (
        <>
          <JobProgress
            label="The loop"
            progress={job.running.progress}
            startedAt={job.running.createdAt}
            onStop={() => job.running && job.stop.mutate(job.running.id)}
          />
          <p className="min-h-5 text-13 text-ink-2">{job.running.progress?.note ?? job.running.progress?.task}</p>
        </>
      ) : (
        <div className="flex flex-wrap items-center gap-2">
          <Button
            look={isFirst ? "primary" : "plain"}
            disabled={app === "" || begin.isPending}
            onClick={() => begin.mutate()}
          >
            <RefreshCcw size={14} aria-hidden />
            Run the loop
          </Button>
          <span className="text-13 text-ink-3">for at most</span>
          <Pick
            label="Minutes"
            value={minutes}
            options={budgets.map((value) => ({ value, label: `${value} minutes` }))}
            onPick={setMinutes}
          />
        </div>
      )}
      {job.ended?.error && <FailureNote failure={job.ended.error} />}
      {job.ended?.status === "cancelled" && (
        <p role="status" className="text-13 text-ink-2">
          Stopped. What was done is kept: the same loop goes on from there.
        </p>
      )}
      {failure && <FailureNote failure={toFailure(failure)} />}
    </div>
  );
}
