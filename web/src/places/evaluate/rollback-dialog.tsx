import { AlertDialog } from "@base-ui/react/alert-dialog";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api, toFailure } from "../../api.ts";
import { shortId } from "../../format.ts";
import { Button } from "../../parts/button.tsx";
import { FailureNote } from "../../parts/failure-note.tsx";
import { queryClient } from "../../queries.ts";

type Props = { app: string; live: string; target: string; onClose: () => void };

/** Asks once more before another release is live. */
export function RollbackDialog({ app, live, target, onClose }: Props) {
  const [reason, setReason] = useState("");
  const back = useMutation({
    mutationFn: () =>
      api.rollback({
        params: { id: app },
        body: { release: target, ...(reason.trim() ? { reason: reason.trim() } : {}) },
      }),
    onSuccess: async () => {
      await Promise.all(
        ["story", "candidate", "releases", "apps", "health"].map((key) =>
          queryClient.invalidateQueries({ queryKey: [key] }),
        ),
      );
      onClose();
    },
  });
  return (
    <AlertDialog.Root open onOpenChange={(open) => !open && onClose()}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className="fade-in fixed inset-0 z-50 bg-scrim" />
        <AlertDialog.Popup className="fade-in fixed top-[16vh] left-1/2 z-50 w-[min(28rem,calc(100vw-2rem))] -translate-x-1/2 rounded-lg border border-line-strong bg-raised p-6 shadow-xl outline-none">
          <AlertDialog.Title className="font-semibold text-16">Roll back to {shortId(target)}</AlertDialog.Title>
          <AlertDialog.Description className="mt-1 text-13 text-ink-2">
            {shortId(target)} is live again in place of {shortId(live)}, at once and without a comparison. The app file
            stays as it is; pawl.lock.json says what is live.
          </AlertDialog.Description>
          <form
            onSubmit={(event) => {
              event.preventDefault();
              back.mutate();
            }}
          >
            <label className="mt-4 block text-12 text-ink-2">
              Reason, for the story (may be left out)
              <input
                value={reason}
                maxLength={2000}
                onChange={(event) => setReason(event.target.value)}
                className="mt-1 block w-full rounded border border-line-strong bg-ground px-2 py-1.5 text-13"
              />
            </label>
            {back.error && (
              <div className="mt-3">
                <FailureNote failure={toFailure(back.error)} />
              </div>
            )}
            <div className="mt-6 flex justify-end gap-2">
              <Button look="quiet" onClick={onClose}>
                Cancel
              </Button>
              <Button look="primary" type="submit" disabled={back.isPending}>
                Roll back
              </Button>
            </div>
          </form>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
