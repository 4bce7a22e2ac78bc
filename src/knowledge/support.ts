import type { Evidence, KnowledgeSettings, Models } from "#schema";
import type { Store } from "#store";
import { embedPassages } from "./embedding.ts";
import { statementsOf } from "./evidence.ts";
import type { TablePassage } from "./retrieve.ts";
import { answersWeights, type Weights } from "./support-weights.ts";
import { contentWords, idfOver } from "./words.ts";

/** What is seen of a question, or of a statement, and a sentence; each about 0 to 1. */
export type Features = {
  /** Cosine of their vectors. */
  cosine: number;
  /** Share of the asked content words, weighed by rarity (IDF), that the sentence has. */
  overlap: number;
  /** Cosine of question and the whole passage. */
  passageCosine: number;
  /** Share of the asked content words, weighed by rarity, that the passage or its title path has. */
  passageOverlap: number;
};

/** Probability (logistic regression) that the sentence answers the question. */
export function supportOf(features: Features, weights: Weights<keyof Features>): number {
  let z = weights.bias;
  z += weights.cosine * features.cosine;
  z += weights.overlap * features.overlap;
  z += weights.passageCosine * features.passageCosine;
  z += weights.passageOverlap * features.passageOverlap;
  return 1 / (1 + Math.exp(-z));
}

export type EvidenceOptions = {
  store: Store;
  models: Models;
  settings: KnowledgeSettings;
  query: string;
  queryVector: Float32Array | null;
  passages: readonly TablePassage[];
  /** Texts over which the rarity of words is counted: the best candidates. */
  pool: readonly { title: string; text: string }[];
  signal: AbortSignal;
};

/**
 * The sentences, list items and table rows of the passages, the most supported first. `support` is calibrated so that
 * 0.5 parts what answers from what does not (see support-weights.ts). Ranges are of the document's text; `text` is
 * the sentence in plain words, a table's row with its columns' names.
 */
export async function evidenceFor(options: EvidenceOptions): Promise<Evidence[]> {
  return (await weighedEvidence(options)).map(({ features: _, ...evidence }) => evidence);
}

/** As {@link evidenceFor}, with the features: for fitting the weights. */
export async function weighedEvidence(options: EvidenceOptions): Promise<(Evidence & { features: Features })[]> {
  const { store, models, settings, query, passages, pool, signal } = options;
  const statements = passages.flatMap((passage, index) =>
    statementsOf(passage).map((statement) => ({ passage, index, ...statement })),
  );
  if (statements.length === 0) return [];
  const { version } = await models.describe(settings.embedder);
  const texts = statements.map((statement) => statement.words);
  const [vectors, asked] = await Promise.all([
    embedPassages(texts, { store, models, settings, version, signal, priority: "interactive" }),
    options.queryVector ?? askedVector(options),
  ]);
  const idf = idfOver(pool.map((passage) => `${passage.title}\n${passage.text}`));
  const wanted = [...new Set(contentWords(query))];
  const passageFeatures = passages.map((passage) => ({
    passageOverlap: shareOf(
      wanted,
      contentWords(`${passage.title}\n${passage.tableHeader ?? ""}\n${passage.text}`),
      idf,
    ),
  }));
  const evidence = statements.map(({ passage, index, start, end, words }, at) => {
    const cosine = dot(asked, vectors[at]);
    const features = {
      cosine,
      overlap: shareOf(wanted, contentWords(words), idf),
      passageCosine: passage.vector?.score ?? cosine,
      passageOverlap: passageFeatures[index]?.passageOverlap ?? 0,
    };
    return {
      passage: index,
      start: passage.start + start,
      end: passage.start + end,
      text: words,
      support: supportOf(features, answersWeights),
      features,
    };
  });
  return evidence.sort((a, b) => b.support - a.support || a.passage - b.passage || a.start - b.start);
}

async function askedVector({ models, settings, query, signal }: EvidenceOptions): Promise<Float32Array> {
  const { embedder: model, queryPrefix, pooling } = settings;
  const request = { model, texts: [query], purpose: "query", queryPrefix, pooling, priority: "interactive" } as const;
  const { vectors } = await models.embed(request, { signal });
  return vectors[0] ?? new Float32Array();
}

/** Share of the wanted words that are there, weighed by rarity; 0 where nothing is wanted. */
export function shareOf(wanted: readonly string[], there: readonly string[], idf: (word: string) => number): number {
  const words = new Set(there);
  let all = 0;
  let found = 0;
  for (const word of wanted) {
    const weight = idf(word);
    all += weight;
    if (words.has(word)) found += weight;
  }
  return all === 0 ? 0 : found / all;
}

export function dot(a: Float32Array | undefined, b: Float32Array | undefined): number {
  if (a === undefined || b === undefined) return 0;
  let sum = 0;
  for (let index = 0; index < a.length; index++) sum += (a[index] ?? 0) * (b[index] ?? 0);
  return sum;
}
