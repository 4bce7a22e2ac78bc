import { useInfiniteQuery } from "@tanstack/react-query";
import { createColumnHelper } from "@tanstack/react-table";
import { TriangleAlert } from "lucide-react";
import { useCallback, useMemo } from "react";
import { type Document, toFailure } from "../../api.ts";
import { count, exactly, plural, when } from "../../format.ts";
import { FailureNote } from "../../parts/failure-note.tsx";
import { type Columns, Rows, type rowFeatures } from "../../parts/rows.tsx";
import { SearchField } from "../../parts/search-field.tsx";
import { documentsQuery } from "../../queries.ts";

type Props = {
  q: string;
  selected: string | undefined;
  onSearch: (q: string) => void;
  onOpen: (id: string, replace: boolean) => void;
};

/** The documents, by path. */
export function Documents({ q, selected, onSearch, onOpen }: Props) {
  const { data, error, isPending, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery(
    documentsQuery(q),
  );
  const documents = useMemo(() => data?.pages.flatMap((page) => page.documents) ?? [], [data]);
  const onMore = useCallback(() => {
    if (!isFetchingNextPage) void fetchNextPage();
  }, [isFetchingNextPage, fetchNextPage]);
  if (error) {
    return (
      <div className="p-4">
        <FailureNote failure={toFailure(error)} />
      </div>
    );
  }
  return (
    <>
      <div className="shrink-0 border-line border-b px-4 py-2">
        <SearchField label="Title or path" value={q} onSearch={onSearch} className="w-full md:w-72" />
      </div>
      <Rows
        label="Documents"
        columns={columns}
        card={(document) => <DocumentCard document={document} />}
        data={documents}
        keyOf={(document) => document.id}
        selected={selected}
        onOpen={(document, how) => onOpen(document.id, how === "move")}
        total={data?.pages[0]?.total}
        loading={isPending}
        hasMore={hasNextPage}
        onMore={onMore}
        empty={
          <p className="p-4 text-13 text-ink-2">
            {q
              ? "No document is called so."
              : "Drop Markdown, text, HTML or PDF files here, or name a folder in the app file."}
          </p>
        }
      />
    </>
  );
}

const column = createColumnHelper<typeof rowFeatures, Document>();

const columns: Columns<Document> = [
  column.display({
    id: "title",
    header: "Title",
    meta: { track: "minmax(0,3fr)" },
    cell: ({ row }) => <span className="font-medium">{row.original.title}</span>,
  }),
  column.display({
    id: "path",
    header: "Path",
    meta: { track: "minmax(0,3fr)", from: 760 },
    cell: ({ row }) => <span className="font-mono text-12 text-ink-3">{row.original.path}</span>,
  }),
  column.display({
    id: "notes",
    header: "Notes",
    meta: { track: "minmax(0,3fr)", from: 900 },
    cell: ({ row }) => <Notes notes={row.original.notes} />,
  }),
  column.display({
    id: "language",
    header: "Language",
    meta: { track: "4rem" },
    cell: ({ row }) => languageName(row.original.language),
  }),
  column.display({
    id: "chunks",
    header: "Chunks",
    meta: { track: "3.5rem", end: true },
    cell: ({ row }) => count(row.original.chunks),
  }),
  column.display({
    id: "pages",
    header: "Pages",
    meta: { track: "3rem", end: true, from: 700 },
    cell: ({ row }) => (row.original.pages === null ? "–" : count(row.original.pages)),
  }),
  column.display({
    id: "updated",
    header: "Read",
    meta: { track: "6.5rem", end: true, from: 620 },
    cell: ({ row }) => {
      const at = Date.parse(row.original.updatedAt);
      return (
        <span className="text-ink-3" title={exactly(at)}>
          {when(at)}
        </span>
      );
    },
  }),
];

function DocumentCard({ document }: { document: Document }) {
  return (
    <>
      <p className="truncate font-medium text-13">{document.title}</p>
      <p className="mt-1 truncate text-12 text-ink-3">
        {document.path} · {plural(document.chunks, "chunk")} · {languageName(document.language)}
      </p>
      {document.notes.length > 0 && (
        <p className="truncate text-12">
          <Notes notes={document.notes} />
        </p>
      )}
    </>
  );
}

/** What the reading of a document noted. */
export function Notes({ notes }: { notes: readonly string[] }) {
  if (notes.length === 0) return null;
  return (
    <span className="text-warn" title={notes.join("\n")}>
      <TriangleAlert size={13} className="mr-1 inline align-[-2px]" aria-hidden />
      {notes.join(" ")}
    </span>
  );
}

const languages = new Intl.DisplayNames(["en"], { type: "language" });

export function languageName(code: string | null): string {
  if (code === null) return "–";
  try {
    return languages.of(code) ?? code;
  } catch {
    return code; // not a language tag
  }
}
