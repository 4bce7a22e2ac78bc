import { RadioGroup } from "@base-ui/react/radio-group";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import type { Split, Turn } from "../api.ts";
import { datasetsQuery } from "../queries.ts";
import { addExample } from "./add-example.ts";
import { Button } from "./button.tsx";
import { Pick } from "./pick.tsx";
import { RadioDot } from "./radio.tsx";
import { splits } from "./splits.ts";

type Kind = "as-it-was" | "corrected" | "none";

/** What a turn's question should be answered with, and into which split it goes. */
export function ExampleForm({ turn, onDone }: { turn: Turn; onDone: () => void }) {
  const { data } = useQuery(datasetsQuery(turn.app));
  // The marks of citations belong to the turn's passages, not to the answer.
  const said = turn.answer?.abstained ? "" : (turn.answer?.text ?? "").replace(/\s*\[\d+\]/g, "").trim();
  const correction = turn.feedback.flatMap(({ body }) => (body.kind === "correction" ? [body.value] : [])).at(-1);
  const isBad = turn.feedback.some(({ body }) => body.kind === "thumb" && body.value === -1);
  const [kind, setKind] = useState<Kind>(
    correction !== undefined || (isBad && said !== "") ? "corrected" : said === "" ? "none" : "as-it-was",
  );
  const [text, setText] = useState(correction ?? said);
  const [split, setSplit] = useState<Split>("development");
  const [chosen, setChosen] = useState<string>();
  const names = data?.datasets.map(({ dataset }) => dataset) ?? [];
  const dataset = chosen ?? names[0] ?? turn.app;
  const answer = kind === "none" ? null : kind === "corrected" ? text.trim() : said;
  return (
    <form
      className="mt-3"
      onSubmit={(event) => {
        event.preventDefault();
        addExample({ turn: turn.id, dataset, split, answer });
        onDone();
      }}
    >
      <RadioGroup
        value={kind}
        onValueChange={(next: Kind) => setKind(next)}
        aria-label="The answer it should get"
        className="space-y-2 text-13"
      >
        {said !== "" && (
          <Choice kind="as-it-was" name="As it was">
            <span className="line-clamp-2 text-ink-2">{said}</span>
          </Choice>
        )}
        <Choice kind="corrected" name="Corrected" />
        {kind === "corrected" && (
          <textarea
            aria-label="The answer as it should have been"
            value={text}
            maxLength={20_000}
            onChange={(event) => setText(event.target.value)}
            className="block h-20 w-full resize-none rounded border border-line-strong bg-ground px-2 py-1.5 text-13"
          />
        )}
        <Choice kind="none" name="Not in the documents" />
      </RadioGroup>
      <div className="mt-3 flex flex-wrap items-center gap-2 text-13 text-ink-2">
        {names.length > 1 ? (
          <Pick
            label="Dataset"
            value={dataset}
            options={names.map((value) => ({ value, label: value }))}
            onPick={setChosen}
          />
        ) : (
          <span className="min-w-0 truncate">{dataset},</span>
        )}
        <Pick
          label="Split"
          value={split}
          options={splits.map((value) => ({ value, label: value }))}
          onPick={(value) => setSplit(splits.find((one) => one === value) ?? "development")}
        />
      </div>
      <div className="mt-4 flex justify-end gap-2">
        <Button look="quiet" onClick={onDone}>
          Cancel
        </Button>
        <Button look="primary" type="submit" disabled={answer === ""}>
          Add
        </Button>
      </div>
    </form>
  );
}

function Choice({ kind, name, children }: { kind: Kind; name: string; children?: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the radio inside is the control
    <label className="flex cursor-pointer gap-2">
      <RadioDot value={kind} />
      <span className="min-w-0">
        <span className="block">{name}</span>
        {children}
      </span>
    </label>
  );
}
