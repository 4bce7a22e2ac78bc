import type { Turn } from "../api.ts";
import { Answer } from "./answer.tsx";
import { FailureNote } from "./failure-note.tsx";
import type { OpenRange } from "./places.ts";

/** How a turn ended: its answer, that there is none, or what failed. */
export function TurnEnding({ turn, onOpen }: { turn: Turn; onOpen: OpenRange }) {
  return (
    <>
      {turn.answer?.abstained && <p className="font-medium text-14">No answer found</p>}
      {turn.answer && (
        <div className="[&_*]:text-14">
          <Answer text={turn.answer.text} citations={turn.answer.citations} onOpen={onOpen} />
        </div>
      )}
      {turn.error && <FailureNote failure={turn.error} />}
    </>
  );
}
