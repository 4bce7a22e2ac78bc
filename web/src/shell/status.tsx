import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type Health, toFailure } from "../api.ts";
import { count } from "../format.ts";
import { healthQuery } from "../queries.ts";

type Shown = {
  tone: "good" | "warn" | "bad" | "quiet";
  text: string;
  detail?: string | undefined;
  part?: number | undefined;
};

/** How pawl is: one line that is always there, with the progress of what is going on. */
export function Status() {
  const { data, error } = useQuery(healthQuery);
  const shown = error ? offline(error) : data ? describe(data) : { tone: "quiet" as const, text: "Connecting" };
  return (
    <div role="status" className="min-w-0 text-12" title={shown.detail}>
      <p className="flex items-center gap-2">
        <Dot tone={shown.tone} />
        <span className="truncate text-ink-2">{shown.text}</span>
      </p>
      {/* Always there, so that nothing moves when work begins. */}
      <div className="mt-2 hidden h-0.5 overflow-hidden rounded-full md:block" aria-hidden>
        {shown.part !== undefined && (
          <div className="h-full bg-accent transition-[width]" style={{ width: `${100 * shown.part}%` }} />
        )}
      </div>
    </div>
  );
}

function Dot({ tone }: { tone: Shown["tone"] }) {
  const look = { good: "bg-good", warn: "bg-warn", bad: "bg-bad", quiet: "bg-line-strong" }[tone];
  return <span className={`size-2 shrink-0 rounded-full ${look}`} aria-hidden />;
}

const offline = (error: unknown): Shown => {
  const failure = toFailure(error);
  return failure.code === "offline"
    ? { tone: "bad", text: "Offline: pawl is not reachable", detail: failure.hint }
    : { tone: "bad", text: failure.message, detail: failure.hint };
};

function describe(health: Health): Shown {
  const broken = health.apps.find((app) => app.state === "failed");
  if (broken) {
    return { tone: "bad", text: `${broken.name} cannot be served`, detail: broken.error?.message };
  }
  const busy = health.apps.find((app) => app.state === "ingesting" || app.state === "loading");
  if (busy) {
    const progress = busy.progress;
    const figure = progress?.total ? ` ${count(progress.done)} of ${count(progress.total)}` : "";
    const word = busy.state === "ingesting" ? "Reading documents" : `Loading ${busy.name}`;
    return {
      tone: "warn",
      text: `${word}${figure}`,
      detail: progress?.note,
      part: progress?.total ? progress.done / progress.total : undefined,
    };
  }
  if (health.status === "starting") return { tone: "warn", text: "Starting" };
  if (health.status === "failed") return { tone: "bad", text: "pawl could not start" };
  return {
    tone: "good",
    text: "Ready",
    detail: `${count(Math.round(health.memoryMb))} MB of memory, version ${health.version}`,
  };
}

/** Why an app cannot be asked, in full, for places that need it. */
export function AppTrouble() {
  const { data } = useQuery(healthQuery);
  const broken = data?.apps.find((app) => app.error);
  if (!broken?.error) return null;
  return (
    <div role="alert" className="border-line border-b bg-bad-soft px-4 py-2 text-13">
      <span className="font-medium">{broken.name}:</span> {broken.error.message}{" "}
      {broken.error.hint && <span className="text-ink-2">{broken.error.hint}</span>}{" "}
      <span className="font-mono text-12 text-ink-2">{broken.error.code}</span>{" "}
      <Link to="/knowledge" search={{}} className="text-accent-ink underline">
        Documents
      </Link>
    </div>
  );
}
