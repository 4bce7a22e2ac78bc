import { useMutation, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { ArrowLeft } from "lucide-react";
import type { ReactNode } from "react";
import { api, type Tuning as Run, toFailure } from "../../api.ts";
import { count, duration, exactly, plural, when } from "../../format.ts";
import { Button } from "../../parts/button.tsx";
import { CopyButton } from "../../parts/copy.tsx";
import { FailureNote } from "../../parts/failure-note.tsx";
import { ReleaseLink } from "../../parts/release-mark.tsx";
import { queryClient, tuningQuery } from "../../queries.ts";
import { LossCurve } from "./loss-curve.tsx";
import { bestOf, kindWords, stepOf, TuningStatus } from "./tunings.tsx";

const route = getRouteApi("/improve");

/** One training run: how far, how fast, how well, and what came out. */
export function Tuning({ id }: { id: string }) {
  const { app } = route.useSearch();
  const { data: tuning, error } = useQuery(tuningQuery(id));
  return (
    <div className="min-h-0 flex-1 overflow-y-auto px-4 py-4">
      <div className="mx-auto max-w-[64rem] space-y-6">
        <Link
          to="/improve"
          search={{ view: "tuning", ...(app ? { app } : {}) }}
          className="inline-flex items-center gap-1 rounded text-13 text-ink-3 hover:text-ink"
        >
          <ArrowLeft size={14} aria-hidden />
          All training runs
        </Link>
        {error && <FailureNote failure={toFailure(error)} />}
        {tuning ? <Detail tuning={tuning} /> : !error && <div className="skeleton h-80" aria-hidden />}
      </div>
    </div>
  );
}

function Detail({ tuning }: { tuning: Run }) {
  const at = Date.parse(tuning.createdAt);
  const best = bestOf(tuning);
  const isOpen = tuning.status === "queued" || tuning.status === "running";
  const trained = isOpen ? tuning.points.at(-1)?.loss : undefined; // until the first validation
  return (
    <>
      <section>
        <h2 className="flex flex-wrap items-baseline gap-x-3">
          <span className="tabular font-semibold text-28 tracking-tight">{(best ?? trained)?.toFixed(3) ?? "–"}</span>
          <span className="font-normal text-14 text-ink-2">{lossName(isOpen, best !== null)}, nats per token</span>
        </h2>
        <p className="mt-1 text-13 text-ink-3">
          <TuningStatus tuning={tuning} /> · {kindWords[tuning.kind]} · {plural(tuning.examples, "example")} · begun{" "}
          <span title={exactly(at)}>{when(at)}</span>
        </p>
        {isOpen && <Progress tuning={tuning} />}
      </section>
      <LossCurve points={tuning.points} steps={tuning.steps} />
      <dl className="grid grid-cols-2 gap-x-6 gap-y-4 text-13 md:grid-cols-4">
        <Figure name="Step">
          {count(stepOf(tuning))}
          {tuning.steps !== null && <span className="text-ink-3"> of {count(tuning.steps)}</span>}
        </Figure>
        <Figure name="Tokens a second">
          {tuning.tokensPerSecond === null ? "–" : count(Math.round(tuning.tokensPerSecond))}
        </Figure>
        <Figure name="Most memory">
          {tuning.peakMemoryMb === null ? "–" : `${count(Math.round(tuning.peakMemoryMb))} MB`}
        </Figure>
        <Figure name="Continues">{tuning.from ? <Hash text={tuning.from} /> : "the model as it comes"}</Figure>
        <Figure name="Rank, alpha">
          {tuning.recipe.rank}, {tuning.recipe.alpha}
        </Figure>
        <Figure name="Learning rate">{tuning.recipe.learningRate}</Figure>
        <Figure name="Tokens a step">{count(tuning.recipe.batchTokens)}</Figure>
        <Figure name="Seed">{tuning.recipe.seed}</Figure>
      </dl>
      {tuning.result && <Result result={tuning.result} />}
    </>
  );
}

function lossName(isOpen: boolean, isValidated: boolean): string {
  if (!isOpen) return "validation loss of what was kept";
  return isValidated ? "best validation loss so far" : "training loss of the last step";
}

function Progress({ tuning }: { tuning: Run }) {
  const stop = useMutation({
    mutationFn: () => api.cancelJob({ params: { id: tuning.id } }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ["tuning", tuning.id] }),
  });
  const part = tuning.steps ? stepOf(tuning) / tuning.steps : 0;
  return (
    <div className="mt-3 space-y-2">
      <div role="status" className="flex items-center gap-3 text-13">
        <div
          role="progressbar"
          aria-label="Training"
          aria-valuenow={Math.round(100 * part)}
          className="h-1 min-w-8 max-w-64 flex-1 overflow-hidden rounded-full bg-line"
        >
          <div className="h-full bg-accent transition-[width]" style={{ width: `${100 * part}%` }} />
        </div>
        <span className="tabular text-ink-2">
          {tuning.secondsLeft === null ? "Preparing" : `about ${duration(1000 * Math.round(tuning.secondsLeft))} left`}
        </span>
        <Button look="quiet" disabled={stop.isPending} onClick={() => stop.mutate()}>
          Stop
        </Button>
      </div>
      <p className="text-12 text-ink-3">It waits while somebody chats, and goes on when this page is closed.</p>
      {stop.error && <FailureNote failure={toFailure(stop.error)} />}
    </div>
  );
}

function Result({ result }: { result: NonNullable<Run["result"]> }) {
  return (
    <section aria-labelledby="result" className="rounded border border-line p-4 text-13">
      <h3 id="result" className="font-semibold text-16">
        What came out
      </h3>
      {result.release && (
        <p className="mt-1 text-ink-2">
          A release to be checked: <ReleaseLink id={result.release} />
        </p>
      )}
      <dl className="mt-3 space-y-2">
        <File name={result.peft === null ? "Skill" : "Adapter, GGUF"} path={result.adapter} />
        {result.peft !== null && <File name="Adapter, PEFT" path={result.peft} />}
        <div className="flex flex-wrap items-center gap-x-3">
          <dt className="w-28 text-ink-3">sha256</dt>
          <dd>
            <Hash text={result.sha256} />
          </dd>
        </div>
      </dl>
    </section>
  );
}

function File({ name, path }: { name: string; path: string }) {
  return (
    <div className="flex flex-wrap items-center gap-x-3">
      <dt className="w-28 text-ink-3">{name}</dt>
      <dd className="flex min-w-0 items-center gap-1">
        <code className="min-w-0 break-all font-mono text-12">{path}</code>
        <CopyButton text={path} label={`Copy the path: ${name}`} />
      </dd>
    </div>
  );
}

function Figure({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt className="text-12 text-ink-3">{name}</dt>
      <dd className="tabular font-medium">{children}</dd>
    </div>
  );
}

function Hash({ text }: { text: string }) {
  return (
    <span className="font-mono font-normal text-12 text-ink-2" title={text}>
      {text.slice(0, 12)}
    </span>
  );
}
