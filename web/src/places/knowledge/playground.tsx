import { useQuery } from "@tanstack/react-query";
import { toFailure } from "../../api.ts";
import { duration, plural } from "../../format.ts";
import { FailureNote } from "../../parts/failure-note.tsx";
import { Passages } from "../../parts/passages.tsx";
import type { OpenRange } from "../../parts/places.ts";
import { SearchField } from "../../parts/search-field.tsx";
import { type knowledgeQuery, searchQuery } from "../../queries.ts";

type Collections = Awaited<ReturnType<NonNullable<typeof knowledgeQuery.queryFn>>>["collections"];

type Props = {
  app: string | undefined;
  collections: Collections | undefined;
  q: string;
  onSearch: (q: string) => void;
  onOpen: OpenRange;
};

/** Would it be found? A question, what it finds, and what each stage of the search thought of it. */
export function Playground({ app, collections, q, onSearch, onOpen }: Props) {
  const { data, error, isFetching } = useQuery(searchQuery(app ?? "", q));
  const settings = collections?.find((one) => one.app === app)?.settings;
  const shown = q.trim() === "" ? undefined : data;
  return (
    <div className="min-h-0 flex-1 overflow-y-auto px-4 py-4" aria-busy={isFetching}>
      <div className="max-w-[56rem]">
        <SearchField label="A question, as a person would ask it" value={q} onSearch={onSearch} />
        <p className="tabular mt-2 min-h-4 text-12 text-ink-3" aria-live="polite">
          {shown
            ? `${plural(shown.passages.length, "passage")} in ${duration(shown.ms)}`
            : settings &&
              `${settings.fusion === "rrf" ? `BM25 and vectors, fused by rank (k ${settings.rrfK})` : settings.fusion}; ${settings.embedder}; the first ${settings.passages} are given to the answer`}
        </p>
        <div className="mt-3">
          {error ? (
            <FailureNote failure={toFailure(error)} />
          ) : shown ? (
            shown.passages.length === 0 ? (
              <p className="text-13 text-ink-2">Nothing was found. Other words may find more.</p>
            ) : (
              <Passages passages={shown.passages} evidence={shown.evidence} onOpen={onOpen} />
            )
          ) : (
            <p className="max-w-prose text-13 text-ink-2">
              Ask without asking a model: here you see which passages a question finds, in which place each retriever
              put them, and the sentence that would be cited.
            </p>
          )}
        </div>
      </div>
    </div>
  );
}
