import { Link } from "@tanstack/react-router";
import { Check } from "lucide-react";
import type { Turn } from "../../api.ts";
import { duration } from "../../format.ts";
import { Button } from "../../parts/button.tsx";
import type { OpenRange } from "../../parts/places.ts";
import { ReleaseLink } from "../../parts/release-mark.tsx";
import { useReleaseRole } from "../../parts/release-role.ts";
import { Sources } from "../../parts/sources.tsx";
import { modeOf } from "../../parts/spans.ts";
import { TurnEnding } from "../../parts/turn-ending.tsx";
import { tokens } from "../../parts/turn-figures.tsx";

type Props = {
  name: string;
  turn: Turn | undefined;
  isPreferred: boolean;
  /** Absent while there is nothing to choose between. */
  onPrefer: (() => void) | undefined;
  keyName: string;
  onOpen: OpenRange;
};

/** One of two answers: whose it is, what it says, and the button that prefers it. */
export function Side({ name, turn, isPreferred, onPrefer, keyName, onOpen }: Props) {
  const look = isPreferred ? "border-accent" : "border-line";
  return (
    <section
      aria-label={name}
      aria-busy={turn === undefined}
      className={`flex min-w-0 flex-col gap-4 rounded border p-4 ${look}`}
    >
      {turn ? <Said turn={turn} onOpen={onOpen} /> : <div className="skeleton h-24" aria-hidden />}
      <div className="mt-auto flex items-center gap-3">
        <Button
          look={isPreferred ? "primary" : "plain"}
          aria-pressed={isPreferred}
          disabled={!onPrefer}
          onClick={onPrefer}
          title={`This is better (${keyName})`}
        >
          {isPreferred && <Check size={14} aria-hidden />}
          This is better
        </Button>
        {turn && (
          <Link
            to="/turns"
            search={{ turn: turn.id }}
            className="tabular ml-auto rounded text-12 text-ink-3 hover:text-ink"
            title="Open the turn"
          >
            {duration(turn.endMs - turn.startMs)}
            {turn.usage.outputTokens > 0 && ` · ${tokens(turn)} tokens`} · trace
          </Link>
        )}
      </div>
    </section>
  );
}

function Said({ turn, onOpen }: { turn: Turn; onOpen: OpenRange }) {
  const role = useReleaseRole(turn.app)(turn.release);
  return (
    <>
      <p className="flex flex-wrap items-baseline gap-x-2 text-12 text-ink-3">
        <ReleaseLink id={turn.release} />
        {role && <span>{role}</span>}
        {modeOf(turn.spans) === "model" && <span>in the model's words</span>}
      </p>
      <TurnEnding turn={turn} onOpen={onOpen} />
      {turn.status === "cancelled" && <p className="text-13 text-ink-3">Stopped.</p>}
      <Sources citations={turn.answer?.citations ?? []} onOpen={onOpen} />
    </>
  );
}
