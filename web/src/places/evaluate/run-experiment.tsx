import { Popover } from "@base-ui/react/popover";
import { useMutation } from "@tanstack/react-query";
import { Play } from "lucide-react";
import { useState } from "react";
import { api, type Dataset, type Split, toFailure } from "../../api.ts";
import { plural } from "../../format.ts";
import { Button, buttonClass } from "../../parts/button.tsx";
import { FailureNote } from "../../parts/failure-note.tsx";
import { Pick } from "../../parts/pick.tsx";
import { openSplits } from "../../parts/splits.ts";
import { queryClient } from "../../queries.ts";

type Props = { app: string; datasets: readonly Dataset[]; onBegun: (experiment: string) => void };

/** Runs live and candidate on a split of a dataset. The gate and the report split are opened by ship alone. */
export function RunExperiment({ app, datasets, onBegun }: Props) {
  const [chosen, setChosen] = useState<string>();
  const [split, setSplit] = useState<Split>("development");
  const dataset = datasets.find(({ dataset: name }) => name === chosen) ?? datasets[0];
  const examples = dataset?.splits[split] ?? 0;
  const begin = useMutation({
    mutationFn: () => api.evaluate({ body: { app, split, ...(dataset ? { dataset: dataset.dataset } : {}) } }),
    onSuccess: async (experiment) => {
      await queryClient.invalidateQueries({ queryKey: ["experiments"] });
      onBegun(experiment.id);
    },
  });
  return (
    <Popover.Root>
      <Popover.Trigger className={buttonClass("plain")} disabled={!dataset}>
        <Play size={14} aria-hidden />
        Run
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner align="end" sideOffset={8} className="z-50">
          <Popover.Popup className="fade-in w-80 max-w-[calc(100vw-2rem)] rounded border border-line-strong bg-raised p-4 shadow-lg">
            <Popover.Title className="font-medium text-14">Run live and candidate</Popover.Title>
            <Popover.Description className="mt-1 text-13 text-ink-2">
              On {plural(examples, "example")}. What was answered before is not asked again.
            </Popover.Description>
            <div className="mt-3 flex flex-wrap gap-2">
              <Pick
                label="Dataset"
                value={dataset?.dataset ?? ""}
                options={datasets.map(({ dataset: name }) => ({ value: name, label: name }))}
                onPick={setChosen}
              />
              <Pick
                label="Split"
                value={split}
                options={openSplits.map((value) => ({ value, label: value }))}
                onPick={(value) => setSplit(openSplits.find((one) => one === value) ?? "development")}
              />
            </div>
            {begin.error && (
              <div className="mt-3">
                <FailureNote failure={toFailure(begin.error)} />
              </div>
            )}
            <div className="mt-4 flex justify-end">
              <Button look="primary" disabled={examples === 0 || begin.isPending} onClick={() => begin.mutate()}>
                Run
              </Button>
            </div>
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}
