import { Dialog } from "@base-ui/react/dialog";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api, type Dataset, type Imported, toFailure } from "../../api.ts";
import { Button } from "../../parts/button.tsx";
import { FailureNote } from "../../parts/failure-note.tsx";
import { Pick } from "../../parts/pick.tsx";

const formats = [
  { value: "auto", label: "Told by the file" },
  { value: "jsonl", label: "JSONL" },
  { value: "csv", label: "CSV" },
  { value: "openai", label: "OpenAI chat" },
  { value: "promptfoo", label: "promptfoo" },
] as const;
type Format = (typeof formats)[number]["value"];

type Props = {
  app: string;
  file: File;
  datasets: readonly Dataset[];
  onDone: (imported: Imported) => void;
  onClose: () => void;
};

/** Into which dataset a file goes, and whether it replaces what is there. */
export function ImportDialog({ app, file, datasets, onDone, onClose }: Props) {
  const [name, setName] = useState(() => slug(file.name));
  const [format, setFormat] = useState<Format>("auto");
  const [mode, setMode] = useState<"replace" | "append">("append");
  const known = datasets.find(({ dataset }) => dataset === name);
  const send = useMutation({
    mutationFn: async () =>
      api.importDataset({
        body: { app, dataset: name, format, file: file.name, text: await file.text(), mode: known ? mode : "replace" },
      }),
    onSuccess: onDone,
  });
  const isName = /^[a-z0-9][a-z0-9-]{0,62}$/.test(name);
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="fade-in fixed inset-0 z-50 bg-scrim" />
        <Dialog.Popup className="fade-in fixed top-[12vh] left-1/2 z-50 max-h-[76vh] w-[min(28rem,calc(100vw-2rem))] -translate-x-1/2 overflow-y-auto rounded-lg border border-line-strong bg-raised p-6 shadow-xl outline-none">
          <Dialog.Title className="truncate font-semibold text-16">Import {file.name}</Dialog.Title>
          <Dialog.Description className="mt-1 text-13 text-ink-2">
            JSONL, CSV, OpenAI's chat form or promptfoo's YAML. What cannot be carried over is listed by name.
          </Dialog.Description>
          <form
            onSubmit={(event) => {
              event.preventDefault();
              send.mutate();
            }}
          >
            <label className="mt-4 block text-12 text-ink-2">
              Dataset
              <input
                value={name}
                onChange={(event) => setName(event.target.value.toLowerCase())}
                list="datasets"
                aria-invalid={!isName}
                className="mt-1 block h-8 w-full rounded border border-line-strong bg-ground px-2 text-13"
              />
            </label>
            <datalist id="datasets">
              {datasets.map(({ dataset }) => (
                <option key={dataset} value={dataset} />
              ))}
            </datalist>
            <p className="mt-1 min-h-4 text-12 text-ink-3">
              {!isName
                ? "Small letters, digits and dashes."
                : known
                  ? `It has ${known.examples} examples now.`
                  : "A new dataset."}
            </p>
            <div className="mt-3 flex flex-wrap gap-2">
              <Pick
                label="Format"
                value={format}
                options={formats}
                onPick={(value) => setFormat(formats.find((one) => one.value === value)?.value ?? "auto")}
              />
              {known && (
                <Pick
                  label="What is there"
                  value={mode}
                  options={[
                    { value: "append", label: "Keep what is there" },
                    { value: "replace", label: "Replace what is there" },
                  ]}
                  onPick={(value) => setMode(value === "replace" ? "replace" : "append")}
                />
              )}
            </div>
            {send.error && (
              <div className="mt-3">
                <FailureNote failure={toFailure(send.error)} />
              </div>
            )}
            <div className="mt-6 flex justify-end gap-2">
              <Button look="quiet" onClick={onClose}>
                Cancel
              </Button>
              <Button look="primary" type="submit" disabled={!isName || send.isPending}>
                {send.isPending ? "Importing" : "Import"}
              </Button>
            </div>
          </form>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

/** A dataset's name from a file's: `My Questions.v2.jsonl` → `my-questions-v2`. */
function slug(file: string): string {
  const name = file
    .replace(/\.[^.]+$/, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
  return name.slice(0, 63) || "examples";
}
