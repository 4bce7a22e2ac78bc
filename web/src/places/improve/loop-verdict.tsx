import { CircleCheck, CircleX } from "lucide-react";
import type { LoopReport } from "../../api.ts";

const looks = {
  promoted: { word: "Promoted", icon: CircleCheck, tone: "text-good" },
  refused: { word: "Refused", icon: CircleX, tone: "text-bad" },
} as const;

export function LoopVerdict({ verdict, size = 14 }: { verdict: LoopReport["verdict"]; size?: number }) {
  const { word, icon: Icon, tone } = looks[verdict];
  return (
    <span className={`inline-flex items-center gap-1.5 whitespace-nowrap font-medium ${tone}`}>
      <Icon size={size} aria-hidden className="shrink-0" />
      {word}
    </span>
  );
}
