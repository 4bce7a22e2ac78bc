import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { OpenRange } from "../../parts/places.ts";
import { questionsQuery } from "../../queries.ts";
import { fateOf } from "./gap-questions.tsx";

type Props = { app: string; turn: string; onOpen: OpenRange };

/** Of a written question: what its turn should have answered, where that stands, and what became of it. */
export function Expected({ app, turn, onOpen }: Props) {
  const { data } = useQuery(questionsQuery(app));
  const asked = data?.report?.asked.find((one) => one.turn === turn);
  if (!asked) return null;
  return (
    <section aria-label="Written question" className="shrink-0 border-line border-b px-4 py-3 text-13">
      <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1">
        <dt className="text-ink-3">Expected answer</dt>
        <dd className="break-words font-medium">
          {asked.answer ?? <span className="font-normal text-ink-2">none: the place that answers was left out</span>}
        </dd>
        <dt className="text-ink-3">From</dt>
        <dd className="truncate">
          <button
            type="button"
            title={asked.quote}
            onClick={() => onOpen(asked)}
            className="max-w-full truncate rounded font-mono text-12 text-accent-ink hover:underline"
          >
            {asked.path}
          </button>
        </dd>
        <dt className="text-ink-3">What became of it</dt>
        <dd>
          {fateOf(asked.stage)}
          {asked.stage !== "answered" && (
            <>
              {" · "}
              <Link
                to="/improve"
                search={{ view: "causes", app }}
                title="Look for causes"
                className="rounded text-accent-ink underline"
              >
                Why?
              </Link>
            </>
          )}
        </dd>
      </dl>
    </section>
  );
}
