import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import { Button } from "../../parts/button.tsx";
import { turnQuery } from "../../queries.ts";

const route = getRouteApi("/improve");
const few = 4;

/** The turns behind a cause: the first few, all on demand; each opens beside the list. */
export function CauseTurns({ turns }: { turns: readonly string[] }) {
  const [all, setAll] = useState(false);
  const shown = all ? turns : turns.slice(0, few);
  if (turns.length === 0) return null;
  return (
    <div className="border-line border-t">
      <ul aria-label="Turns behind it">
        {shown.map((id) => (
          <li key={id} className="border-line border-b last:border-b-0">
            <TurnLine id={id} />
          </li>
        ))}
      </ul>
      {turns.length > few && (
        <div className="border-line border-t px-2 py-1">
          <Button look="quiet" aria-expanded={all} onClick={() => setAll(!all)}>
            {all ? "Fewer" : `All ${turns.length} turns`}
          </Button>
        </div>
      )}
    </div>
  );
}

function TurnLine({ id }: { id: string }) {
  const { data: turn, error } = useQuery(turnQuery(id));
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const wanted = turn?.feedback.find(({ body }) => body.kind === "correction")?.body;
  return (
    <button
      type="button"
      aria-label={turn || error ? undefined : `Turn ${id}`}
      aria-pressed={search.turn === id}
      onClick={() => navigate({ search: (now) => ({ ...now, turn: id, span: undefined, tab: undefined }) })}
      className="grid min-h-14 w-full content-center px-4 py-2 text-left text-13 -outline-offset-2 hover:bg-hover aria-pressed:bg-hover aria-pressed:shadow-[inset_2px_0_0_var(--accent)]"
    >
      {turn ? (
        <>
          <span className="truncate font-medium">{turn.question}</span>
          <span className="truncate text-ink-2">
            {turn.answer?.abstained ? "No answer found" : (turn.answer?.text ?? "No answer")}
            {wanted?.kind === "correction" && <span className="text-ink-3"> — should be: {wanted.value}</span>}
          </span>
        </>
      ) : error ? (
        <span className="truncate font-mono text-12 text-ink-3">{id} is not stored any more</span>
      ) : (
        <span className="skeleton h-3 w-2/3" aria-hidden />
      )}
    </button>
  );
}
