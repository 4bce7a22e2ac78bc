import { Dialog } from "@base-ui/react/dialog";
import { places } from "./places.ts";

const groups: [string, [string, string][]][] = [
  [
    "Everywhere",
    [
      ["⌘K", "Find a place, document, turn or command"],
      ...places.map((place): [string, string] => [`g ${place.key}`, `Go to ${place.name}`]),
      ["?", "These keys"],
      ["Esc", "Close what is open"],
    ],
  ],
  [
    "Try",
    [
      ["Enter", "Ask"],
      ["Shift Enter", "New line"],
      ["/", "To the question"],
      ["Esc", "Stop the answer; out of the question"],
      ["n", "New conversation"],
      ["e", "Make the turn an example"],
      ["p", "Pin the turn, or unpin it"],
    ],
  ],
  [
    "Side by side",
    [
      ["1", "The left answer is better"],
      ["2", "The right answer is better"],
    ],
  ],
  [
    "Lists",
    [
      ["j k", "Down, up"],
      ["Enter", "Open"],
      ["/", "To the search"],
      ["e p", "In Turns: make it an example, pin it"],
    ],
  ],
];

/** All keys. */
export function KeysHelp({ onClose }: { onClose: () => void }) {
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="fade-in fixed inset-0 z-50 bg-scrim" />
        <Dialog.Popup className="fade-in fixed top-[12vh] left-1/2 z-50 max-h-[76vh] w-[min(28rem,calc(100vw-2rem))] -translate-x-1/2 overflow-y-auto rounded-lg border border-line-strong bg-raised p-6 shadow-xl outline-none">
          <Dialog.Title className="font-semibold text-16">Keys</Dialog.Title>
          {groups.map(([name, keys]) => (
            <section key={name} className="mt-4">
              <h2 className="font-medium text-12 text-ink-3">{name}</h2>
              <dl className="mt-1">
                {keys.map(([key, what]) => (
                  <div key={key} className="flex h-7 items-center justify-between text-13">
                    <dt>{what}</dt>
                    <dd className="flex gap-1">
                      {key.split(" ").map((one) => (
                        <kbd
                          key={one}
                          className="min-w-6 rounded-[4px] border border-line-strong px-1 text-center font-sans text-12 text-ink-2"
                        >
                          {one}
                        </kbd>
                      ))}
                    </dd>
                  </div>
                ))}
              </dl>
            </section>
          ))}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
