import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { ArrowLeft } from "lucide-react";
import type { ReactNode } from "react";
import { type Turn, toFailure } from "../../api.ts";
import { useKeys } from "../../parts/browser.ts";
import { DocumentPane } from "../../parts/document-pane.tsx";
import { FailureNote } from "../../parts/failure-note.tsx";
import type { OpenRange } from "../../parts/places.ts";
import { rater, useSay } from "../../parts/say.ts";
import { WordDiff } from "../../parts/word-diff.tsx";
import { turnQuery } from "../../queries.ts";
import { OtherAnswers } from "./other-answers.tsx";
import { Side } from "./side.tsx";

const route = getRouteApi("/turns/beside");

/** Two answers to one question, side by side: which is better? */
export function Beside() {
  const { left: leftId = "", right: rightId = "", doc, start, end } = route.useSearch();
  const navigate = route.useNavigate();
  const left = useQuery({ ...turnQuery(leftId), enabled: leftId !== "" });
  const right = useQuery({ ...turnQuery(rightId), enabled: rightId !== "" });
  const say = useSay();
  const [first, second] = [left.data, right.data];
  const preferred = first && second ? preferredOf(first, second) : undefined;
  const canChoose = first !== undefined && second !== undefined && !say.isPending;
  const prefer = (better: Turn, worse: Turn) =>
    say.mutate({ turn: worse.id, body: { kind: "choice", value: better.id } });
  const onLeft = () => canChoose && prefer(first, second);
  const onRight = () => canChoose && prefer(second, first);
  useKeys({ "1": onLeft, "2": onRight });
  const onOpen: OpenRange = ({ documentId, ...range }) =>
    void navigate({ search: (now) => ({ ...now, doc: documentId, ...range }) });
  const failure = left.error ?? right.error ?? say.error;
  return (
    <div className="relative flex min-h-0 flex-1">
      <div className="min-w-0 flex-1 overflow-y-auto px-4 py-4 md:px-6">
        <div className="mx-auto max-w-[72rem]">
          <Link
            to="/turns"
            search={leftId === "" ? {} : { turn: leftId }}
            className="inline-flex items-center gap-1.5 rounded text-13 text-ink-2 hover:text-ink"
          >
            <ArrowLeft size={14} aria-hidden />
            Turns
          </Link>
          <h1 className="mt-4 min-h-7 break-words font-semibold text-20 tracking-tight">{first?.question ?? " "}</h1>
          <p role="status" className="mt-1 min-h-5 text-13 text-ink-2">
            {leftId === "" ? <NoTurn /> : second && sentence(preferred)}
          </p>
          {failure && (
            <div className="mt-3">
              <FailureNote failure={toFailure(failure)} />
            </div>
          )}
          {leftId !== "" && (
            <div className="mt-3 grid items-stretch gap-4 md:grid-cols-2">
              <Side
                name="Left answer"
                turn={first}
                isPreferred={preferred === "left"}
                onPrefer={canChoose ? onLeft : undefined}
                keyName="1"
                onOpen={onOpen}
              />
              {rightId !== "" ? (
                <Side
                  name="Right answer"
                  turn={second}
                  isPreferred={preferred === "right"}
                  onPrefer={canChoose ? onRight : undefined}
                  keyName="2"
                  onOpen={onOpen}
                />
              ) : (
                first && (
                  <OtherAnswers
                    turn={first}
                    onChoose={(right) => void navigate({ search: (now) => ({ ...now, right }) })}
                  />
                )
              )}
            </div>
          )}
          {isWorded(first) && isWorded(second) && first.answer.text !== second.answer.text && (
            <Section title="Word by word">
              <WordDiff was={first.answer.text} now={second.answer.text} />
            </Section>
          )}
        </div>
      </div>
      {doc && (
        <DocumentPane
          id={doc}
          range={start === undefined || end === undefined ? undefined : { start, end }}
          onClose={() => navigate({ search: (now) => ({ ...now, doc: undefined, start: undefined, end: undefined }) })}
        />
      )}
    </div>
  );
}

/** Which side this browser's person preferred; choosing anew replaces it. */
function preferredOf(left: Turn, right: Turn): "left" | "right" | undefined {
  const mine = rater();
  const isOver = (better: Turn, worse: Turn) =>
    worse.feedback.some(({ body, rater: who }) => who === mine && body.kind === "choice" && body.value === better.id);
  return isOver(left, right) ? "left" : isOver(right, left) ? "right" : undefined;
}

/** Whether its answer is more than that there is none. */
function isWorded(turn: Turn | undefined): turn is Turn & { answer: NonNullable<Turn["answer"]> } {
  return turn?.answer?.abstained === false;
}

function sentence(preferred: "left" | "right" | undefined): string {
  return preferred ? `You prefer the ${preferred} one.` : "Which answers it better?";
}

function NoTurn() {
  return (
    <>
      There is no turn in this address: open one in{" "}
      <Link to="/turns" search={{}} className="text-accent-ink underline">
        Turns
      </Link>{" "}
      and choose Side by side.
    </>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title} className="mt-6 text-14">
      <h2 className="mb-2 font-medium text-12 text-ink-3">{title}</h2>
      {children}
    </section>
  );
}
