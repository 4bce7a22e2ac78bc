import type { Json, Turn } from "#schema";

/** What a check looks at: the text of the answer, the turn it is of, and what the example says about the check. */
export type Checked = { text: string; turn: Turn; options: Readonly<Record<string, Json>> };

/** Whether a check holds, and how far: 0 to 1. */
export type Outcome = { passed: boolean; score: number };

/** null: nothing can be said of this turn. Throws where the check itself is broken: that is an error, never a zero. */
export type Check = (checked: Checked) => Outcome | null | Promise<Outcome | null>;

/** The outcome of a check that holds or does not. */
export const holds = (passed: boolean): Outcome => ({ passed, score: Number(passed) });
