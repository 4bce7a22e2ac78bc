import type { Citation, Evidence, KnowledgeSettings, Models, Passage } from "#schema";
import type { Store } from "#store";
import { fromChunkBody } from "./chunk-body.ts";
import { embedPassages } from "./embedding.ts";
import { plainWords, type Statement, statementsOfText, underHeading } from "./evidence.ts";
import { sentences } from "./sentences.ts";
import { dot, shareOf } from "./support.ts";
import { supportsWeights } from "./support-weights.ts";
import { contentWords, idfOver } from "./words.ts";

export type CiteOptions = {
  store: Store;
  models: Models;
  settings: KnowledgeSettings;
  passages: readonly Passage[];
  signal: AbortSignal;
};

/**
 * Gives the citation of one finished sentence of an answer, or null where no sentence of the passages supports it.
 * Within one passage (its index), which a model named itself, it is the sentence that holds the words, else the one that
 * supports them best, however little.
 */
export type Cite = (sentence: string, within?: number) => Promise<Citation | null>;

/**
 * Prepares the passages' sentences once; the function it gives can be called for each sentence while an answer still
 * streams. A sentence that stands in the passages as it is costs no embedding.
 */
export async function citer(options: CiteOptions): Promise<Cite> {
  const { store, models, settings, passages, signal } = options;
  const quotes = await statementsIn(passages, store);
  const { version } = await models.describe(settings.embedder);
  const embedding = { store, models, settings, version, signal, priority: "interactive" } as const;
  const vectors = await embedPassages(
    quotes.map((quote) => underHeading(quote.passage.title.split(" › ").at(-1), quote.words)),
    embedding,
  );
  const idf = idfOver(quotes.map((quote) => quote.words));
  return async (sentence, within) => {
    const statement = plainWords(sentence.replace(/\[\d+\]/g, ""));
    if (!/[\p{L}\p{N}]/u.test(statement)) return null;
    const named = within === undefined ? undefined : passages[within];
    const fewest = named === undefined ? 3 : 1;
    const isOpen = (quote: (typeof quotes)[number]) => named === undefined || quote.passage === named;
    const same = quotes.find((quote) => isOpen(quote) && contains(quote.words, statement, fewest));
    if (same !== undefined) return citation(same, 1);
    const [vector] = await embedPassages([statement], embedding);
    const weighed = quotes.flatMap((quote, index) => {
      if (!isOpen(quote)) return [];
      const cosine = dot(vector, vectors[index]);
      return [{ quote, support: supportOfStatement({ statement, quote: quote.words, cosine, idf }) }];
    });
    const best = weighed.reduce<(typeof weighed)[number] | null>(
      (most, one) => (most === null || one.support > most.support ? one : most),
      null,
    );
    if (best === null || (named === undefined && best.support < settings.minSupport)) return null;
    return citation(best.quote, best.support);
  };
}

/** What the passages state, as their chunks were stored with it; of a chunk that is no more, as its text reads. */
async function statementsIn(passages: readonly Passage[], store: Store): Promise<(Statement & { passage: Passage })[]> {
  const rows = await store.query({
    sql: "select id, text, body from chunks where id in (select jsonb_array_elements_text($1::jsonb))",
    params: [JSON.stringify(passages.map((passage) => passage.chunkId))],
  });
  const stored = new Map(rows.map((row) => [String(row.id), fromChunkBody(row.body, String(row.text)).statements]));
  return passages.flatMap((passage) => {
    const read = () =>
      statementsOfText(passage.text).map(({ start, end, words }) => ({
        start: passage.start + start,
        end: passage.start + end,
        words,
      }));
    return (stored.get(passage.chunkId) ?? read()).map((statement) => ({ ...statement, passage }));
  });
}

/** Citations of a whole answer, one for each sentence that has one, in order; `at` is the sentence's end in the text. */
export async function citations(answer: string, options: CiteOptions): Promise<{ at: number; citation: Citation }[]> {
  const cite = await citer(options);
  const found: { at: number; citation: Citation }[] = [];
  for (const { start, end } of sentences(answer)) {
    const citation = await cite(answer.slice(start, end));
    if (citation !== null) found.push({ at: end, citation });
  }
  return found;
}

/** Evidence as a citation; its quote is the slice of the document. */
export function citationOf(evidence: Evidence, passages: readonly Passage[]): Citation | null {
  const passage = passages[evidence.passage];
  return passage === undefined ? null : citation({ ...evidence, passage }, evidence.support);
}

function citation(
  { passage, start, end }: { passage: Passage; start: number; end: number },
  support: number,
): Citation {
  return {
    documentId: passage.documentId,
    title: passage.title,
    start,
    end,
    quote: passage.text.slice(start - passage.start, end - passage.start),
    support,
  };
}

/** Probability that a quote supports a statement: cosine, share of its rare words, and whether its numbers are there. */
export function supportOfStatement(input: {
  statement: string;
  quote: string;
  cosine: number;
  idf: (word: string) => number;
}): number {
  const features = statementFeatures(input);
  const { bias, cosine, overlap, numbers } = supportsWeights;
  return (
    1 / (1 + Math.exp(-(bias + cosine * features.cosine + overlap * features.overlap + numbers * features.numbers)))
  );
}

export function statementFeatures(input: {
  statement: string;
  quote: string;
  cosine: number;
  idf: (word: string) => number;
}): { cosine: number; overlap: number; numbers: number } {
  const wanted = contentWords(input.statement);
  const there = contentWords(input.quote);
  const figures = wanted.filter((word) => /\d/.test(word));
  return {
    cosine: input.cosine,
    overlap: shareOf([...new Set(wanted)], there, input.idf),
    // A statement whose figure the quote does not have is not supported by it, however alike they are.
    numbers: figures.length === 0 ? 1 : figures.filter((word) => there.includes(word)).length / figures.length,
  };
}

/** True where the statement stands in the quote word for word, case and marks aside, and has at least `fewest` words. */
function contains(quote: string, statement: string, fewest: number): boolean {
  const bare = (text: string) =>
    ` ${
      text
        .toLowerCase()
        .match(/[\p{L}\p{M}\p{N}]+/gu)
        ?.join(" ") ?? ""
    } `;
  const words = bare(statement);
  return words.trim().split(" ").length >= fewest && bare(quote).includes(words);
}
