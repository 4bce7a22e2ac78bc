import { Popover } from "@base-ui/react/popover";
import { useQuery } from "@tanstack/react-query";
import { ListPlus } from "lucide-react";
import { useState } from "react";
import { pinsQuery, queryClient, turnQuery } from "../queries.ts";
import { useKeys } from "./browser.ts";
import { iconClass } from "./button.tsx";
import { ExampleForm } from "./example-form.tsx";
import { PinButton, setPinned } from "./pins.tsx";

type Props = {
  turn: string;
  app: string;
  /** Whether `e` and `p` mean this turn. */
  hasKeys: boolean;
  /** Opens the form at once: `e` was pressed on the turn's row. */
  isAsking?: boolean;
};

/** What makes a turn last: an example of a dataset, or pinned to be asked again at each save. */
export function Keep({ turn, app, hasKeys, isAsking = false }: Props) {
  const [open, setOpen] = useState(isAsking);
  const { data } = useQuery({ ...turnQuery(turn), enabled: open });
  useKeys(hasKeys ? { e: () => setOpen(true), p: () => togglePin(app, turn) } : {});
  return (
    <div className="flex items-center">
      <Popover.Root open={open} onOpenChange={setOpen}>
        <Popover.Trigger
          aria-label="Make it an example (e)"
          title="Make it an example (e)"
          className={iconClass("small")}
        >
          <ListPlus size={16} aria-hidden />
        </Popover.Trigger>
        <Popover.Portal>
          <Popover.Positioner align="start" sideOffset={8} className="z-50">
            <Popover.Popup className="fade-in w-80 max-w-[calc(100vw-2rem)] rounded border border-line-strong bg-raised p-4 shadow-lg">
              <Popover.Title className="font-medium text-14">Make it an example</Popover.Title>
              <Popover.Description className="mt-1 text-13 text-ink-2">
                Every release will be asked this, and should answer:
              </Popover.Description>
              {data ? (
                <ExampleForm turn={data} onDone={() => setOpen(false)} />
              ) : (
                <div className="skeleton mt-3 h-40" aria-hidden />
              )}
            </Popover.Popup>
          </Popover.Positioner>
        </Popover.Portal>
      </Popover.Root>
      <PinButton app={app} turn={turn} />
    </div>
  );
}

/** Pins what is not pinned and unpins what is, by what is known at this moment. */
export async function togglePin(app: string, turn: string): Promise<void> {
  const { turns } = await queryClient.ensureQueryData(pinsQuery(app));
  await setPinned(app, turn, !turns.includes(turn));
}
