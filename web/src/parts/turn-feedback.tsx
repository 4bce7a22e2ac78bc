import type { Turn } from "../api.ts";
import { exactly } from "../format.ts";
import { BesideLink } from "./beside-link.tsx";
import type { OpenRange } from "./places.ts";
import type { Said } from "./say.ts";
import { Thumbs } from "./thumbs.tsx";

/** What people said about a turn and what came of it, with the means to say more. */
export function TurnFeedback({ turn, onOpen }: { turn: Turn; onOpen: OpenRange }) {
  return (
    <div className="space-y-4 text-13">
      <Thumbs turn={turn.id} />
      {turn.feedback.length + turn.outcomes.length === 0 && <p className="text-ink-3">Nobody has said anything yet.</p>}
      <ul className="space-y-3">
        {turn.feedback.map((one) => (
          <li key={one.id} className="rounded border border-line p-3">
            <p className="font-medium">{said(one.body)}</p>
            {one.body.kind === "choice" && (
              <p className="mt-1 -ml-3">
                <BesideLink left={turn.id} right={one.body.value} />
              </p>
            )}
            {one.body.kind === "correction" && <Correction body={one.body} onOpen={onOpen} />}
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

function Correction({ body, onOpen }: { body: Extract<Said, { kind: "correction" }>; onOpen: OpenRange }) {
  const { value, passage } = body;
  return (
    <>
      <p className="mt-1 whitespace-pre-wrap break-words">{value}</p>
      {passage && (
        <button
          type="button"
          onClick={() => onOpen(passage)}
          className="mt-1 rounded text-accent-ink underline underline-offset-2"
        >
          Where it stands
        </button>
      )}
    </>
  );
}

function said(body: Said): string {
  switch (body.kind) {
    case "thumb":
      return body.value === 1 ? "Thumb up" : "Thumb down";
    case "correction":
      return "Correction";
    case "choice":
      return "Preferred another answer";
  }
}
