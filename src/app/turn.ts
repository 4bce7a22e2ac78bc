import { hashOf, PawlError } from "#kernel";
import type { Cite } from "#knowledge";
import {
  type KnowledgeSettings,
  type Message,
  type Models,
  notInDocuments,
  type Place,
  type Release,
  type ResponseFormat,
  readerBeside,
  Sampling,
  type Steps,
  supportNeeded,
  type TurnAnswer,
  type TurnInput,
} from "#schema";
import type { Run } from "#trace";
import { citedWriter } from "./cited.ts";
import { fitPassages } from "./context.ts";
import { type Found, mergeFound } from "./found.ts";
import { mayBeSurer } from "./instead.ts";
import { composeMessages } from "./prompt.ts";
import { noteReader, type Read, readIn, surer, wordsOf } from "./reading.ts";
import { skilledWriter } from "./skilled.ts";

/** What a turn needs of the world: the release that answers, and the ways to models and knowledge. */
export type Serving = {
  release: Release;
  models: Models;
  /** Searches one collection of the app. */
  find(search: {
    knowledge: string;
    settings: KnowledgeSettings;
    query: string;
    signal: AbortSignal;
    without?: readonly Place[];
  }): Promise<Found>;
  /** Gives the function that finds which sentence of these passages supports a statement. */
  citer(over: Pick<Found, "passages"> & { settings: KnowledgeSettings; signal: AbortSignal }): Promise<Cite>;
};

/**
 * What is asked of an app: a conversation whose last message is the question, and what the request says about how to
 * answer (`answer` asks for the other way than the release's).
 */
export type Question = TurnInput;

/**
 * One turn, from the question to the answer. Each step is a span:
 * retrieve (each collection) → compose → route → model → answer. Where the release answers with a sentence or with a
 * reader's words (retrieve → read → answer), or nothing in the documents supports an answer, no chat model is asked; one
 * that must be JSON is always the model's. Of a model with pawl's skill and a reader beside it the surer one answers.
 */
export async function answerTurn(serving: Serving, given: Question, run: Run): Promise<TurnAnswer> {
  const { spec } = serving.release;
  const question = formatted(serving, given);
  const asked = question.messages.at(-1);
  if (asked?.role !== "user" || asked.content.trim() === "") {
    throw new PawlError("bad-request", "The last message must be the user's and must not be empty.");
  }
  const collections = Object.keys(spec.knowledge);
  if (collections.length === 0) return plainAnswer(serving, question, run);

  const { settings, ...found } = await context(serving, asked.content, question.without, run);
  await run.emit({ type: "found", ...found });

  // Who asked for JSON can do nothing with a sentence that says "not there": the schema is the place to say it.
  const isFormatted = question.format !== undefined && question.format.type !== "text";
  const mode = isFormatted ? "model" : (question.answer ?? spec.answer);
  // Also where the model words the answer: its first words take a second, the reader's a tenth of one.
  const isRead = mode === "reader" || (mode === "model" && spec.reader !== undefined && !isFormatted);
  const read = isRead ? await readIn(serving, asked.content, found, run) : null;
  const { evidence } = mode === "reader" && read ? read : found;
  const minSupport = supportNeeded(spec, mode);
  const isAnswerable = isFormatted || (evidence[0] !== undefined && evidence[0].support >= minSupport);
  const base = { mode, question: asked.content, passages: found.passages, evidence, minSupport };
  if (mode === "model" && isAnswerable) {
    return wordedAnswer(serving, { question, settings, found, read, isFormatted, base }, run);
  }
  const answer = await run.step("answer", mode, { ...base, draft: null, instead: null }, async (within) => {
    const answer = isAnswerable ? quotedAnswer(base, found.evidence) : nothingFound;
    if (mode === "model") noteReader(answer, read, within);
    return answer;
  });
  await run.emit({ type: "delta", text: answer.text });
  return answer;
}

const nothingFound: TurnAnswer = { text: notInDocuments, abstained: true, citations: [] };

type Grounds = {
  question: Question;
  settings: KnowledgeSettings;
  found: Found;
  read: Read | null;
  isFormatted: boolean;
  base: Omit<Steps["answer"]["in"], "draft" | "instead">;
};

/** An answer in a model's words; beside pawl's skill and a reader, in the words of the surer one. */
async function wordedAnswer(
  serving: Serving,
  { question, settings, found, read, isFormatted, base }: Grounds,
  run: Run,
): Promise<TurnAnswer> {
  const { passages } = found;
  const { emit, signal } = run;
  const { messages, used } = await passagesPrompt(serving, question, passages, run);
  const cite = serving.citer({ passages, settings, signal });
  const plain = citedWriter({ cite, isMarked: !isFormatted, emit });
  const skilled = skilledWriter({
    used,
    citeIn: async (words, passage) => (await cite)(words, passage),
    cite: async (words) => (await cite)(words),
    emit,
  });
  // Who asked for JSON gets none of the layout that an adapter learned for text.
  const writerOf = (isAdapted: boolean) => (isAdapted && !isFormatted ? skilled : plain);
  // Two that quote are compared; words that may be outdone leave only when they are not.
  const rival = readerBeside(serving.release.spec) ? read : null;
  const isHeld = mayBeSurer(rival?.evidence[0]);
  const said = await ask(serving, question, messages, run, async (text, isAdapted) => {
    if (!(isAdapted && isHeld)) await writerOf(isAdapted).write(text);
  });
  const writer = writerOf(said.isAdapted);
  const own = wordsOf(said);
  const instead = said.isAdapted && rival ? surer(own, rival) : null;
  const name = instead ? "reader" : writer === skilled ? "skill" : "model";
  const answer = await run.step("answer", name, { ...base, draft: said.text, instead }, async (within) => {
    if (instead) {
      const outdone = own.words === null ? "abstention" : `"${own.words}"`;
      within.note(`The reader's words are likelier right than the model's ${outdone}.`);
      return quotedAnswer({ passages, evidence: [instead] }, found.evidence);
    }
    const answer = await writer.finish(said.text);
    noteReader(answer, read, within);
    return answer;
  });
  await writer.complete(answer.text);
  return answer;
}

/** The question with the release's own form, where the request asks for none. */
function formatted({ release }: Serving, question: Question): Question {
  return question.format === undefined && release.spec.format.type !== "text"
    ? { ...question, format: release.spec.format }
    : question;
}

/** Passages of every collection, best first, with the sentences that answer best. */
async function context(serving: Serving, query: string, without: Place[] | undefined, run: Run) {
  const { knowledge } = serving.release.spec;
  const leftOut = without === undefined ? {} : { without };
  const found = await Promise.all(
    Object.entries(knowledge).map(([name, { settings, documentsVersion }]) => {
      const { minSupport: _, ...searched } = settings; // the answer's: another one searches the same
      return run.step(
        "retrieve",
        `${name}@${documentsVersion.slice(0, 12)}`,
        { knowledge: name, query, settings: searched, ...leftOut },
        () => serving.find({ knowledge: name, settings, query, signal: run.signal, ...leftOut }),
      );
    }),
  );
  const all = Object.values(knowledge).map(({ settings }) => settings);
  const minSupport = Math.min(...all.map((settings) => settings.minSupport));
  return { ...mergeFound(found), settings: { ...all[0]!, minSupport } };
}

/** The prompt over the passages that fit the models' context. */
async function passagesPrompt(
  serving: Serving,
  question: Question,
  passages: Found["passages"],
  run: Run,
): Promise<Steps["compose"]["out"]> {
  const { spec } = serving.release;
  const sampling = Sampling.parse({ ...spec.sampling, ...question.sampling });
  return run.step(
    "compose",
    "passages",
    {
      instructions: spec.instructions,
      examples: spec.examples,
      messages: [...question.messages],
      passages: [...passages],
    },
    async (within) => {
      const used = await fitPassages({ serving, question, passages, sampling, within });
      const messages = composeMessages({
        instructions: spec.instructions,
        examples: spec.examples,
        messages: question.messages,
        passages: used.map((i) => passages[i]!),
      });
      return { messages, used };
    },
  );
}

/** A turn of an app without knowledge: instructions, conversation, model. */
async function plainAnswer(serving: Serving, question: Question, run: Run): Promise<TurnAnswer> {
  const { spec } = serving.release;
  const composed = await run.step(
    "compose",
    "plain",
    { instructions: spec.instructions, examples: spec.examples, messages: [...question.messages], passages: [] },
    async () => ({
      messages: composeMessages({
        instructions: spec.instructions,
        examples: spec.examples,
        messages: question.messages,
        passages: [],
      }),
      used: [],
    }),
  );
  let sent = 0;
  const said = await ask(serving, question, composed.messages, run, async (text) => {
    sent += text.length;
    await run.emit({ type: "delta", text });
  });
  if (said.text.length > sent) await run.emit({ type: "delta", text: said.text.slice(sent) });
  return { text: said.text, abstained: false, citations: [] };
}

/** Tries the release's models in order; whatever made one be passed over is noted on its span. */
async function ask(
  serving: Serving,
  question: Question,
  messages: Message[],
  run: Run,
  onDelta: (text: string, isAdapted: boolean) => Promise<void>,
): Promise<Steps["model"]["out"] & { isAdapted: boolean }> {
  const { spec } = serving.release;
  const base = {
    messages,
    sampling: Sampling.parse({ ...spec.sampling, ...question.sampling }),
    format: question.format ?? { type: "text" as const },
    ...(question.topLogprobs === undefined ? {} : { topLogprobs: question.topLogprobs }),
  };
  const failed: string[] = [];
  for (const [i, candidate] of spec.route.entries()) {
    const left = spec.route.slice(i).map(({ model }) => model);
    const { model } = await run.step("route", "ordered", { candidates: left }, async () => ({
      model: candidate.model,
      reason: failed.length === 0 ? "first of the route" : `after ${failed.join("; ")}`,
    }));
    let started = false;
    const adapter = adapterFor(serving.release, model, base.format);
    // How sure a model is that a reader stands beside is told by its log-probabilities.
    const isCompared = adapter !== undefined && readerBeside(spec) !== undefined;
    const request = {
      model,
      ...base,
      ...(adapter === undefined ? {} : { adapter }),
      ...(isCompared && base.topLogprobs === undefined ? { topLogprobs: 0 } : {}),
    };
    const isAdapted = adapter !== undefined;
    try {
      const said = await run.step("model", `${model}@${candidate.version}`, request, () =>
        serving.models.chat(request, {
          signal: run.signal,
          onDelta: (text) => {
            started = true;
            return onDelta(text, isAdapted);
          },
        }),
      );
      return { ...said, isAdapted };
    } catch (error) {
      // Half an answer cannot be taken back, and a cancelled request is not asked elsewhere.
      if (started || run.signal.aborted || i === spec.route.length - 1) throw error;
      failed.push(`${model} failed (${error instanceof PawlError ? error.code : "internal"})`);
    }
  }
  throw new PawlError("app-malformed", "The app names no model.");
}

/**
 * The release's adapter, where it was made for this model, and the answer is asked in the release's own form: weights
 * that learned one form would break another.
 */
function adapterFor({ spec }: Release, model: string, format: ResponseFormat): string | undefined {
  if (spec.adapter?.model !== model) return undefined;
  const isOwn = format.type === "text" ? spec.format.type === "text" : hashOf(format) === hashOf(spec.format);
  return isOwn ? spec.adapter.sha256 : undefined;
}

/** The best words as they stand, cited by the statement that they stand in. */
function quotedAnswer({ passages, evidence }: Found, statements: Found["evidence"]): TurnAnswer {
  const best = evidence[0]!;
  const around = statements.find(
    ({ passage, start, end }) => passage === best.passage && start <= best.start && end >= best.end,
  );
  const { start: from, end: to } = around ?? best;
  const { documentId, title, text, start } = passages[best.passage]!;
  const quote = text.slice(from - start, to - start);
  const citation = { documentId, title, start: from, end: to, quote, support: best.support };
  return { text: `${best.text} [1]`, abstained: false, citations: [citation] };
}
