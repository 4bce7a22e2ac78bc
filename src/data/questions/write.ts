import type { Report } from "#kernel";
import type { Message, Passage, Place, Range, ReadSpan, WrittenQuestion } from "#schema";
import { readerSupport } from "#schema";
import { seededRandom } from "#stats";
import { normalText } from "../normal.ts";
import { Bar } from "./bar.ts";
import { type Candidate, candidatesIn } from "./candidates.ts";
import { Collected, ofUnlikelyWords } from "./collected.ts";
import { faultIn, thingsIn } from "./form.ts";
import { questionPrompt } from "./prompt.ts";
import { isSame } from "./same.ts";

/** A passage that questions are written from: a chunk, with what stands above it. Ranges are of its document's text. */
export type Source = Range & {
  id: string;
  documentId: string;
  path: string;
  text: string;
  /** The headings above, joined. */
  title: string;
  /** Of a table that was cut before this passage: its header row. */
  tableHeader: string | null;
  /** The words that name the one thing that the document is about, any name among them; null: it is about a subject. */
  named: readonly string[] | null;
  /** Sentences, items and rows, and the words of each: a row's with its columns, "Column: cell; Column: cell". */
  statements: readonly (Range & { words: string })[];
};

/** The ways that writing questions needs into the world. */
export type QuestionParts = {
  /** What a chat model says to a prompt, and the mean log-probability of its tokens where the model tells it. */
  ask(prompt: Message[]): Promise<{ text: string; likelihood: number | null }>;
  /** The passages that a search brings, best first; `without`: as if this place did not exist. */
  search(question: string, without: Place | null): Promise<Passage[]>;
  /** What a reader finds in passages, best first. */
  read(question: string, passages: readonly string[]): Promise<ReadSpan[]>;
  /** What a chat model answers to a question from one passage, in words of it; null where it finds nothing. Absent: none is there. */
  answer?(question: string, passage: string): Promise<string | null>;
  /** What was done before an interruption. */
  recorded(step: string): Attempt[] | undefined;
  record(step: string, attempts: Attempt[]): Promise<void>;
  signal: AbortSignal;
  report: Report;
};
type Text = { title: string; text: string };
type Way = { isFound: boolean };
/** Words of a statement that a question is to ask for. */
type Sought = { statement: Source["statements"][number]; words: Candidate };

/** A question that was written, and why it was not kept (null: it may be). */
export type Attempt = WrittenQuestion & { fault: string | null; likelihood: number | null };

export type Written = {
  written: number;
  kept: number;
  questions: WrittenQuestion[];
  documents: { id: string; path: string; written: number; kept: number }[];
  /** Why questions were not kept, and how many, most first. */
  faults: { fault: string; count: number }[];
};

/** So many of the best passages must hold the place, by words, by meaning or by both. */
const foundWithin = 5;
/** Below this the reader is sure that nothing answers. */
const nothingAnswers = 0.15;
/** Questions written of one passage at a time; the prompt's beginning is read once for them. */
const triesAtOnce = 3;

/**
 * Questions that the given passages answer. They are taken by turns from the documents; for each, the model writes questions
 * for its likeliest answers, and one is kept where the way back holds: a search finds its passage among the first five,
 * and a reader finds the same words there (round trip: Alberti et al. 2019, "Synthetic QA Corpora Generation with Roundtrip
 * Consistency"). Of nearly the same questions the first is kept. A share of them is asked with the place left out, where
 * nothing else answers then: those are to be answered with "the documents do not say".
 *
 * @param share of the questions that have no answer, 0 to 1
 * @param isFound false: only the reader's half of the way back is gone, over the passage itself; whether a search finds it is
 *   then for the app to show
 * @param isTimeUp asked before each passage that was not written yet: true ends the writing with what there is
 * @returns fewer than `count` questions where the documents give no more, or the time was up
 */
export async function writeQuestions(
  sources: readonly Source[],
  {
    count,
    share,
    seed,
    isTimeUp = () => false,
    ...parts
  }: QuestionParts & Way & { count: number; share: number; seed: number; isTimeUp?: () => boolean },
): Promise<Written> {
  const unanswerable = Math.floor(count * share);
  const order = spread(sources, seed);
  const collected = new Collected(order, { answerable: count - unanswerable, unanswerable }, (question) =>
    answersNowhere(question, parts),
  );
  const bar = new Bar();
  const common = commonWords(order); // copies are one document
  const unlikely: Aside[] = [];
  // Each passage once; then once more for its next answers, as long as that brings anything.
  let isOver = false;
  for (let round = 0; collected.isOpen() && !isOver; round += 1) {
    let isNew = false;
    for (const source of order) {
      if (!collected.isOpen()) break;
      parts.signal.throwIfAborted();
      // An unchanged passage of a changed document keeps its id; it may stand elsewhere.
      const step = `questions ${source.id} ${source.start} ${round}`;
      const known = parts.recorded(step);
      // What was written before an interruption counts, however late it is by now.
      isOver = known === undefined && isTimeUp();
      if (isOver) break;
      const attempts = known ?? (await attempt(source, { round, seed, bar, common }, parts));
      if (known === undefined) await parts.record(step, attempts);
      else for (const { likelihood } of known) bar.saw(likelihood);
      isNew ||= attempts.length > 0;
      for (const one of attempts) if (one.fault === ofUnlikelyWords) unlikely.push({ source, attempt: one });
      await collected.add(attempts);
      parts.report({
        task: "writing questions",
        done: collected.kept(),
        total: count,
        unit: "examples",
      });
    }
    if (!isNew) break;
  }
  for (const aside of likeliestFirst(unlikely)) {
    if (!collected.isOpen()) break;
    parts.signal.throwIfAborted();
    const { source, attempt: was } = aside;
    const step = `questions aside ${source.id} ${source.start} ${was.answer} ${was.question}`;
    const known = parts.recorded(step)?.[0];
    if (known === undefined && isTimeUp()) break;
    const tried = known ?? (await secondLook(aside, parts));
    if (known === undefined) await parts.record(step, [tried]);
    await collected.reconsider(tried);
    parts.report({ task: "writing questions", done: collected.kept(), total: count, unit: "examples" });
  }
  return collected.result();
}

/** A question whose words were too unlikely while others were to be had. */
type Aside = { source: Source; attempt: Attempt };
/** Below this they are never looked at again. */
const leastLikely = -0.6;

function likeliestFirst(all: readonly Aside[]): Aside[] {
  const likelihoodOf = ({ attempt }: Aside) => attempt.likelihood ?? Number.NEGATIVE_INFINITY;
  return all.filter((one) => likelihoodOf(one) >= leastLikely).sort((a, b) => likelihoodOf(b) - likelihoodOf(a));
}

/** Where all passages give too few, the likeliest of what was put aside go the way back as well. */
async function secondLook({ source, attempt }: Aside, parts: QuestionParts & Way): Promise<Attempt> {
  const answer = attempt.answer ?? "";
  const start = attempt.start + Math.max(0, attempt.quote.indexOf(answer));
  const words = { start, end: start + answer.length };
  return { ...attempt, ...(await wayBack({ ...attempt, answer }, words, source, parts)) };
}

/** Words of at least three documents: "the form" of a document may be any of theirs. */
function commonWords(sources: readonly Source[]): ReadonlySet<string> {
  const counts = new Map<string, Set<string>>();
  for (const { text, documentId } of sources)
    for (const word of new Set(text.toLowerCase().match(/\p{L}+/gu)))
      counts.set(word, (counts.get(word) ?? new Set()).add(documentId));
  return new Set([...counts].flatMap(([word, documents]) => (documents.size >= 3 ? [word] : [])));
}

/** Passages by turns from the documents, in an order that depends on the seed alone; of equal texts one. */
function spread(sources: readonly Source[], seed: number): Source[] {
  const random = seededRandom(seed);
  const texts = new Set<string>();
  const different = sources.filter(({ text }) => {
    const normal = normalText(text);
    return !texts.has(normal) && texts.add(normal);
  });
  const byDocument = [...Map.groupBy(shuffled(different, random), ({ documentId }) => documentId).values()];
  const rounds = Math.max(0, ...byDocument.map((passages) => passages.length));
  return Array.from({ length: rounds }, (_, at) => byDocument.flatMap((passages) => passages[at] ?? [])).flat();
}

/** Writes the next few questions of a passage, and takes each the way back. */
async function attempt(
  source: Source,
  { round, seed, bar, common }: { round: number; seed: number; bar: Bar; common: ReadonlySet<string> },
  parts: QuestionParts & Way,
): Promise<Attempt[]> {
  const lead = [source.title, source.tableHeader].filter((line) => line !== null && line !== "").join("\n");
  const passage = `${lead}\n${source.text}`;
  const shift = lead.length + 1 - source.start;
  const attempts: Attempt[] = [];
  for (const { statement, words } of answersIn(source, seed).slice(round * triesAtOnce, (round + 1) * triesAtOnce)) {
    parts.signal.throwIfAborted();
    const answer = source.text.slice(words.start - source.start, words.end - source.start);
    const prompt = questionPrompt({
      passage,
      answer: { start: words.start + shift, end: words.end + shift },
      sentence: statement.words,
    });
    const { text, likelihood } = await parts.ask(prompt);
    const question = tidy(text);
    const written = {
      question,
      answer,
      documentId: source.documentId,
      path: source.path,
      start: statement.start,
      end: statement.end,
      quote: source.text.slice(statement.start - source.start, statement.end - source.start),
      likelihood,
    };
    bar.saw(likelihood);
    const fault =
      faultIn(question, {
        statement: statement.words,
        isRow: written.quote.startsWith("|"),
        answer,
        // A row's words are its columns' too, and a sentence that was cut has other white space.
        at: statement.words === written.quote ? words.start - statement.start : statement.words.indexOf(answer),
        named: source.named,
      }) ??
      (thingsIn(question).some((thing) => common.has(thing)) ? "says a thing that many documents have" : null) ??
      (likelihood !== null && likelihood < bar.value() ? ofUnlikelyWords : null);
    attempts.push(
      fault === null
        ? { ...written, ...(await wayBack(written, words, source, parts)) }
        : { ...written, support: 0, fault },
    );
  }
  return attempts;
}

/** The answers of a passage to ask for, likeliest first, by turns from its statements. */
function answersIn(source: Source, seed: number): Sought[] {
  const random = seededRandom(seed);
  const byStatement = source.statements.map((statement) => {
    const text = source.text.slice(statement.start - source.start, statement.end - source.start);
    return candidatesIn(text).map((one) => ({
      statement,
      words: { ...one, start: one.start + statement.start, end: one.end + statement.start },
      order: random(),
    }));
  });
  const most = Math.max(0, ...byStatement.map((all) => all.length));
  return Array.from({ length: most }, (_, at) =>
    byStatement.flatMap((all) => all[at] ?? []).sort((a, b) => b.words.weight - a.words.weight || a.order - b.order),
  ).flat();
}

type Held = { support: number; fault: string | null };
type Wanted = Pick<WrittenQuestion, "question" | "documentId" | "quote"> & { answer: string };

/** Whether a reader finds these words again, a search their place, and a chat model the same words. */
async function wayBack(wanted: Wanted, words: Range, source: Source, parts: QuestionParts & Way): Promise<Held> {
  const { question, answer } = wanted;
  const passages = textsOf([source]);
  const [own] = await parts.read(question, passages);
  const alone = readAgain(own, [source], answer);
  const held = alone.fault === null && parts.isFound ? await foundAgain(wanted, words, parts) : alone;
  if (held.fault !== null || parts.answer === undefined) return held;
  // It learned from the same questions as the reader, and makes other mistakes.
  const said = await parts.answer(question, passages[0] ?? "");
  return said !== null && isSame(said, answer) ? held : { ...held, fault: "answered otherwise by a model" };
}

async function foundAgain(
  { question, answer, documentId, quote }: Wanted,
  words: Range,
  parts: QuestionParts,
): Promise<Held> {
  const place = { documentId, start: words.start, end: words.end };
  const found = await parts.search(question, null);
  const at = found.findIndex((passage) => holds(passage, place) || passage.text.includes(quote)); // of copies any
  const gold = found[at];
  if (gold === undefined || Math.min(at + 1, gold.bm25?.rank ?? Infinity, gold.vector?.rank ?? Infinity) > foundWithin)
    return { support: 0, fault: "not found again" };
  const others = found.filter((passage) => passage !== gold).slice(0, foundWithin - 1);
  const passages = [gold, ...others];
  const [best] = await parts.read(question, textsOf(passages));
  return readAgain(best, passages, answer);
}

/** Whether a reader's best words are those that were asked for. */
function readAgain(best: ReadSpan | undefined, passages: readonly Text[], answer: string): Held {
  const from = best === undefined ? undefined : passages[best.passage];
  if (best === undefined || from === undefined || best.support < readerSupport)
    return { support: best?.support ?? 0, fault: "not answered" };
  const said = textsOf([from])[0]?.slice(best.start, best.end) ?? "";
  if (!isSame(said, answer)) return { support: best.support, fault: "answered otherwise" };
  return { support: best.support, fault: null };
}

/** Passages as a reader is given them: a section's heading says what its text is about. */
function textsOf(passages: readonly Text[]): string[] {
  return passages.map(({ title, text }) => `${title.split(" › ").at(-1) ?? ""}\n${text}`);
}

function holds(passage: Passage, place: Place): boolean {
  return passage.documentId === place.documentId && passage.start <= place.start && passage.end >= place.end;
}

/** The first line, without what models put around a question. */
function tidy(said: string): string {
  const line = said.trim().split("\n")[0] ?? "";
  return line
    .replace(/^(?:question|q)\s*:\s*/i, "")
    .replace(/^["“]|["”]$/g, "")
    .replace(/\s+/g, " ")
    .trim();
}

/** Whether nothing answers a question where its place is left out. */
async function answersNowhere(question: WrittenQuestion, parts: QuestionParts): Promise<boolean> {
  const passages = (await parts.search(question.question, question)).slice(0, foundWithin);
  const [best] = passages.length === 0 ? [] : await parts.read(question.question, textsOf(passages));
  return best === undefined || best.support < nothingAnswers;
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, order: random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ item }) => item);
}
