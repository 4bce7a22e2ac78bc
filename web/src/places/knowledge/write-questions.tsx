import { useMutation } from "@tanstack/react-query";
import { MessageCircleQuestion } from "lucide-react";
import { useState } from "react";
import { api, toFailure } from "../../api.ts";
import { Button } from "../../parts/button.tsx";
import { FailureNote } from "../../parts/failure-note.tsx";
import { JobProgress, useJob } from "../../parts/job-progress.tsx";
import { Pick } from "../../parts/pick.tsx";
import { queryClient } from "../../queries.ts";

const counts = ["20", "50", "100"];

/** Writes questions from the app's documents and asks them; while it runs, how far that is. */
export function WriteQuestions({ app, isFirst }: { app: string; isFirst: boolean }) {
  const [count, setCount] = useState("20");
  const job = useJob(["questions"], () => {
    for (const key of ["questions", "gaps"]) void queryClient.invalidateQueries({ queryKey: [key] });
  });
  const begin = useMutation({
    mutationFn: () => api.writeQuestions({ params: { id: app }, body: { count: Number(count) } }),
    onSuccess: job.watch,
  });
  const failure = begin.error ?? job.stop.error;
  return (
    <div className="space-y-3">
      {job.running ? (
        <JobProgress
          label="Writing questions from your documents, and asking them"
          progress={job.running.progress}
          startedAt={job.running.createdAt}
          onStop={() => job.running && job.stop.mutate(job.running.id)}
        />
      ) : (
        <div className="flex flex-wrap items-center gap-2">
          <Button
            look={isFirst ? "primary" : "plain"}
            disabled={app === "" || begin.isPending}
            onClick={() => begin.mutate()}
          >
            <MessageCircleQuestion size={14} aria-hidden />
            {isFirst ? "Write questions and ask them" : "Write and ask again"}
          </Button>
          <Pick
            label="How many questions"
            value={count}
            options={counts.map((value) => ({ value, label: `${value} questions` }))}
            onPick={setCount}
          />
        </div>
      )}
      {job.ended?.error && <FailureNote failure={job.ended.error} />}
      {job.ended?.status === "cancelled" && (
        <p role="status" className="text-13 text-ink-2">
          Stopped. What was written is kept: the same request goes on from there.
        </p>
      )}
      {failure && <FailureNote failure={toFailure(failure)} />}
    </div>
  );
}
