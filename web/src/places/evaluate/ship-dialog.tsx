import { Dialog } from "@base-ui/react/dialog";
import { RadioGroup } from "@base-ui/react/radio-group";
import type { Client } from "pawl/client";
import { useState } from "react";
import { shortId } from "../../format.ts";
import { useStored } from "../../parts/browser.ts";
import { Button } from "../../parts/button.tsx";
import { RadioDot } from "../../parts/radio.tsx";

export type Ship = Parameters<Client["ship"]>[0]["body"];
type Ask = "gain" | "no-worse" | "overrule";

const asks: { ask: Ask; name: string; what: string }[] = [
  { ask: "gain", name: "Only if it is better", what: "A gain on at least one guarded metric, and a loss on none." },
  { ask: "no-worse", name: "No worse is enough", what: "A loss on none: for what is cheaper, faster or simpler." },
  {
    ask: "overrule",
    name: "Whatever the gate says",
    what: "The gate is asked all the same; your reason is kept with it.",
  },
];

type Props = { candidate: string; live: string | null; onShip: (body: Ship) => void; onClose: () => void };

/** What shipping does, and what is asked of the candidate. */
export function ShipDialog({ candidate, live, onShip, onClose }: Props) {
  const [ask, setAsk] = useState<Ask>("gain");
  const [reason, setReason] = useState("");
  const [by, setBy] = useStored<string>("pawl.by", "");
  const field = "mt-1 block w-full rounded border border-line-strong bg-ground px-2 py-1.5 text-13";
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="fade-in fixed inset-0 z-50 bg-scrim" />
        <Dialog.Popup className="fade-in fixed top-[10vh] left-1/2 z-50 max-h-[80vh] w-[min(30rem,calc(100vw-2rem))] -translate-x-1/2 overflow-y-auto rounded-lg border border-line-strong bg-raised p-6 shadow-xl outline-none">
          <Dialog.Title className="font-semibold text-16">Ship {shortId(candidate)}</Dialog.Title>
          <Dialog.Description className="mt-1 text-13 text-ink-2">
            {live
              ? `Both releases answer the gate split. If the candidate passes, it is live in place of ${shortId(live)}, and pawl.lock.json says so. Each look at the gate is counted there: the next one asks for more.`
              : "Nothing is live yet, so there is nothing to compare with: this release becomes live, and pawl.lock.json says so."}
          </Dialog.Description>
          <form
            onSubmit={(event) => {
              event.preventDefault();
              onShip({
                noWorse: ask === "no-worse",
                adopt: false,
                ...(ask === "overrule" ? { overrule: reason.trim() } : {}),
                ...(by.trim() ? { by: by.trim() } : {}),
              });
            }}
          >
            {live && (
              <RadioGroup
                value={ask}
                onValueChange={(next: Ask) => setAsk(next)}
                aria-label="What is asked of it"
                className="mt-4 space-y-3"
              >
                {asks.map((one) => (
                  // biome-ignore lint/a11y/noLabelWithoutControl: the radio inside is the control
                  <label key={one.ask} className="flex cursor-pointer gap-3 text-13">
                    <RadioDot value={one.ask} />
                    <span>
                      <span className="block font-medium">{one.name}</span>
                      <span className="block text-ink-2">{one.what}</span>
                    </span>
                  </label>
                ))}
              </RadioGroup>
            )}
            {ask === "overrule" && (
              <label className="mt-3 block text-12 text-ink-2">
                Reason
                <textarea
                  required
                  maxLength={2000}
                  value={reason}
                  onChange={(event) => setReason(event.target.value)}
                  className={`${field} h-20 resize-none`}
                />
              </label>
            )}
            <label className="mt-4 block text-12 text-ink-2">
              Your name, for the story (may be left out)
              <input value={by} maxLength={200} onChange={(event) => setBy(event.target.value)} className={field} />
            </label>
            <div className="mt-6 flex justify-end gap-2">
              <Button look="quiet" onClick={onClose}>
                Cancel
              </Button>
              <Button look="primary" type="submit" disabled={ask === "overrule" && reason.trim() === ""}>
                Ship
              </Button>
            </div>
          </form>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
