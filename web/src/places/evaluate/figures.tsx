import type { Difference, ExperimentDetail, MetricValue } from "../../api.ts";
import { change, figure, interval } from "../../format.ts";
import { useMedia } from "../../parts/browser.ts";
import { letterOf, ReleaseLetter } from "../../parts/release-mark.tsx";
import { Verdict } from "../../parts/verdict.tsx";
import { Intervals } from "../../parts/whisker.tsx";

type Cell = { value: MetricValue | undefined; difference: Difference | undefined };
export type Line = { name: string; note: string; cells: Cell[] };

/** Every figure of every release beside each other, each with its interval. */
export function Figures({ experiment }: { experiment: ExperimentDetail }) {
  const names = [...new Set(experiment.metrics.flatMap(({ values }) => values.map(({ name }) => name)))];
  const lines = names.map((name): Line => {
    const cells = experiment.metrics.map(({ release, values }) => ({
      value: values.find((value) => value.name === name),
      difference: experiment.differences
        .find(({ candidate }) => candidate === release)
        ?.metrics.find((metric) => metric.name === name),
    }));
    const component = cells.find(({ difference }) => difference)?.difference?.component;
    return { name, note: component ?? "", cells };
  });
  if (lines.length === 0) return null;
  return (
    <section aria-label="Figures">
      <FigureTable head="Metric" lines={lines} />
    </section>
  );
}

/** A line for each metric (or slice), a column for each release, and all of them on one scale at the end. */
export function FigureTable({ head, lines }: { head: string; lines: readonly Line[] }) {
  const wide = useMedia("(min-width: 56rem)");
  const releases = lines[0]?.cells.length ?? 0;
  if (!wide) {
    return (
      <ul>
        {lines.map((line) => (
          <li key={line.name} className="border-line border-t py-3 text-13" data-metric={line.name}>
            <p>
              <span className="font-medium">{line.name}</span> <span className="text-12 text-ink-3">{line.note}</span>
            </p>
            {line.cells.map((cell, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a release is its place
              <div key={index} className="mt-1 flex items-baseline gap-2">
                <ReleaseLetter index={index} />
                <CellView cell={cell} />
              </div>
            ))}
            <Scale line={line} />
          </li>
        ))}
      </ul>
    );
  }
  return (
    <table className="w-full max-w-[72rem] table-fixed text-left text-13">
      <thead>
        <tr className="text-12 text-ink-3">
          <th className="w-[18%] pb-2 font-normal">{head}</th>
          {Array.from({ length: releases }, (_, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a release is its place
            <th key={index} className="pb-2 font-normal">
              <ReleaseLetter index={index} />
            </th>
          ))}
          <th className="w-[30%] pb-2 font-normal">95 % intervals</th>
        </tr>
      </thead>
      <tbody>
        {lines.map((line) => (
          <tr key={line.name} className="border-line border-t align-top" data-metric={line.name}>
            <th scope="row" className="py-2 pr-3 font-medium">
              <span className="break-words">{line.name}</span>
              <span className="block font-normal text-12 text-ink-3">{line.note}</span>
            </th>
            {line.cells.map((cell, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a release is its place
              <td key={index} className="py-2 pr-3">
                <CellView cell={cell} />
              </td>
            ))}
            <td className="py-2">
              <Scale line={line} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function CellView({ cell: { value, difference } }: { cell: Cell }) {
  if (!value) return <span className="text-ink-3">–</span>;
  return (
    <span className="tabular">
      <span className="font-medium">{figure(value.mean, value.unit)}</span>{" "}
      <span className="text-12 text-ink-3">({interval(value.low, value.high, value.unit)})</span>
      {difference && difference.difference !== null && (
        <span className="flex flex-wrap items-center gap-x-2 text-12 text-ink-2">
          {change(difference.difference, difference.unit)} <Verdict verdict={difference.verdict} size={13} />
        </span>
      )}
    </span>
  );
}

/** Shares from 0 to 1, everything else from zero (or its least) to its most. */
function Scale({ line }: { line: Line }) {
  const values = line.cells.flatMap(({ value }, index) => (value ? [{ ...value, label: letterOf(index) }] : []));
  const unit = values[0]?.unit;
  const isBounded = unit === "share" || unit === "score";
  const from = isBounded ? 0 : Math.min(0, ...values.map(({ low }) => low ?? 0));
  const to = isBounded ? 1 : 1.05 * Math.max(...values.map(({ high }) => high ?? 0));
  return <Intervals values={values} from={from} to={to} />;
}
