import { Toggle } from "@base-ui/react/toggle";
import { ToggleGroup } from "@base-ui/react/toggle-group";
import type { ExperimentDetail, ResultRow } from "../../api.ts";
import { figure, shortId } from "../../format.ts";
import { BesideLink } from "../../parts/beside-link.tsx";
import { FailureNote } from "../../parts/failure-note.tsx";
import { Pane } from "../../parts/pane.tsx";
import type { OpenRange } from "../../parts/places.ts";
import { letterOf, ReleaseLetter } from "../../parts/release-mark.tsx";
import { TurnDetail } from "../../parts/turn-detail.tsx";
import type { TurnTab } from "../../parts/turn-tabs.ts";
import { questionOf, referenceOf } from "./names.ts";

type Props = {
  row: ResultRow;
  experiment: ExperimentDetail;
  release: string | undefined;
  tab: TurnTab | undefined;
  span: string | undefined;
  onSearch: (part: { tab?: TurnTab; span?: string | undefined; release?: string }) => void;
  onOpen: OpenRange;
  onClose: () => void;
};

/** One example: what was expected, what each release answered and scored, and how each answer came about. */
export function ResultPane({ row, experiment, release, tab, span, onSearch, onOpen, onClose }: Props) {
  const { example, results } = row;
  const inOrder = experiment.releases.map((id) => ({ id, result: results.find((one) => one.release === id) }));
  const withTurn = inOrder.filter(({ result }) => result?.turn);
  const side = withTurn.find(({ id }) => id === release) ?? withTurn.at(-1);
  const [first, second] = withTurn.flatMap(({ result }) => result?.turn ?? []);
  const units = new Map(
    experiment.metrics.flatMap(({ values }) => values.map(({ name, unit }) => [name, unit] as const)),
  );
  const names = [...units.keys()].filter((name) => results.some((result) => result.scores[name] !== undefined));
  return (
    <Pane
      label="Example"
      onClose={onClose}
      title={
        <p className="truncate font-mono text-12 text-ink-3" title={example.id}>
          {example.id}
        </p>
      }
    >
      <section
        className="max-h-[50%] shrink-0 overflow-y-auto border-line border-b p-4 text-13 focus-visible:-outline-offset-2"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the keys that scroll must work here
        tabIndex={0}
        aria-label="Question, reference and answers"
      >
        <h2 className="break-words font-semibold text-16">{questionOf(example.messages)}</h2>
        <dl className="mt-3 space-y-3">
          <div>
            <dt className="text-12 text-ink-3">Reference</dt>
            <dd className="whitespace-pre-wrap break-words">{referenceOf(example)}</dd>
          </div>
          {inOrder.map(({ id, result }, index) => (
            <div key={id}>
              <dt className="flex items-center gap-2 text-12 text-ink-3">
                <ReleaseLetter index={index} />
                <span className="font-mono">{shortId(id)}</span>
              </dt>
              <dd className="mt-1 whitespace-pre-wrap break-words">
                {result?.error ? <FailureNote failure={result.error} /> : (result?.answer ?? "Not answered yet")}
              </dd>
            </div>
          ))}
        </dl>
        {names.length > 0 && (
          <table className="tabular mt-4 w-full text-left">
            <thead>
              <tr className="text-12 text-ink-3">
                <th className="font-normal">Score</th>
                {inOrder.map(({ id }, index) => (
                  <th key={id} className="text-right font-normal">
                    {letterOf(index)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {names.map((name) => (
                <tr key={name} className="border-line border-t">
                  <th scope="row" className="py-1 font-normal text-ink-2">
                    {name}
                  </th>
                  {inOrder.map(({ id, result }) => (
                    <td key={id} className="py-1 text-right">
                      {figure(result?.scores[name], units.get(name) ?? "")}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </section>
      {withTurn.length > 1 && side && (
        <div className="flex shrink-0 flex-wrap items-center justify-between gap-2 px-4 pt-3">
          <ToggleGroup
            value={[side.id]}
            onValueChange={([next]: string[]) => next && onSearch({ release: next, span: undefined })}
            aria-label="Whose trace"
            className="flex gap-1"
          >
            {withTurn.map(({ id }) => {
              const index = experiment.releases.indexOf(id);
              return (
                <Toggle
                  key={id}
                  value={id}
                  className="flex h-8 items-center gap-2 rounded border border-transparent px-2 text-13 text-ink-3 hover:text-ink aria-pressed:border-line-strong aria-pressed:bg-hover aria-pressed:text-ink"
                >
                  <ReleaseLetter index={index} />
                  Trace
                </Toggle>
              );
            })}
          </ToggleGroup>
          {first && second && <BesideLink left={first} right={second} />}
        </div>
      )}
      {side?.result?.turn && (
        <TurnDetail
          key={side.result.turn}
          id={side.result.turn}
          tab={tab ?? "trace"}
          onTab={(next) => onSearch({ tab: next })}
          span={span}
          onSpan={(next) => onSearch({ span: next })}
          onOpen={onOpen}
        />
      )}
    </Pane>
  );
}
