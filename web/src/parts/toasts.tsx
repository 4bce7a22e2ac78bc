import { Toast } from "@base-ui/react/toast";
import { X } from "lucide-react";
import { IconButton } from "./button.tsx";

const toasts = Toast.createToastManager();

export type Notice = {
  title: string;
  description?: string;
  isBad?: boolean;
  action?: { label: string; run: () => void };
  /** It is gone: by itself after five seconds, or closed by a person. */
  onGone?: () => void;
};

/** Says what was done, in a corner, for a while. Returns the means to take it away. */
export function notify({ title, description, isBad = false, action, onGone }: Notice): () => void {
  const id = toasts.add({
    title,
    description,
    type: isBad ? "bad" : "plain",
    priority: isBad ? "high" : "low",
    ...(action ? { actionProps: { children: action.label, onClick: action.run } } : {}),
    ...(onGone ? { onClose: onGone } : {}),
  });
  return () => toasts.close(id);
}

export function Toasts() {
  return (
    <Toast.Provider toastManager={toasts}>
      <Toast.Portal>
        <Toast.Viewport className="fixed right-4 bottom-18 z-50 flex w-[min(24rem,calc(100vw-2rem))] flex-col gap-2 outline-none md:bottom-4">
          <List />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  );
}

function List() {
  const { toasts: shown } = Toast.useToastManager();
  return shown.map((toast) => (
    <Toast.Root
      key={toast.id}
      toast={toast}
      data-toast
      className="fade-in rounded border border-line-strong bg-raised shadow-lg outline-none data-ending-style:opacity-0"
    >
      <Toast.Content className="flex items-center gap-2 py-2 pr-2 pl-4 text-13">
        <div className="min-w-0 flex-1">
          <Toast.Title className={toast.type === "bad" ? "text-bad" : ""} />
          {toast.description && <Toast.Description className="text-12 text-ink-2" />}
        </div>
        {toast.actionProps && (
          <Toast.Action className="h-8 shrink-0 rounded px-2 font-medium text-13 text-accent-ink hover:bg-hover" />
        )}
        <Toast.Close render={<IconButton size="small" label="Close this notice" />}>
          <X size={14} aria-hidden />
        </Toast.Close>
      </Toast.Content>
    </Toast.Root>
  ));
}
