import { useState } from "react";
import type { Passage, Turn } from "../api.ts";
import { Button } from "./button.tsx";
import type { Said } from "./say.ts";
import { Whereabouts } from "./whereabouts.tsx";

export type Thumb = 1 | -1;

const reasons: Record<Thumb, string[]> = {
  1: ["Right and clear", "Found the right place"],
  [-1]: ["Wrong", "Wrong place", "Not complete", "Is in the documents"],
};

type Props = {
  thumb: Thumb;
  turn: Turn | undefined;
  onSay: (body: Said) => Promise<unknown>;
  onDone: () => void;
};

/** Why the thumb; of a bad answer also what it should have been, and where that stands. */
export function SayMore({ thumb, turn, onSay, onDone }: Props) {
  const [reason, setReason] = useState("");
  const [correction, setCorrection] = useState("");
  const [passage, setPassage] = useState<Passage>();
  const submit = async () => {
    if (reason.trim()) await onSay({ kind: "thumb", value: thumb, reason: reason.trim() });
    if (correction.trim()) {
      const { documentId, start, end } = passage ?? {};
      const isPlace = documentId !== undefined && start !== undefined && end !== undefined;
      const place = isPlace ? { passage: { documentId, start, end } } : {};
      await onSay({ kind: "correction", value: correction.trim(), ...place });
    }
    onDone();
  };
  const field = "mt-1 block w-full rounded border border-line-strong bg-ground px-2 py-1.5 text-13";
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        submit().catch(() => {}); // the mutation's own error is shown above
      }}
    >
      <div className="mt-3 flex flex-wrap gap-2">
        {reasons[thumb].map((text) => (
          <button
            key={text}
            type="button"
            aria-pressed={reason === text}
            onClick={() => setReason(text)}
            className="rounded-full border border-line-strong px-2 py-0.5 text-12 text-ink-2 hover:bg-hover aria-pressed:border-accent aria-pressed:text-accent-ink"
          >
            {text}
          </button>
        ))}
      </div>
      <label className="mt-3 block text-12 text-ink-2">
        Reason
        <input className={field} value={reason} maxLength={4000} onChange={(event) => setReason(event.target.value)} />
      </label>
      {thumb === -1 && (
        <label className="mt-3 block text-12 text-ink-2">
          The answer as it should have been
          <textarea
            className={`${field} h-20 resize-none`}
            value={correction}
            maxLength={20_000}
            onChange={(event) => setCorrection(event.target.value)}
          />
        </label>
      )}
      {turn && correction.trim() !== "" && (
        <Whereabouts turn={turn} text={correction} chosen={passage} onChoose={setPassage} />
      )}
      <div className="mt-3 flex justify-end gap-2">
        <Button look="quiet" onClick={onDone}>
          Skip
        </Button>
        <Button look="primary" type="submit" disabled={reason.trim() === "" && correction.trim() === ""}>
          Send
        </Button>
      </div>
    </form>
  );
}
