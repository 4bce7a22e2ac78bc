import { useQuery } from "@tanstack/react-query";
import { Pin } from "lucide-react";
import { api, toFailure } from "../api.ts";
import { pinsQuery, queryClient } from "../queries.ts";
import { IconButton } from "./button.tsx";
import { notify } from "./toasts.tsx";

export function usePinned(app: string | undefined, turn: string | undefined): boolean {
  const { data } = useQuery(pinsQuery(app ?? ""));
  return turn !== undefined && (data?.turns.includes(turn) ?? false);
}

/** Pins a turn, or unpins it: what is pinned is asked again at each save of the app. Shown at once, with the way back. */
export async function setPinned(app: string, turn: string, pinned: boolean): Promise<void> {
  const { queryKey } = pinsQuery(app);
  const put = (isPinned: boolean) =>
    queryClient.setQueryData(queryKey, (now) => {
      const others = (now?.turns ?? []).filter((id) => id !== turn);
      return { turns: isPinned ? [...others, turn] : others };
    });
  await queryClient.cancelQueries({ queryKey });
  put(pinned);
  try {
    await (pinned ? api.pin({ params: { id: turn } }) : api.unpin({ params: { id: turn } }));
  } catch (error) {
    put(!pinned);
    const { message, hint } = toFailure(error);
    notify({ title: message, ...(hint ? { description: hint } : {}), isBad: true });
    return;
  }
  void queryClient.invalidateQueries({ queryKey: ["replays", app] });
  const close = notify({
    title: pinned ? "Pinned: it is asked again at each save" : "Unpinned",
    action: {
      label: "Undo",
      run: () => {
        close();
        void setPinned(app, turn, !pinned);
      },
    },
  });
}

export function PinButton({ app, turn }: { app: string; turn: string }) {
  const pinned = usePinned(app, turn);
  return (
    <IconButton
      size="small"
      label={pinned ? "Unpin (p)" : "Pin (p): ask it again at each save"}
      aria-pressed={pinned}
      onClick={() => void setPinned(app, turn, !pinned)}
    >
      <Pin size={15} aria-hidden fill={pinned ? "currentColor" : "none"} />
    </IconButton>
  );
}

/** In a list: that a turn is pinned. */
export function PinnedMark({ app, turn }: { app: string; turn: string }) {
  return usePinned(app, turn) ? (
    <Pin
      size={13}
      className="mr-1 inline align-[-2px] text-accent-ink"
      fill="currentColor"
      aria-label="pinned"
      role="img"
    />
  ) : null;
}
