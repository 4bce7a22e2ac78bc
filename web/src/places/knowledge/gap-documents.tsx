import { createColumnHelper } from "@tanstack/react-table";
import type { Gaps, QuestionsReport } from "../../api.ts";
import { count, plural } from "../../format.ts";
import type { Columns, rowFeatures } from "../../parts/rows.tsx";
import { Notes } from "./documents.tsx";

/** A document, and how many of the questions written from it the app was asked; null: none was tried. */
export type GapDocument = Gaps["documents"][number] & { asked: number | null };

/** The documents with what the report knows of each, in the order of the gaps: those that answer least first. */
export function documentsBeside({ documents }: Gaps, report: QuestionsReport | null): GapDocument[] {
  const asked = Map.groupBy(
    (report?.asked ?? []).filter(({ answer }) => answer !== null),
    ({ documentId }) => documentId,
  );
  return documents.map((document) => ({
    ...document,
    asked: document.written === null ? null : (asked.get(document.id)?.length ?? 0),
  }));
}

/** No answer cites it, and no question that was written from it was answered. */
export const isSilent = ({ cited, answered }: GapDocument): boolean => cited === 0 && (answered ?? 0) === 0;

/** `1 of 2 answered`; where none was asked, that the writer kept none: that says nothing of the document. */
function tried({ asked, answered, written }: GapDocument): string {
  if (asked === null) return "not tried";
  if (asked > 0) return `${count(answered ?? 0)} of ${count(asked)} answered`;
  return written ? `writer kept none of ${count(written)}` : "writer wrote none";
}

const column = createColumnHelper<typeof rowFeatures, GapDocument>();

export const gapDocumentColumns: Columns<GapDocument> = [
  column.display({
    id: "title",
    header: "Title",
    meta: { track: "minmax(0,3fr)" },
    cell: ({ row }) => <span className="font-medium">{row.original.title}</span>,
  }),
  column.display({
    id: "path",
    header: "Path",
    meta: { track: "minmax(0,3fr)", from: 900 },
    cell: ({ row }) => <span className="font-mono text-12 text-ink-3">{row.original.path}</span>,
  }),
  column.display({
    id: "notes",
    header: "Notes",
    meta: { track: "minmax(0,3fr)", from: 680 },
    cell: ({ row }) => <Notes notes={row.original.notes} />,
  }),
  column.display({
    id: "tried",
    header: "Written questions",
    meta: { track: "10rem", end: true },
    cell: ({ row }) => <span className={row.original.asked ? "" : "text-ink-3"}>{tried(row.original)}</span>,
  }),
  column.display({
    id: "cited",
    header: "Cited",
    meta: { track: "4rem", end: true },
    cell: ({ row }) => count(row.original.cited),
  }),
];

export function GapDocumentCard({ document }: { document: GapDocument }) {
  return (
    <>
      <p className="truncate font-medium text-13">{document.title}</p>
      <p className="mt-1 truncate text-12 text-ink-3">
        {document.cited === 0 ? "never cited" : `cited in ${plural(document.cited, "answer")}`} · written questions:{" "}
        {tried(document)}
      </p>
      {document.notes.length > 0 && (
        <p className="truncate text-12">
          <Notes notes={document.notes} />
        </p>
      )}
    </>
  );
}
