import { useMutation, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { FlaskConical, Rocket } from "lucide-react";
import { useState } from "react";
import * as z from "zod";
import { api, type Job, toFailure } from "../../api.ts";
import { Button } from "../../parts/button.tsx";
import { CommandLine } from "../../parts/copy.tsx";
import { FailureNote } from "../../parts/failure-note.tsx";
import { JobProgress, useJob } from "../../parts/job-progress.tsx";
import { ReleaseLink } from "../../parts/release-mark.tsx";
import { candidateQuery, datasetsQuery, queryClient } from "../../queries.ts";
import { type Ship, ShipDialog } from "./ship-dialog.tsx";

/** The app file as it is now beside what is live: what was changed, in words, and the way to know whether it is better. */
export function Candidate({ app }: { app: string }) {
  const { data, error } = useQuery(candidateQuery(app));
  const datasets = useQuery(datasetsQuery(app));
  const [shipping, setShipping] = useState(false);
  const job = useJob(app, ["check", "ship"], () => {
    for (const key of ["story", "candidate", "experiments", "releases", "apps", "health", "replays"]) {
      void queryClient.invalidateQueries({ queryKey: [key] });
    }
  });
  const check = useMutation({
    mutationFn: () => api.check({ params: { id: app }, body: {} }),
    onSuccess: job.watch,
  });
  const ship = useMutation({
    mutationFn: (body: Ship) => api.ship({ params: { id: app }, body }),
    onSuccess: job.watch,
  });
  if (error) return <FailureNote failure={toFailure(error)} />;
  if (!data) return <div className="skeleton h-28 w-full" aria-hidden />;
  const { live, candidate, changes } = data;
  const isNew = candidate !== null && candidate !== live;
  const noData = datasets.data?.datasets.length === 0;
  const busy = job.running !== undefined || check.isPending || ship.isPending;
  const failure = check.error ?? ship.error ?? job.stop.error;
  return (
    <section aria-labelledby="candidate" className="rounded border border-line bg-panel p-4">
      <div className="flex flex-wrap items-start gap-x-6 gap-y-4">
        <div className="min-w-0 flex-1 basis-80">
          <h2 id="candidate" className="font-semibold text-16">
            {isNew ? (live ? "A candidate" : "Nothing is live yet") : "Nothing is changed"}
          </h2>
          <p className="text-13 text-ink-2">
            {isNew && live ? (
              <>
                <ReleaseLink id={candidate} /> beside <ReleaseLink id={live} />, which is live
              </>
            ) : live ? (
              <>
                The app file is what is live: <ReleaseLink id={live} />. An edit of it, of a prompt, a model or a
                knowledge setting is a candidate by itself.
              </>
            ) : (
              "The app answers by its file as it stands. Ship makes that the first live release; every later edit is compared with it."
            )}
          </p>
        </div>
        <div className="flex gap-2">
          {live && (
            <Button disabled={busy} onClick={() => check.mutate()} title="Is it worse? On the development split">
              <FlaskConical size={14} aria-hidden />
              Check
            </Button>
          )}
          <Button look="primary" disabled={busy} onClick={() => setShipping(true)}>
            <Rocket size={14} aria-hidden />
            Ship
          </Button>
        </div>
      </div>
      {isNew && changes.length > 0 && (
        <ul aria-label="What was changed" className="mt-3 space-y-1 border-line border-t pt-3 text-13">
          {changes.map((change) => (
            <Change key={change} text={change} />
          ))}
        </ul>
      )}
      {noData && live && (
        <div className="mt-3 space-y-2 border-line border-t pt-3 text-13 text-ink-2">
          <p>There are no examples to compare on. Import some, or press e on a turn.</p>
          <p className="flex flex-wrap items-center gap-2">
            <CommandLine command="pawl import questions.jsonl" />
            <Link to="/evaluate" search={{ view: "datasets" }} className="text-accent-ink underline">
              Datasets
            </Link>
          </p>
        </div>
      )}
      {job.running && (
        <div className="mt-3 border-line border-t pt-3">
          <JobProgress
            label={job.running.kind === "ship" ? "Shipping" : "Checking"}
            progress={job.running.progress}
            onStop={() => job.running && job.stop.mutate(job.running.id)}
          />
        </div>
      )}
      {job.ended && <Ended job={job.ended} />}
      {failure && (
        <div className="mt-3">
          <FailureNote failure={toFailure(failure)} />
        </div>
      )}
      {shipping && (
        <ShipDialog
          candidate={candidate ?? ""}
          live={live}
          onClose={() => setShipping(false)}
          onShip={(body) => {
            setShipping(false);
            ship.mutate(body);
          }}
        />
      )}
    </section>
  );
}

/** `instructions: 2 lines changed`: the part in medium weight, then what was done to it. */
export function Change({ text }: { text: string }) {
  const cut = text.indexOf(": ");
  if (cut < 0) return <li>{text}</li>;
  return (
    <li className="break-words">
      <span className="font-medium">{text.slice(0, cut)}</span>
      <span className="text-ink-2">{text.slice(cut)}</span>
    </li>
  );
}

// A job's result is `unknown` in the contract: a check's is a comparison, a ship's a decision.
const Result = z.object({ verdict: z.string().optional(), kind: z.string().optional(), reason: z.string() });

const outcomes: Record<string, string> = {
  ship: "Shipped.",
  overruled: "Shipped against the gate.",
  refused: "Refused: what was live stays live.",
};

/** How the work ended, where the comparison and the story below do not say it. */
function Ended({ job }: { job: Job }) {
  const result = Result.safeParse(job.result).data;
  if (!job.error && job.status !== "cancelled" && result?.verdict && result.verdict !== "unchanged") return null;
  return (
    <div className="mt-3 border-line border-t pt-3 text-13" role="status">
      {job.error ? (
        <FailureNote failure={job.error} />
      ) : job.status === "cancelled" ? (
        "Stopped. What was answered is kept: the same check goes on from there."
      ) : (
        result && (result.kind ? outcomes[result.kind] : result.reason)
      )}
    </div>
  );
}
