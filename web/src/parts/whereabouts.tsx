import { RadioGroup } from "@base-ui/react/radio-group";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { Passage, Turn } from "../api.ts";
import { searchQuery } from "../queries.ts";
import { useSettled } from "./browser.ts";
import { Excerpt } from "./passages.tsx";
import { RadioDot } from "./radio.tsx";
import { foundOf } from "./spans.ts";

type Props = {
  turn: Turn;
  /** The right answer, as far as it is typed. */
  text: string;
  chosen: Passage | undefined;
  onChoose: (passage: Passage | undefined) => void;
};

/** Passages more than these are not offered. */
const most = 6;

/** Where a right answer stands: what the right answer finds, then what the turn had found. */
export function Whereabouts({ turn, text, chosen, onChoose }: Props) {
  const found = foundOf(turn.spans);
  const q = useSettled(text, 400);
  const { data } = useQuery({ ...searchQuery(turn.app, q), enabled: found !== undefined && q.trim() !== "" });
  if (!found) return null;
  const evidence = new Map(data?.evidence.map((one) => [data.passages[one.passage]?.chunkId, one]));
  const nearest = data?.passages.slice(0, most / 2) ?? [];
  const both = [...nearest, ...found.passages].filter(
    (one, at, all) => all.findIndex(({ chunkId }) => chunkId === one.chunkId) === at,
  );
  // What was chosen stays, whatever is typed after that.
  const isGone = chosen && !both.slice(0, most).some(({ chunkId }) => chunkId === chosen.chunkId);
  const offered = [...(isGone ? [chosen] : []), ...both].slice(0, most);
  if (offered.length === 0) return null;
  return (
    <fieldset className="mt-3">
      <legend className="text-12 text-ink-2">Where it stands</legend>
      <RadioGroup
        value={chosen?.chunkId ?? ""}
        onValueChange={(id: string) => onChoose(offered.find(({ chunkId }) => chunkId === id))}
        aria-label="Where it stands"
        className="mt-1 max-h-44 space-y-2 overflow-y-auto rounded border border-line-strong bg-ground p-2 text-12"
      >
        <Place value="" title="Not said" />
        {offered.map((passage) => (
          <Place key={passage.chunkId} value={passage.chunkId} title={passage.title}>
            <Excerpt passage={passage} evidence={evidence.get(passage.chunkId)} look="plain" />
          </Place>
        ))}
      </RadioGroup>
    </fieldset>
  );
}

function Place({ value, title, children }: { value: string; title: string; children?: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the radio inside is the control
    <label className="flex cursor-pointer gap-2">
      <RadioDot value={value} />
      <span className="min-w-0">
        <span className="block truncate font-medium">{title}</span>
        {children && <span className="line-clamp-2 text-ink-2">{children}</span>}
      </span>
    </label>
  );
}
