import { api, type Split, toFailure } from "../api.ts";
import { queryClient } from "../queries.ts";
import { notify } from "./toasts.tsx";

type Wanted = { turn: string; dataset: string; split: Split; answer: string | null };

let finishWaiting: (() => void) | undefined;

/**
 * Makes a turn an example when its notice is gone: a version of a dataset never changes, so that the way back is not to
 * make one. Whoever reads datasets, or leaves the page, does not wait (`finishAdding`).
 */
export function addExample(wanted: Wanted): void {
  finishAdding();
  let isUndone = false;
  let isSent = false;
  const send = () => {
    if (isUndone || isSent) return;
    isSent = true;
    finishWaiting = undefined;
    void sendExample(wanted);
  };
  const close = notify({
    title: `Becomes an example of ${wanted.dataset}, ${wanted.split}`,
    action: {
      label: "Undo",
      run: () => {
        isUndone = true;
        finishWaiting = undefined;
        close();
      },
    },
    onGone: send,
  });
  finishWaiting = () => {
    send();
    close();
  };
}

/** What waits for its notice to go is sent now. */
export const finishAdding = (): void => finishWaiting?.();

window.addEventListener("pagehide", finishAdding);
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") finishAdding();
});

async function sendExample({ turn, dataset, split, answer }: Wanted): Promise<void> {
  try {
    const { refused, health } = await api.exampleOfTurn({ params: { id: dataset }, body: { turn, split, answer } });
    const [no] = refused;
    if (no) notify({ title: `It did not become an example: ${no.message}`, isBad: true });
    else if (health[0]) notify({ title: `It is an example of ${dataset} now`, description: health[0].message });
  } catch (error) {
    const { message, hint } = toFailure(error);
    notify({ title: message, ...(hint ? { description: hint } : {}), isBad: true });
  }
  for (const key of ["datasets", "examples"]) void queryClient.invalidateQueries({ queryKey: [key] });
}
