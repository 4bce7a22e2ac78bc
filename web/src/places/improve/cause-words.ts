import { Ban, Dumbbell, FilePlus2, type LucideIcon, MessageSquarePlus, PenLine, Search } from "lucide-react";
import type { Cause } from "../../api.ts";

type Words = { name: string; what: string };

const causeWords: Record<Cause["name"], Words> = {
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
  none: { name: "No failure", what: "The answers agree with what was expected." },
};
const uncorrected: Words = {
  name: "A correction is missing",
  what: "Without the right answer no cause can be looked for.",
};

/** What a cause is called, and what it means for a person who has to mend it. */
export const wordsOf = (cause: Cause): Words => (isUncorrected(cause) ? uncorrected : causeWords[cause.name]);

/** Turns of which nobody said what is right have no cause yet. Only the remedy's text tells them from those that are right. */
const isUncorrected = ({ name, remedy }: Cause): boolean => name === "none" && remedy.text.startsWith("Nobody said");

type Kind = { name: string; icon: LucideIcon };

const remedyKinds: Record<Cause["remedy"]["kind"], Kind> = {
  document: { name: "Write", icon: FilePlus2 },
  retrieval: { name: "Change a setting", icon: Search },
  prompt: { name: "Change the prompt", icon: PenLine },
  tune: { name: "Tune", icon: Dumbbell },
  none: { name: "Nothing to do yet", icon: Ban },
};

/** What is to be done about a cause. */
export function remedyOf(cause: Cause): Kind {
  if (isUncorrected(cause)) return { name: "Correct", icon: MessageSquarePlus };
  if (cause.name === "none") return { name: "Nothing to do", icon: Ban };
  return remedyKinds[cause.remedy.kind];
}

/** The way of a passage into the prompt, and what happened where it was lost. */
export const stages = [
  { at: "split", name: "Split", what: "its sentence was cut in two" },
  { at: "not-retrieved", name: "Retrieved", what: "the search did not find it" },
  { at: "fused-out", name: "Fused", what: "other passages took its place" },
  { at: "cut", name: "In the prompt", what: "it was cut for length" },
] as const satisfies readonly { at: NonNullable<Cause["lostAt"]>; name: string; what: string }[];
