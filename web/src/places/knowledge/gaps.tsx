import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { X } from "lucide-react";
import { type ReactNode, useMemo } from "react";
import { type Gaps as GapsFound, type QuestionsReport, toFailure } from "../../api.ts";
import { count } from "../../format.ts";
import { FailureNote } from "../../parts/failure-note.tsx";
import { AppPick } from "../../parts/place.tsx";
import { Rows } from "../../parts/rows.tsx";
import { stageWords } from "../../parts/stage-words.ts";
import { gapsQuery, questionsQuery } from "../../queries.ts";
import { documentsBeside, GapDocumentCard, gapDocumentColumns, isSilent } from "./gap-documents.tsx";
import { GapQuestionCard, gapQuestionColumns, questionsBeside } from "./gap-questions.tsx";
import { Tried } from "./tried.tsx";
import { WriteQuestions } from "./write-questions.tsx";

const route = getRouteApi("/knowledge");

/** What do the documents leave open: questions that find nothing, and documents that answer nothing. */
export function Gaps({ app, names }: { app: string; names: readonly string[] }) {
  const navigate = route.useNavigate();
  const gaps = useQuery(gapsQuery(app));
  const tried = useQuery(questionsQuery(app));
  const error = gaps.error ?? tried.error;
  if (error) {
    return (
      <div className="p-4">
        <FailureNote failure={toFailure(error)} />
      </div>
    );
  }
  if (!gaps.data || !tried.data) return <Waiting />;
  const { report } = tried.data;
  return (
    <Found
      gaps={gaps.data}
      report={report}
      above={
        <div className="space-y-3 px-4 pt-4 pb-3">
          <div className="flex items-start justify-between gap-4">
            <div className="min-w-0 flex-1">
              <Tried report={report} />
            </div>
            <AppPick app={app} names={names} onPick={(name) => navigate({ search: { view: "gaps", app: name } })} />
          </div>
          <WriteQuestions key={app} app={app} isFirst={report === null} />
        </div>
      }
    />
  );
}

type FoundProps = { gaps: GapsFound; report: QuestionsReport | null; above: ReactNode };

/** One of the lists. They are one element to React, so that what stands above keeps its state and its focus. */
function Found({ gaps, report, above }: FoundProps) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const list = search.list ?? "questions";
  const open = useMemo(() => questionsBeside(gaps, report), [gaps, report]);
  const documents = useMemo(() => documentsBeside(gaps, report), [gaps, report]);
  const silent = useMemo(() => documents.filter(isSilent), [documents]);
  const { stage } = search;
  const questions = useMemo(() => (stage ? questionsBeside(stage, report) : open), [stage, open, report]);
  const head = (
    <>
      {above}
      <nav aria-label="Gaps" className="flex flex-wrap items-center gap-1 border-line border-b px-3 pb-2">
        <Choice list="questions" short="Questions" amount={open.length}>
          Questions left open
        </Choice>
        <Choice list="silent" short="Answer nothing" amount={silent.length}>
          Documents that answer nothing
        </Choice>
        <Choice list="documents" short="All" amount={documents.length}>
          All documents
        </Choice>
        {stage && list === "questions" && <StageChip stage={stage} />}
      </nav>
    </>
  );
  return list === "questions" ? (
    <Rows
      label={stage ? `Questions ${stageWords[stage]}` : "Questions left open"}
      above={head}
      columns={gapQuestionColumns}
      card={(question) => <GapQuestionCard question={question} />}
      data={questions}
      keyOf={({ turn }) => turn}
      selected={search.turn}
      onOpen={({ turn }, how) =>
        navigate({
          search: (now) => ({ ...now, turn, span: undefined, doc: undefined, start: undefined, end: undefined }),
          replace: how === "move",
        })
      }
      total={questions.length}
      loading={false}
      hasMore={false}
      onMore={nothing}
      empty={
        <p className="p-4 text-13 text-ink-2">
          {stage
            ? "None of the questions that were tried last ended so."
            : report
              ? "No question is open: each was answered."
              : "Nobody has asked yet what finds no answer. Such questions stand here, and the written ones that are lost."}
        </p>
      }
    />
  ) : (
    <Rows
      label={list === "silent" ? "Documents that answer nothing" : "All documents"}
      above={head}
      columns={gapDocumentColumns}
      card={(document) => <GapDocumentCard document={document} />}
      data={list === "silent" ? silent : documents}
      keyOf={({ id }) => id}
      selected={search.start === undefined ? search.doc : undefined}
      onOpen={({ id }, how) =>
        navigate({
          search: (now) => ({ ...now, doc: id, start: undefined, end: undefined, turn: undefined, span: undefined }),
          replace: how === "move",
        })
      }
      total={list === "silent" ? silent.length : documents.length}
      loading={false}
      hasMore={false}
      onMore={nothing}
      empty={
        <p className="p-4 text-13 text-ink-2">
          {documents.length === 0
            ? "There are no documents yet. Add files, or name a folder in the app file."
            : "Every document answers something."}
        </p>
      }
    />
  );
}

const nothing = () => {};

/** A list by name and length; on a phone the three stand in one line. */
function Choice({
  list,
  short,
  amount,
  children,
}: {
  list: "questions" | "silent" | "documents";
  short: string;
  amount: number;
  children: string;
}) {
  const search = route.useSearch();
  return (
    <Link
      to="/knowledge"
      search={{
        view: "gaps",
        ...(list === "questions" ? {} : { list }),
        ...(search.app ? { app: search.app } : {}),
      }}
      // Else a link counts as current wherever the address holds its search and more.
      activeOptions={{ exact: true }}
      aria-current={
        (search.list ?? "questions") === list && !(list === "questions" && search.stage) ? "page" : undefined
      }
      className="flex h-8 items-center gap-2 rounded px-2 font-medium text-13 text-ink-3 hover:bg-hover hover:text-ink aria-[current=page]:bg-hover aria-[current=page]:text-ink"
    >
      <span className="md:hidden">{short}</span>
      <span className="hidden md:inline">{children}</span>
      <span className="tabular font-normal text-ink-3">{count(amount)}</span>
    </Link>
  );
}

/** Only the written questions of one stage are shown; away with it. */
function StageChip({ stage }: { stage: keyof typeof stageWords }) {
  const navigate = route.useNavigate();
  return (
    <button
      type="button"
      title="Show all that are open"
      onClick={() => navigate({ search: (now) => ({ ...now, stage: undefined }), replace: true })}
      className="ml-1 inline-flex h-7 items-center md:mr-1 md:ml-auto gap-1 rounded-full border border-line-strong px-2 text-12 text-ink-2 hover:bg-hover"
    >
      only {stageWords[stage]} <X size={12} aria-hidden />
    </button>
  );
}

/** As high as what comes. */
function Waiting() {
  return (
    <div className="px-4 pt-4" role="status" aria-label="Loading">
      <div className="skeleton h-9 w-2/3 max-w-[36rem]" />
      <div className="skeleton mt-3 h-4 w-64" />
      <div className="skeleton mt-4 h-8 w-56" />
      <div className="skeleton mt-10 h-8 w-full max-w-[32rem]" />
      {[70, 55, 62, 48, 66].map((width) => (
        <div key={width} className="skeleton mt-7 h-3" style={{ width: `${width}%` }} />
      ))}
    </div>
  );
}
