import { useMutation } from "@tanstack/react-query";
import { type ReactNode, useEffect, useRef } from "react";
import { type Job, toFailure } from "../api.ts";
import { queryClient } from "../queries.ts";
import { Button } from "./button.tsx";
import { FailureNote } from "./failure-note.tsx";
import { JobProgress, useJob } from "./job-progress.tsx";

type Props = {
  app: string;
  kind: string;
  begin: () => Promise<Job>;
  /** First keys of the queries that it changes: they are read again at its end. */
  changes: readonly string[];
  /** Names its progress. */
  label: string;
  /** The button's picture and words. */
  button: ReactNode;
  /** Nothing was made yet: its button is the one thing to do. */
  isFirst: boolean;
  isReady: boolean;
  /** What becomes of a job that is stopped. */
  stopped: string;
  /** What came of one that is done, where no other part of the page shows it. */
  done?: (job: Job) => ReactNode;
  /** Beside the button: what the job is given. */
  children: ReactNode;
};

/** A button that begins a long job; while one runs, in its place how far it is, and below what it does or how it ended. */
export function StartJob(props: Props) {
  const { running, ended, stop, watch } = useJob(props.app, [props.kind], () => {
    for (const key of props.changes) void queryClient.invalidateQueries({ queryKey: [key] });
  });
  const begin = useMutation({ mutationFn: props.begin, onSuccess: watch });
  const box = useRef<HTMLDivElement>(null);
  const pressedWhile = useRef<boolean | null>(null);
  const isRunning = running !== undefined;
  useEffect(() => {
    // Whoever pressed a button goes on from the one that came in its place.
    if (pressedWhile.current !== !isRunning) return;
    pressedWhile.current = null;
    if (document.activeElement === document.body) box.current?.querySelector("button")?.focus();
  }, [isRunning]);
  const press = (work: () => void) => {
    pressedWhile.current = isRunning;
    work();
  };
  const failure = begin.error ?? stop.error;
  return (
    <div className="space-y-2">
      <div ref={box} className="min-h-8 content-center">
        {running ? (
          <JobProgress
            label={props.label}
            progress={running.progress}
            onStop={() => press(() => stop.mutate(running.id))}
          />
        ) : (
          <div className="flex flex-wrap items-center gap-2">
            <Button
              look={props.isFirst ? "primary" : "plain"}
              disabled={!props.isReady || begin.isPending}
              onClick={() => press(begin.mutate)}
            >
              {props.button}
            </Button>
            {props.children}
          </div>
        )}
      </div>
      <div role="status" className="min-h-5 text-13 text-ink-3">
        {running && doing(running)}
        {!running && !ended && "It takes a while, and goes on when this page closes."}
        {ended?.status === "cancelled" && `Stopped. ${props.stopped}`}
        {ended?.status === "done" && (props.done?.(ended) ?? "Done.")}
      </div>
      {ended?.error && <FailureNote failure={ended.error} />}
      {failure && <FailureNote failure={toFailure(failure)} />}
    </div>
  );
}

function doing({ progress }: Job): string {
  if (progress === null) return "Waiting for its turn.";
  const text = progress.note ?? progress.task;
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`;
}
