import { Dialog } from "@base-ui/react/dialog";
import { Pin, PinOff, X } from "lucide-react";
import { type KeyboardEvent, type PointerEvent, type ReactNode, useRef } from "react";
import { useKeys, useStored, useWide } from "./browser.ts";
import { IconButton } from "./button.tsx";

type Props = {
  label: string;
  title: ReactNode;
  onClose: () => void;
  children: ReactNode;
  /** Where the focus goes at opening on a wide screen; without it the focus stays. */
  pinnable?: boolean;
};

const least = 360;

/** The one sliding pane on the right: beside the content when pinned, over it when not, a full page on a phone. */
export function Pane(props: Props) {
  return useWide() ? <SidePane {...props} /> : <PagePane {...props} />;
}

function SidePane({ label, title, onClose, children, pinnable = true }: Props) {
  const [width, setWidth] = useStored<number>("pawl.pane.width", 480);
  const [pinned, setPinned] = useStored<boolean>("pawl.pane.pinned", true);
  const floats = pinnable && !pinned;
  const shown = `min(${width}px, 60vw)`;
  useKeys({ Escape: onClose });
  return (
    <aside
      aria-label={label}
      data-pane
      style={{ width: shown }}
      className={`flex h-full shrink-0 flex-col border-line border-l bg-ground ${floats ? "fade-in absolute inset-y-0 right-0 z-20 shadow-xl" : "relative"}`}
    >
      <Divider width={width} onWidth={setWidth} />
      <Head title={title} onClose={onClose}>
        {pinnable && (
          <IconButton
            label={pinned ? "Let the pane float over the content" : "Pin the pane beside the content"}
            aria-pressed={pinned}
            onClick={() => setPinned(!pinned)}
          >
            {pinned ? <Pin size={16} aria-hidden /> : <PinOff size={16} aria-hidden />}
          </IconButton>
        )}
      </Head>
      {children}
    </aside>
  );
}

function PagePane({ label, title, onClose, children }: Props) {
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Popup
          data-pane
          aria-label={label}
          className="fade-in fixed inset-0 z-40 flex flex-col bg-ground outline-none"
        >
          <Head title={title} onClose={onClose} />
          {children}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Head({ title, onClose, children }: { title: ReactNode; onClose: () => void; children?: ReactNode }) {
  return (
    <header className="flex h-12 shrink-0 items-center gap-1 border-line border-b pr-2 pl-4">
      <div className="min-w-0 flex-1">{title}</div>
      {children}
      <IconButton label="Close" onClick={onClose}>
        <X size={16} aria-hidden />
      </IconButton>
    </header>
  );
}

function Divider({ width, onWidth }: { width: number; onWidth: (width: number) => void }) {
  const from = useRef<{ x: number; width: number } | null>(null);
  const most = Math.round(window.innerWidth * 0.6);
  const set = (next: number) => onWidth(Math.max(least, Math.min(most, Math.round(next))));
  const onPointerMove = (event: PointerEvent) => {
    if (from.current) set(from.current.width + from.current.x - event.clientX);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    event.preventDefault();
    set(width + (event.key === "ArrowLeft" ? 24 : -24));
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: an hr cannot be moved; this is ARIA's movable separator
    <div
      role="separator"
      aria-orientation="vertical"
      aria-label="Width of the pane"
      aria-valuenow={width}
      aria-valuemin={least}
      aria-valuemax={most}
      tabIndex={0}
      onKeyDown={onKeyDown}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        from.current = { x: event.clientX, width };
      }}
      onPointerMove={onPointerMove}
      onPointerUp={() => {
        from.current = null;
      }}
      className="absolute inset-y-0 -left-1 z-10 w-2 cursor-col-resize touch-none transition-colors hover:bg-accent/40 focus-visible:bg-accent/60"
    />
  );
}
