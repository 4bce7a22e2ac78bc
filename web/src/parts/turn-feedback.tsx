import type { Turn } from "../api.ts";
import { exactly } from "../format.ts";
import { Thumbs } from "./thumbs.tsx";

/** What people said about a turn and what came of it, with the means to say more. */
export function TurnFeedback({ turn }: { turn: Turn }) {
  return (
    <div className="space-y-4 text-13">
      <Thumbs turn={turn.id} />
      {turn.feedback.length + turn.outcomes.length === 0 && <p className="text-ink-3">Nobody has said anything yet.</p>}
      <ul className="space-y-3">
        {turn.feedback.map((one) => (
          <li key={one.id} className="rounded border border-line p-3">
            <p className="font-medium">{said(one.body)}</p>
            {one.body.kind === "correction" && <p className="mt-1 whitespace-pre-wrap break-words">{one.body.value}</p>}
            {one.body.reason && <p className="mt-1 text-ink-2">{one.body.reason}</p>}
            <p className="mt-1 text-12 text-ink-3">
              {one.rater} · {exactly(Date.parse(one.createdAt))}
            </p>
          </li>
        ))}
        {turn.outcomes.map((one) => (
          <li key={one.id} className="rounded border border-line p-3">
            <p className="font-medium">
              Outcome: {one.body.kind} {one.body.value !== undefined && String(one.body.value)}
            </p>
            {one.body.reason && <p className="mt-1 text-ink-2">{one.body.reason}</p>}
          </li>
        ))}
      </ul>
    </div>
  );
}

function said(body: Turn["feedback"][number]["body"]): string {
  switch (body.kind) {
    case "thumb":
      return body.value === 1 ? "Thumb up" : "Thumb down";
    case "correction":
      return "Correction";
    case "choice":
      return `Preferred another answer: ${body.value}`;
  }
}
