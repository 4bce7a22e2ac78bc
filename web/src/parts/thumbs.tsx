import { Popover } from "@base-ui/react/popover";
import { useQuery } from "@tanstack/react-query";
import { ThumbsDown, ThumbsUp } from "lucide-react";
import { useRef, useState } from "react";
import { toFailure } from "../api.ts";
import { turnQuery } from "../queries.ts";
import { IconButton } from "./button.tsx";
import { FailureNote } from "./failure-note.tsx";
import { rater, type Said, useSay } from "./say.ts";
import { SayMore, type Thumb } from "./say-more.tsx";

/** Thumb up or down; the thumb counts at once, and a reason and a better answer may follow. */
export function Thumbs({ turn }: { turn: string }) {
  const { data } = useQuery(turnQuery(turn));
  const { error, mutateAsync } = useSay();
  const [asking, setAsking] = useState<Thumb | null>(null);
  const place = useRef<HTMLDivElement>(null);
  const mine = rater();
  const given = data?.feedback.find((one) => one.body.kind === "thumb" && one.rater === mine)?.body.value;
  const say = (body: Said) => mutateAsync({ turn, body });
  const give = (value: Thumb) => {
    say({ kind: "thumb", value }).catch(() => {}); // the mutation's own error is shown
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
            <Popover.Popup className="fade-in max-h-(--available-height) w-80 max-w-[calc(100vw-2rem)] overflow-y-auto rounded border border-line-strong bg-raised p-4 shadow-lg">
              <Popover.Title className="font-medium text-14">
                {asking === 1 ? "What was good?" : "What was wrong?"}
              </Popover.Title>
              {error && <FailureNote failure={toFailure(error)} />}
              {asking && <SayMore thumb={asking} turn={data} onSay={say} onDone={() => setAsking(null)} />}
            </Popover.Popup>
          </Popover.Positioner>
        </Popover.Portal>
      </Popover.Root>
    </div>
  );
}
