import type { Dataset, Split } from "../../api.ts";
import { count } from "../../format.ts";
import { splits } from "../../parts/splits.ts";

type Props = {
  dataset: Dataset;
  /** Which one the list below is cut to. */
  chosen?: Split | undefined;
  onChoose?: (split: Split | undefined) => void;
};

/** How many examples each split has, as parts of one bar that are named where there is room below them. */
export function SplitBar({ dataset, chosen, onChoose }: Props) {
  const parts = splits.flatMap((split) => {
    const examples = dataset.splits[split] ?? 0;
    return examples > 0 ? [{ split, examples }] : [];
  });
  return (
    <div>
      <div className="flex h-2 gap-0.5 overflow-hidden rounded-full" aria-hidden>
        {parts.map(({ split, examples }) => (
          <span
            key={split}
            style={{ flexGrow: examples }}
            className={chosen === undefined || chosen === split ? looks[split] : "bg-line"}
          />
        ))}
      </div>
      <ul className="mt-2 flex flex-wrap gap-x-4 gap-y-1 text-12">
        {parts.map(({ split, examples }) => (
          <li key={split}>
            {onChoose ? (
              <button
                type="button"
                aria-pressed={chosen === split}
                onClick={() => onChoose(chosen === split ? undefined : split)}
                className="flex items-center gap-1.5 rounded text-ink-2 hover:text-ink aria-pressed:font-medium aria-pressed:text-ink"
              >
                <Part split={split} examples={examples} />
              </button>
            ) : (
              <span className="flex items-center gap-1.5 text-ink-2">
                <Part split={split} examples={examples} />
              </span>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}

function Part({ split, examples }: { split: Split; examples: number }) {
  return (
    <>
      <span className={`size-2 rounded-[2px] ${looks[split]}`} aria-hidden />
      {split} <span className="tabular text-ink-3">{count(examples)}</span>
    </>
  );
}

// One hue in steps, and hatched where only ship may look: told apart without colour, and named beside it.
const looks: Record<Split, string> = {
  development: "bg-accent",
  gate: "hatched bg-accent/40",
  report: "hatched border border-line-strong",
  train: "bg-ink-3",
  validation: "bg-ink-3/60",
  test: "bg-ink-3/35",
};
