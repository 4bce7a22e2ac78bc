import type { Evidence, KnowledgeSettings, Models } from "#schema";
import type { Store } from "#store";
import { embedPassages } from "./embedding.ts";
import { underHeading } from "./evidence.ts";
import type { StoredPassage } from "./retrieve.ts";
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
  /** 0 where a number, a time or a name is asked for and the sentence has none, else 1. */
  kind: number;
};

/** Whether a sentence has the kind of thing that a question asks for; 1 where the question does not tell. */
export function kindMatch(question: string, sentence: string): number {
  if (
    /\b(how (many|much|long|often|old|far|large|big|high|soon|late|early)|when|what (time|date|year|percentage|share|amount|number|rate)|by what|which (year|day|date|month))\b/i.test(
      question,
    )
  ) {
    return quantity.test(sentence) ? 1 : 0;
  }
  // A name: a capital that does not begin the sentence.
  if (/\b(who|whom|whose|where)\b/i.test(question)) return /[^.!?:;|\s]\s+\p{Lu}/u.test(sentence) ? 1 : 0;
  return 1;
}

const quantity =
  /\d|\b(one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|hundred|thousand|half|quarter|third|twice|once|double|every|daily|weekly|monthly|yearly|annually|never|always|monday|tuesday|wednesday|thursday|friday|saturday|sunday|january|february|march|april|may|june|july|august|september|october|november|december|before|after|until|during|immediately)\b/i;

/** Probability (logistic regression) that the sentence answers the question. */
export function supportOf(features: Features, weights: Weights<keyof Features>): number {
  let z = weights.bias;
  z += weights.cosine * features.cosine;
  z += weights.overlap * features.overlap;
  z += weights.passageCosine * features.passageCosine;
  z += weights.passageOverlap * features.passageOverlap;
  z += weights.kind * features.kind;
  return 1 / (1 + Math.exp(-z));
}

export type EvidenceOptions = {
  store: Store;
  models: Models;
  settings: KnowledgeSettings;
  query: string;
  queryVector: Float32Array | null;
  passages: readonly StoredPassage[];
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
    passage.statements.map((statement) => ({ passage, index, ...statement })),
  );
  if (statements.length === 0) return [];
  const { version } = await models.describe(settings.embedder);
  const texts = statements.map(({ passage, words }) => underHeading(passage.title.split(" › ").at(-1), words));
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
      kind: kindMatch(query, words),
    };
    return {
      passage: index,
      start,
      end,
      text: words,
      support: supportOf(features, answersWeights),
      features,
    };
  });
  return evidence.sort((a, b) => b.support - a.support || a.passage - b.passage || a.start - b.start);
}

async function askedVector({ models, settings, query, signal }: EvidenceOptions): Promise<Float32Array> {
  const { embedder: model, queryPrefix } = settings;
  const pooling = settings.queryPooling ?? settings.pooling;
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
