import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { TriangleAlert } from "lucide-react";
import { useState } from "react";
import { type Gaps as Found, type QuestionsReport, toFailure } from "../../api.ts";
import { exactly, plural, when } from "../../format.ts";
import { Button } from "../../parts/button.tsx";
import { FailureNote } from "../../parts/failure-note.tsx";
import { gapsQuery, questionsQuery } from "../../queries.ts";
import { stageWords, toldStages } from "./stage-words.ts";
import { WriteQuestions } from "./write-questions.tsx";

const route = getRouteApi("/knowledge");

/** What do the documents leave open? Questions that find nothing, and documents that answer nothing. */
export function Gaps({ app }: { app: string }) {
  const questions = useQuery(questionsQuery(app));
  const gaps = useQuery(gapsQuery(app));
  const report = questions.data?.report;
  const error = questions.error ?? gaps.error;
  return (
    <div className="min-h-0 flex-1 overflow-y-auto px-4 py-6">
      <div className="mx-auto max-w-[64rem] space-y-8">
        {error && <FailureNote failure={toFailure(error)} />}
        <div className="space-y-4">
          {!questions.data && !error && <div className="skeleton h-9 w-64" aria-hidden />}
          {report && <Summary report={report} />}
          {questions.data && !report && (
            <section className="space-y-1">
              <h2 className="font-semibold text-16">Which questions would be asked of these documents?</h2>
              <p className="max-w-prose text-13 text-ink-2">
                pawl writes questions that your documents answer, asks them, and says where each was lost.
              </p>
            </section>
          )}
          <WriteQuestions app={app} isFirst={!report} />
        </div>
        {gaps.data ? (
          <>
            <Lost questions={gaps.data.questions} />
            <Documents documents={gaps.data.documents} />
          </>
        ) : (
          !error && <div className="skeleton h-40" aria-hidden />
        )}
      </div>
    </div>
  );
}

function Summary({ report }: { report: QuestionsReport }) {
  const at = Date.parse(report.createdAt);
  return (
    <section aria-label="Questions from your documents" className="space-y-1">
      <h2 className="tabular flex flex-wrap items-baseline gap-x-2">
        <span className="font-semibold text-28 tracking-tight">{report.asked.length}</span>
        <span className="text-14 text-ink-2">
          {report.asked.length === 1 ? "question" : "questions"} from your documents: {toldStages(report.asked)}
        </span>
      </h2>
      <p className="text-13 text-ink-3">
        {report.kept} of {report.written} written ones were kept, <span title={exactly(at)}>{when(at)}</span>
      </p>
      {report.notes.map((note) => (
        <p key={note} className="max-w-prose text-13 text-ink-2">
          {note}
        </p>
      ))}
    </section>
  );
}

/** Rows of what is opened beside the list. */
const rowClass =
  "flex min-h-10 w-full flex-wrap items-baseline justify-between gap-x-4 px-4 py-2 text-left text-13 -outline-offset-2 hover:bg-hover aria-pressed:bg-hover aria-pressed:shadow-[inset_2px_0_0_var(--accent)]";

function Lost({ questions }: { questions: Found["questions"] }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <section aria-label="Questions that find nothing" className="space-y-2">
      <h3 className="font-semibold text-16">Questions that find nothing</h3>
      {questions.length === 0 ? (
        <p className="text-13 text-ink-2">Every question that was asked here found an answer.</p>
      ) : (
        <ul className="rounded border border-line">
          {questions.map(({ question, turn, isWritten, stage }) => (
            <li key={turn} className="border-line border-b last:border-b-0">
              <button
                type="button"
                aria-pressed={search.turn === turn}
                onClick={() =>
                  navigate({ search: (now) => ({ ...now, turn, span: undefined, tab: undefined, doc: undefined }) })
                }
                className={rowClass}
              >
                <span className="min-w-0 break-words font-medium">{question}</span>
                <span className="shrink-0 text-12 text-ink-2">
                  {stage === null ? "the documents do not say" : stageWords[stage]}
                  <span className="text-ink-3"> · {isWritten ? "from your documents" : "somebody asked"}</span>
                </span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Documents({ documents }: { documents: Found["documents"] }) {
  const [all, setAll] = useState(false);
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const silent = documents.filter(({ cited, answered }) => cited === 0 && !answered);
  const shown = all ? documents : silent;
  return (
    <section aria-label="Documents that answer nothing" className="space-y-2">
      <div className="flex flex-wrap items-baseline justify-between gap-x-4">
        <h3 className="font-semibold text-16">{all ? "All documents" : "Documents that answer nothing"}</h3>
        <Button look="quiet" aria-pressed={all} onClick={() => setAll(!all)}>
          {all ? "Only those that answer nothing" : `All ${plural(documents.length, "document")}`}
        </Button>
      </div>
      {shown.length === 0 ? (
        <p className="text-13 text-ink-2">Every document has answered something.</p>
      ) : (
        <ul className="rounded border border-line">
          {shown.map(({ id, path, title, cited, written, answered, notes }) => (
            <li key={id} className="border-line border-b last:border-b-0">
              <button
                type="button"
                aria-pressed={search.doc === id}
                onClick={() => navigate({ search: (now) => ({ ...now, doc: id, start: undefined, end: undefined }) })}
                className={rowClass}
              >
                <span className="min-w-0">
                  <span className="break-words font-medium">{title}</span>
                  <span className="ml-2 break-all font-mono text-12 text-ink-3">{path}</span>
                  {notes.length > 0 && (
                    <span className="block text-12 text-warn">
                      <TriangleAlert size={13} className="mr-1 inline align-[-2px]" aria-hidden />
                      {notes.join(" ")}
                    </span>
                  )}
                </span>
                <span className="tabular shrink-0 text-12 text-ink-2">
                  cited by {plural(cited, "answer")}
                  {written !== null && `, ${answered ?? 0} of its questions answered`}
                </span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
