import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { candidateQuery } from "../../queries.ts";

type Props = { app: string; isOpen: boolean; onOpen: () => void };

/** While the app file is edited: what was changed, and the way to see what that does. */
export function CandidateStrip({ app, isOpen, onOpen }: Props) {
  const { data } = useQuery(candidateQuery(app));
  if (!data?.live || !data.candidate || data.live === data.candidate || data.changes.length === 0) return null;
  return (
    <div
      role="status"
      className="flex min-h-10 shrink-0 items-center gap-x-3 border-line border-b bg-panel px-4 py-1 text-13 md:px-6"
    >
      <p className="min-w-0 flex-1 truncate" title={data.changes.join("\n")}>
        <span className="font-medium">The app changed:</span>{" "}
        <span className="text-ink-2">{data.changes.join("; ")}</span>
      </p>
      {!isOpen && (
        <button
          type="button"
          onClick={onOpen}
          className="shrink-0 rounded px-1 font-medium text-accent-ink hover:underline"
        >
          Pinned turns
        </button>
      )}
      <Link
        to="/evaluate"
        search={{ app }}
        className="shrink-0 rounded px-1 font-medium text-accent-ink hover:underline"
      >
        Check
      </Link>
    </div>
  );
}
