import { CircleCheck, CircleEqual, CircleMinus, CircleQuestionMark, CircleX } from "lucide-react";
import type { Verdict as Kind } from "../api.ts";

/** How each verdict is drawn: a word, a shape and a colour, so that none stands alone. */
export const verdicts = {
  better: { word: "Better", icon: CircleCheck, tone: "text-good" },
  "no-worse": { word: "No worse", icon: CircleEqual, tone: "text-ink-2" },
  worse: { word: "Worse", icon: CircleX, tone: "text-bad" },
  "cannot-tell": { word: "Cannot tell", icon: CircleQuestionMark, tone: "text-warn" },
  unchanged: { word: "Unchanged", icon: CircleMinus, tone: "text-ink-2" },
} as const satisfies Record<Kind, object>;

export function Verdict({ verdict, size = 14 }: { verdict: Kind; size?: number }) {
  const { word, icon: Icon, tone } = verdicts[verdict];
  return (
    <span className={`inline-flex items-center gap-1.5 whitespace-nowrap font-medium ${tone}`}>
      <Icon size={size} aria-hidden className="shrink-0" />
      {word}
    </span>
  );
}
