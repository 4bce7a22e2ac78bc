import { createColumnHelper } from "@tanstack/react-table";
import type { ExperimentDetail, ResultRow } from "../../api.ts";
import { figure } from "../../format.ts";
import { letterOf } from "../../parts/release-mark.tsx";
import type { Columns, rowFeatures } from "../../parts/rows.tsx";
import { questionOf, referenceOf } from "./names.ts";

const column = createColumnHelper<typeof rowFeatures, ResultRow>();

/** Question, reference, what each release answered, and the score on which they are furthest apart. */
export function resultColumns(experiment: ExperimentDetail | undefined): Columns<ResultRow> {
  const releases = experiment?.releases ?? [];
  return [
    column.display({
      id: "question",
      header: "Question",
      meta: { track: "minmax(0,4fr)" },
      cell: ({ row }) => <span className="font-medium">{questionOf(row.original.example.messages)}</span>,
    }),
    column.display({
      id: "reference",
      header: "Reference",
      meta: { track: "minmax(0,3fr)", from: 860 },
      cell: ({ row }) => <span className="text-ink-3">{referenceOf(row.original.example)}</span>,
    }),
    ...releases.slice(0, 3).map((release, index) =>
      column.display({
        id: release,
        header: letterOf(index),
        meta: { track: "minmax(0,3fr)", from: 640 },
        cell: ({ row }) => <Answered row={row.original} release={release} />,
      }),
    ),
    column.display({
      id: "apart",
      header: releases.length > 1 ? "Furthest apart" : "Score",
      meta: { track: "12rem", end: true },
      cell: ({ row }) => <Apart row={row.original} experiment={experiment} />,
    }),
  ];
}

export function ResultCard({ row, experiment }: { row: ResultRow; experiment: ExperimentDetail | undefined }) {
  const last = experiment?.releases.at(-1);
  return (
    <>
      <p className="flex items-baseline justify-between gap-3 text-13">
        <span className="min-w-0 truncate font-medium">{questionOf(row.example.messages)}</span>
        <span className="tabular shrink-0 text-12">
          <Apart row={row} experiment={experiment} />
        </span>
      </p>
      <p className="mt-1 truncate text-13">{last && <Answered row={row} release={last} />}</p>
    </>
  );
}

function Answered({ row, release }: { row: ResultRow; release: string }) {
  const result = row.results.find((one) => one.release === release);
  if (!result) return <span className="text-ink-3">…</span>;
  if (result.error) return <span className="text-bad">Failed: {result.error.code}</span>;
  return <span className="text-ink-2">{result.answer}</span>;
}

/** `f1 0.82 → 0.10`: the metric of the widest range, from the first release to the one furthest from it. */
function Apart({ row, experiment }: { row: ResultRow; experiment: ExperimentDetail | undefined }) {
  if (!experiment) return null;
  const failed = row.results.filter((result) => result.error).length;
  if (failed > 0 && failed < row.results.length) return <span className="text-bad">one failed</span>;
  const metrics = new Map(
    experiment.metrics.flatMap(({ values }) => values.map((value) => [value.name, value] as const)),
  );
  const scores = experiment.releases.map((release) => row.results.find((one) => one.release === release)?.scores ?? {});
  const first = scores[0] ?? {};
  // Times and tokens always differ a little; they tell nothing about one answer.
  const names = [...metrics.values()]
    .filter(({ unit }) => unit === "share" || unit === "score")
    .map(({ name }) => name);
  const pairs = names.flatMap((name) =>
    scores.slice(scores.length > 1 ? 1 : 0).flatMap((other) => {
      const [from, to] = [first[name], other[name]];
      return from === undefined || to === undefined ? [] : [{ name, from, to }];
    }),
  );
  const [widest] = pairs.sort((a, b) => Math.abs(b.to - b.from) - Math.abs(a.to - a.from));
  if (!widest) return null;
  const metric = metrics.get(widest.name);
  if (scores.length === 1) {
    return (
      <span className="text-ink-2">
        {widest.name} {figure(widest.to, metric?.unit ?? "")}
      </span>
    );
  }
  if (widest.from === widest.to) return <span className="text-ink-3">the same</span>;
  const isLost = widest.to < widest.from === (metric?.direction === "higher");
  return (
    <span className={isLost ? "text-bad" : "text-good"}>
      {widest.name} {short(widest.from)} → {short(widest.to)}
    </span>
  );
}

const short = (value: number): string => String(Number(value.toFixed(2)));
