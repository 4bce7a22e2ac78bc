import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { type Replays, toFailure } from "../../api.ts";
import { plural } from "../../format.ts";
import { BesideLink } from "../../parts/beside-link.tsx";
import { FailureNote } from "../../parts/failure-note.tsx";
import { Pane } from "../../parts/pane.tsx";
import { WordDiff } from "../../parts/word-diff.tsx";
import { pinsQuery, replaysQuery } from "../../queries.ts";

type Replay = Replays["turns"][number];

/** The pinned turns, as they were and as the edited app answers them: what differs first, word by word. */
export function ReplaysPane({ app, onClose }: { app: string; onClose: () => void }) {
  const { data, error } = useQuery(replaysQuery(app));
  const pins = useQuery(pinsQuery(app));
  const pinned = pins.data?.turns.length ?? 0;
  const waiting = data?.turns.filter(({ now }) => now === null) ?? [];
  const changed = data?.turns.filter(({ now, isSame }) => now !== null && !isSame) ?? [];
  const same = data?.turns.filter(({ now, isSame }) => now !== null && isSame) ?? [];
  return (
    <Pane
      label="Pinned turns"
      onClose={onClose}
      title={<h2 className="font-medium text-13">Pinned turns, before and after</h2>}
    >
      <section
        className="min-h-0 flex-1 overflow-y-auto p-4 text-13 focus-visible:-outline-offset-2"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the keys that scroll must work here
        tabIndex={0}
        aria-label="Answers before and after"
      >
        {error && <FailureNote failure={toFailure(error)} />}
        {data && data.turns.length === 0 && pinned > 0 && (
          <p className="text-ink-2">{plural(pinned, "turn")} pinned: asked again at the next save of the app.</p>
        )}
        {data && data.turns.length === 0 && pins.data && pinned === 0 && (
          <p className="text-ink-2">
            No turn is pinned. Press p on a turn, here or in{" "}
            <Link to="/turns" search={{}} className="text-accent-ink underline">
              Turns
            </Link>
            : each save of the app asks it again, and here you see what became of the answer.
          </p>
        )}
        {data && data.turns.length > 0 && (
          <p role="status" className="tabular min-h-5 text-ink-2">
            {waiting.length > 0 && data.isRunning
              ? `Asking again: ${data.turns.length - waiting.length} of ${data.turns.length}`
              : `${plural(changed.length, "answer")} changed, ${same.length} the same`}
          </p>
        )}
        <ul className="mt-2">
          {changed.map((replay) => (
            <Changed key={replay.was.id} replay={replay} />
          ))}
          {waiting.map(({ was }) => (
            <Question key={was.id} replay={{ was }}>
              {data?.isRunning ? <div className="skeleton mt-1 h-4 w-3/4" aria-hidden /> : "Not asked again yet"}
            </Question>
          ))}
        </ul>
        {same.length > 0 && <Same replays={same} />}
      </section>
    </Pane>
  );
}

function Changed({ replay }: { replay: Replay }) {
  const { was, now } = replay;
  return (
    <Question replay={replay}>
      {now?.error ? (
        <FailureNote failure={now.error} />
      ) : (
        <>
          <WordDiff was={answerOf(was)} now={now ? answerOf(now) : ""} />
          {now && (
            <p className="mt-1 -ml-3">
              <BesideLink left={was.id} right={now.id} />
            </p>
          )}
        </>
      )}
    </Question>
  );
}

/** What an edit did not touch is one line, until a person wants to see it. */
function Same({ replays }: { replays: readonly Replay[] }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <button
        type="button"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        className="mt-3 rounded text-ink-3 underline decoration-line-strong underline-offset-4 hover:text-ink"
      >
        {open ? "Fold the same ones" : `${plural(replays.length, "answer")} the same`}
      </button>
      {open && (
        <ul className="mt-2">
          {replays.map((replay) => (
            <Question key={replay.was.id} replay={replay}>
              <p className="break-words text-ink-2">{answerOf(replay.was)}</p>
            </Question>
          ))}
        </ul>
      )}
    </>
  );
}

function Question({
  replay: { was, now },
  children,
}: {
  replay: Partial<Replay> & Pick<Replay, "was">;
  children: ReactNode;
}) {
  return (
    <li className="border-line border-t py-3">
      <Link
        to="/turns"
        search={{ turn: now?.id ?? was.id }}
        className="mb-1 block break-words rounded font-medium hover:text-accent-ink"
      >
        {was.question}
      </Link>
      {children}
    </li>
  );
}

/** The answer in words; why there is none, where there is none. */
function answerOf({ answer, error, status }: Replay["was"]): string {
  if (answer) return answer.text;
  return error ? `Failed: ${error.code}` : status;
}
