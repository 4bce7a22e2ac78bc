import { useMutation, useQuery } from "@tanstack/react-query";
import { SearchCheck } from "lucide-react";
import { useState } from "react";
import { api, toFailure } from "../../api.ts";
import { Button } from "../../parts/button.tsx";
import { FailureNote } from "../../parts/failure-note.tsx";
import { JobProgress, useJob } from "../../parts/job-progress.tsx";
import { Pick } from "../../parts/pick.tsx";
import { causesQuery, datasetsQuery, queryClient } from "../../queries.ts";

const none = "feedback only";

/** Begins to look for causes, and shows how far that is. */
export function FindCauses({ app, isFirst }: { app: string; isFirst: boolean }) {
  const datasets = useQuery(datasetsQuery(app));
  const [chosen, setChosen] = useState(none);
  const job = useJob(["causes"], () => {
    void queryClient.invalidateQueries({ queryKey: causesQuery(app).queryKey });
  });
  const begin = useMutation({
    mutationFn: () => api.findCauses({ params: { id: app }, body: chosen === none ? {} : { dataset: chosen } }),
    onSuccess: job.watch,
  });
  const failure = begin.error ?? job.stop.error;
  const names = datasets.data?.datasets.map(({ dataset }) => dataset) ?? [];
  return (
    <div className="space-y-3">
      {job.running ? (
        <JobProgress
          label="Looking for causes"
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
            <SearchCheck size={14} aria-hidden />
            {isFirst ? "Find causes" : "Look again"}
          </Button>
          <span className="text-13 text-ink-3">in failed turns of</span>
          <Pick
            label="What is judged"
            value={chosen}
            options={[
              { value: none, label: "feedback" },
              ...names.map((name) => ({ value: name, label: `feedback and ${name}` })),
            ]}
            onPick={setChosen}
          />
        </div>
      )}
      {job.ended?.error && <FailureNote failure={job.ended.error} />}
      {job.ended?.status === "cancelled" && (
        <p role="status" className="text-13 text-ink-2">
          Stopped. What was replayed is kept: the same search goes on from there.
        </p>
      )}
      {failure && <FailureNote failure={toFailure(failure)} />}
    </div>
  );
}
