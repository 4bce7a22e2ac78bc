import type { ExperimentDetail } from "../../api.ts";
import { plural } from "../../format.ts";
import { Pick } from "../../parts/pick.tsx";
import { FigureTable, type Line } from "./figures.tsx";

type Props = {
  experiment: ExperimentDetail;
  tag: string | undefined;
  metric: string | undefined;
  onPick: (part: { slice?: string; metric?: string }) => void;
};

/** One metric by the values of one tag: where a release is good, and where it is not. */
export function Slices({ experiment, tag: wantedTag, metric: wantedMetric, onPick }: Props) {
  const tags = [...new Set(experiment.slices.map(({ tag }) => tag))];
  const tag = tags.find((one) => one === wantedTag) ?? tags[0];
  const metrics = [...new Set(experiment.metrics.flatMap(({ values }) => values.map(({ name }) => name)))];
  // Without a choice: the first figure that moved, since that is what a person wants explained.
  const moved = experiment.differences
    .flatMap((one) => one.metrics)
    .find(({ verdict, name }) => (verdict === "worse" || verdict === "better") && metrics.includes(name));
  const metric = metrics.find((one) => one === wantedMetric) ?? moved?.name ?? metrics[0];
  const values = [...new Set(experiment.slices.filter((slice) => slice.tag === tag).map(({ value }) => value))];
  const lines = values.flatMap((value): Line[] => {
    const cells = experiment.releases.map((release) => ({
      value: experiment.slices
        .find((slice) => slice.tag === tag && slice.value === value && slice.release === release)
        ?.values.find(({ name }) => name === metric),
      difference: undefined,
    }));
    const examples = Math.max(0, ...cells.map((cell) => cell.value?.examples ?? 0));
    // Where nothing is scored there is nothing to see: an answer's F1 of what has no answer.
    return examples === 0 ? [] : [{ name: value, note: plural(examples, "example"), cells }];
  });
  return (
    <section aria-label="Slices">
      <div className="mb-3 flex flex-wrap items-center gap-2 text-13">
        <Pick
          label="Metric"
          value={metric ?? ""}
          options={metrics.map((name) => ({ value: name, label: name }))}
          onPick={(name) => onPick({ metric: name })}
        />
        by
        <Pick
          label="Tag"
          value={tag ?? ""}
          options={tags.map((name) => ({ value: name, label: name }))}
          onPick={(name) => onPick({ slice: name })}
        />
      </div>
      <FigureTable head={tag ?? ""} lines={lines} />
    </section>
  );
}
