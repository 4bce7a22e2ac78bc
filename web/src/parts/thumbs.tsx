import { Popover } from "@base-ui/react/popover";
import { useMutation, useQuery } from "@tanstack/react-query";
import { ThumbsDown, ThumbsUp } from "lucide-react";
import { useRef, useState } from "react";
import { api, type Turn, toFailure } from "../api.ts";
import { queryClient, turnQuery } from "../queries.ts";
import { Button, IconButton } from "./button.tsx";
import { FailureNote } from "./failure-note.tsx";

type Body = Turn["feedback"][number]["body"];
type Thumb = 1 | -1;

/** Thumb up or down; the thumb counts at once, and a reason and a better answer may follow. */
export function Thumbs({ turn }: { turn: string }) {
  const { data } = useQuery(turnQuery(turn));
  const send = useMutation({
    mutationFn: (body: Body) => api.feedback({ params: { id: turn }, body: { ...body, rater: rater() } }),
    onSuccess: () =>
      Promise.all([
        queryClient.invalidateQueries({ queryKey: ["turn", turn] }),
        queryClient.invalidateQueries({ queryKey: ["turns"] }),
      ]),
  });
  const [asking, setAsking] = useState<Thumb | null>(null);
  const place = useRef<HTMLDivElement>(null);
  const mine = rater();
  const given = data?.feedback.find((one) => one.body.kind === "thumb" && one.rater === mine)?.body.value;
  const give = (value: Thumb) => {
    send.mutate({ kind: "thumb", value });
    setAsking(value);
  };
  return (
    <div ref={place} className="flex items-center">
      <IconButton size="small" label="Good answer" aria-pressed={given === 1} onClick={() => give(1)}>
        <ThumbsUp size={15} aria-hidden fill={given === 1 ? "currentColor" : "none"} />
      </IconButton>
      <IconButton size="small" label="Bad answer" aria-pressed={given === -1} onClick={() => give(-1)}>
        <ThumbsDown size={15} aria-hidden fill={given === -1 ? "currentColor" : "none"} />
      </IconButton>
      <Popover.Root open={asking !== null} onOpenChange={(open) => !open && setAsking(null)}>
        <Popover.Portal>
          <Popover.Positioner anchor={place} align="start" side="top" sideOffset={8} className="z-50">
            <Popover.Popup className="fade-in w-80 rounded border border-line-strong bg-raised p-4 shadow-lg">
              <Popover.Title className="font-medium text-14">
                {asking === 1 ? "What was good?" : "What was wrong?"}
              </Popover.Title>
              {send.error && <FailureNote failure={toFailure(send.error)} />}
              {asking && (
                <More thumb={asking} onSend={(body) => send.mutateAsync(body)} onDone={() => setAsking(null)} />
              )}
            </Popover.Popup>
          </Popover.Positioner>
        </Popover.Portal>
      </Popover.Root>
    </div>
  );
}

const reasons: Record<Thumb, string[]> = {
  1: ["Right and clear", "Found the right place"],
  [-1]: ["Wrong", "Wrong place", "Not complete", "Is in the documents"],
};

function More({
  thumb,
  onSend,
  onDone,
}: {
  thumb: Thumb;
  onSend: (body: Body) => Promise<unknown>;
  onDone: () => void;
}) {
  const [reason, setReason] = useState("");
  const [correction, setCorrection] = useState("");
  const submit = async () => {
    if (reason.trim()) await onSend({ kind: "thumb", value: thumb, reason: reason.trim() });
    if (correction.trim()) await onSend({ kind: "correction", value: correction.trim() });
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

/** This browser as a rater, so that two people's thumbs on one turn do not replace each other. */
function rater(): string {
  const name = "pawl.rater";
  const known = localStorage.getItem(name);
  if (known) return known;
  const made = `console-${Array.from(crypto.getRandomValues(new Uint8Array(4)), (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
  localStorage.setItem(name, made);
  return made;
}
