import { createColumnHelper } from "@tanstack/react-table";
import type { Gaps, QuestionsReport } from "../../api.ts";
import type { Columns, rowFeatures } from "../../parts/rows.tsx";
import { type Stage, stageWords } from "../../parts/stage-words.ts";

/** A question, what became of it, and, where it was written from a document, what it should say. */
export type GapQuestion = Gaps["questions"][number] & {
  path: string | null;
  /** Words of the document; null: nothing answers it, or nobody knows. */
  wanted: string | null;
};

/** The open questions, or the written ones of one stage, with what the report knows of each. */
export function questionsBeside(of: Gaps | Stage, report: QuestionsReport | null): GapQuestion[] {
  const asked = report?.asked ?? [];
  if (typeof of === "string") {
    return asked
      .filter(({ stage }) => stage === of)
      .map(({ question, turn, stage, path, answer }) => ({
        question,
        turn,
        stage,
        isWritten: true,
        path,
        wanted: answer,
      }));
  }
  const known = new Map(asked.map((one) => [one.turn, one]));
  return of.questions.map((question) => {
    const own = question.isWritten ? known.get(question.turn) : undefined;
    return { ...question, path: own?.path ?? null, wanted: own?.answer ?? null };
  });
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** What became of a question; null: somebody asked it, and no answer was found. */
export const fateOf = (stage: Stage | null): string =>
  stage === null ? "No answer found" : capital(stageWords[stage]);

const origin = ({ isWritten, path }: GapQuestion): string =>
  isWritten ? (path ?? "Written from a document") : "Somebody asked";

const column = createColumnHelper<typeof rowFeatures, GapQuestion>();

export const gapQuestionColumns: Columns<GapQuestion> = [
  column.display({
    id: "question",
    header: "Question",
    meta: { track: "minmax(0,4fr)" },
    cell: ({ row }) => (
      <span className="font-medium" title={row.original.question}>
        {row.original.question}
      </span>
    ),
  }),
  column.display({
    id: "stage",
    header: "What became of it",
    meta: { track: "11.5rem" },
    cell: ({ row }) => fateOf(row.original.stage),
  }),
  column.display({
    id: "wanted",
    header: "Expected answer",
    meta: { track: "minmax(0,2fr)", from: 960 },
    cell: ({ row }) => (
      <span className="text-ink-2" title={row.original.wanted ?? undefined}>
        {row.original.wanted ?? "–"}
      </span>
    ),
  }),
  column.display({
    id: "from",
    header: "From",
    meta: { track: "minmax(0,2fr)", from: 720 },
    cell: ({ row }) => (
      <span className={row.original.path === null ? "text-ink-3" : "font-mono text-12 text-ink-3"}>
        {origin(row.original)}
      </span>
    ),
  }),
];

export function GapQuestionCard({ question }: { question: GapQuestion }) {
  return (
    <>
      <p className="truncate font-medium text-13">{question.question}</p>
      <p className="mt-1 truncate text-12 text-ink-2">
        {fateOf(question.stage)}
        {question.wanted !== null && `, expected: ${question.wanted}`}{" "}
        <span className="text-ink-3">· {origin(question)}</span>
      </p>
    </>
  );
}
