import { Ban, Dumbbell, FilePlus2, type LucideIcon, PenLine, Search } from "lucide-react";
import type { Cause } from "../../api.ts";

/** What each cause is called, and what it means for a person who has to mend it. */
export const causeWords: Record<Cause["name"], { name: string; what: string }> = {
  "document-missing": { name: "A document is missing", what: "No document holds what was asked." },
  "passage-lost": {
    name: "The passage was lost",
    what: "A document holds the answer, and given its passage the app answers right.",
  },
  prompt: { name: "The prompt", what: "The same model answers right when it is asked in another way." },
  form: { name: "The form", what: "The content is there; it is not written as it should be." },
  "model-ability": {
    name: "The model's ability",
    what: "With the right passage and a better prompt the model still fails.",
  },
  none: { name: "No cause found", what: "Nothing that was replaced mended the answer." },
};

export const remedyKinds: Record<Cause["remedy"]["kind"], { name: string; icon: LucideIcon }> = {
  document: { name: "Write", icon: FilePlus2 },
  retrieval: { name: "Change a setting", icon: Search },
  prompt: { name: "Change the prompt", icon: PenLine },
  tune: { name: "Tune", icon: Dumbbell },
  none: { name: "Nothing to do", icon: Ban },
};

/** The way of a passage into the prompt, and what happened where it was lost. */
export const stages = [
  { at: "split", name: "Split", what: "its sentence was cut in two" },
  { at: "not-retrieved", name: "Retrieved", what: "the search did not find it" },
  { at: "fused-out", name: "Fused", what: "other passages took its place" },
  { at: "cut", name: "In the prompt", what: "it was cut for length" },
] as const satisfies readonly { at: NonNullable<Cause["lostAt"]>; name: string; what: string }[];
