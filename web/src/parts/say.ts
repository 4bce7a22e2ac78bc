import { useMutation } from "@tanstack/react-query";
import { api, type Turn } from "../api.ts";
import { queryClient } from "../queries.ts";

export type Said = Turn["feedback"][number]["body"];

/** Says something of a turn; what is shown of it is read anew. */
export function useSay() {
  return useMutation({
    mutationFn: ({ turn, body }: { turn: string; body: Said }) =>
      api.feedback({ params: { id: turn }, body: { ...body, rater: rater() } }),
    onSuccess: (_, { turn, body }) =>
      Promise.all(
        [
          ["turn", turn],
          ...(body.kind === "choice" ? [["turn", body.value]] : []),
          ["turns"],
          ["feedback"],
          ["estimates"],
        ].map((queryKey) => queryClient.invalidateQueries({ queryKey })),
      ),
  });
}

/** This browser as a rater, so that two people's signals on one turn do not replace each other. */
export function rater(): string {
  const name = "pawl.rater";
  const known = localStorage.getItem(name);
  if (known) return known;
  const made = `console-${Array.from(crypto.getRandomValues(new Uint8Array(4)), (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
  localStorage.setItem(name, made);
  return made;
}
