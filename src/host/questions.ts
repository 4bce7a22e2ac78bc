import * as z from "zod";
import { skill } from "#app";
import {
  type Attempt,
  type QuestionParts,
  type QuestionSource,
  sourcesIn,
  type WrittenQuestions,
  writeQuestions,
} from "#data";
import { isRight, lostAt } from "#improve";
import { hashOf, PawlError } from "#kernel";
import {
  documentText,
  indexOf,
  listChunks,
  readDocumentRow,
  retrieve,
  type StoredChunk,
  storedChunks,
} from "#knowledge";
import {
  type AskedQuestion,
  type Json,
  type Place,
  type QuestionStage,
  QuestionsReport,
  type Release,
  type ReleaseSpec,
  Sampling,
  supportNeeded,
  type Turn,
  type WrittenQuestion,
} from "#schema";
import { mean } from "#stats";
import type { JobContext, Jobs } from "#store";
import { collectionOf } from "./apps.ts";
import type { HostCore } from "./core.ts";
import { doneTurn } from "./done-turn.ts";
import { type Gaps, gapsOf } from "./gaps.ts";

export const QuestionsInput = z.object({
  app: z.string(),
  count: z.int(),
  /** Of the questions, those that nothing answers. */
  share: z.number(),
  /** A document's path in the app, or a folder's; none: all. */
  path: z.string().optional(),
  /** The chat model that writes; none: the small one with pawl's skill. */
  model: z.string().optional(),
  /** Whether the app is asked them too. */
  isAsked: z.boolean(),
  seed: z.int(),
  /** Writing stops after so long, with what there is. */
  minutes: z.number().optional(),
});
export type QuestionsInput = z.infer<typeof QuestionsInput>;

/** Questions from an app's own documents, and how the app fares with them. */
export type Questions = {
  /** Writes them, as a job whose result is a report; the same request goes on where it was. */
  write(input: QuestionsInput): Promise<string>;
  /** The newest report of an app in which it was asked; null before the first. */
  newest(app: string): Promise<QuestionsReport | null>;
  /** sha256 of the adapter that pawl ships for writing questions; null: none, or skills are off. */
  skill(): Promise<string | null>;
  /** Documents that answer nothing, and questions that find nothing. */
  gaps(app: string): Promise<Gaps>;
  /** Ends when `signal` of `openQuestions` is aborted. */
  readonly ended: Promise<unknown>;
};

/** The model that writes where none is named: small, on this machine, with a skill that pawl ships. */
const usualWriter = "local/default";
/** A question's length at most. */
const longestQuestion = 48;
/** An answer's length at most: words of a passage. */
const longestAnswer = 32;
/** So many passages are looked at for where a question's own stands. */
const searched = 15;
/** The language that the small models know. */
const english = "en";

export function openQuestions(host: HostCore, signal: AbortSignal): Questions {
  const { jobs } = host.ingesting;

  async function run(job: JobContext): Promise<QuestionsReport> {
    const input = QuestionsInput.parse(job.input);
    const release = await host.answering(input.app, job.signal); // a job that a restart interrupted is early
    const from = Date.now() - secondsOf(job.recorded(spent)) * 1000;
    const { sources, notes } = await sourcesOf(host, release.spec, input);
    const { parts, note } = await writerOf(host, release.spec, input, job);
    const { count, share, seed, isAsked, minutes = Infinity } = input;
    const isTimeUp = () => Date.now() - from > minutes * 60_000;
    // On every report, as who watches sees the last one only.
    const goesOn = secondsOf(job.recorded(spent)) > 0 ? { note: "Going on: what was written before is kept." } : {};
    /** The longest that it can still take is said beside what is done. */
    const report: typeof job.report = (progress) => {
      const left = Math.max(0, Math.ceil(minutes - (Date.now() - from) / 60_000));
      const task = Number.isFinite(left) ? `${progress.task}, ${left} min at most` : progress.task;
      job.report({ ...progress, task, ...goesOn });
    };
    const written = await writeQuestions(sources, {
      ...{ ...parts, count, share, seed, isTimeUp },
      report,
      isFound: !isAsked,
      record: async (step, attempts) => {
        await parts.record(step, attempts);
        await job.record(spent, (Date.now() - from) / 1000);
      },
    });
    const endedAfter = isTimeUp() ? minutes : null;
    const asked: AskedQuestion[] = [];
    for (const question of input.isAsked ? written.questions : []) {
      job.signal.throwIfAborted();
      asked.push(await askedOf(host, release, question, job.signal));
      job.report({ task: "asking the app", done: asked.length, total: written.questions.length, unit: "examples" });
    }
    return {
      app: input.app,
      release: release.id,
      createdAt: new Date().toISOString(),
      seconds: (Date.now() - from) / 1000,
      written: written.written,
      kept: written.kept,
      questions: written.questions,
      asked,
      documents: written.documents,
      notes: [
        ...notes,
        ...(note === null ? [] : [note]),
        ...(written.kept < count ? [shortNote(written, endedAfter)] : []),
      ],
    };
  }

  const ended = jobs.work("questions", async (job) => plain(await run(job)), { signal });

  const questions: Questions = {
    ended,
    skill: async () => (await skillHere(host, "asking"))?.sha256 ?? null,
    gaps: async (app) => gapsOf(host, app, await questions.newest(app)),
    async write(input) {
      const [reader, writer] = [await host.gateway.readerSkill(), await questions.skill()];
      const voice = (await skillHere(host, "answering"))?.sha256 ?? null;
      return jobs.enqueue("questions", plain(input), { key: hashOf({ input, reader, writer, voice }) });
    },
    newest: (app) => newestQuestions(jobs, app),
  };
  return questions;
}

/** The newest report of an app in which it was asked; null before the first. */
export async function newestQuestions(jobs: Jobs, app: string): Promise<QuestionsReport | null> {
  const done = await jobs.list({ kind: "questions", status: "done", limit: 200 });
  const reports = done.map(({ result }) => QuestionsReport.parse(result));
  return reports.find((report) => report.app === app && report.asked.length > 0) ?? null;
}

/** A step that holds the seconds spent so far, by all attempts at the job. */
const spent = "seconds";

function secondsOf(recorded: Json | undefined): number {
  return typeof recorded === "number" ? recorded : 0;
}

/** The passages to write from, of documents in a language that the models know. */
async function sourcesOf(host: HostCore, spec: ReleaseSpec, { app, path, model }: QuestionsInput) {
  const chunks: StoredChunk[] = [];
  for (const [name, { settings }] of Object.entries(spec.knowledge)) {
    const index = await indexOf(host.gateway, collectionOf(app, name), settings);
    chunks.push(...(await storedChunks(host.store, index, path)));
  }
  if (chunks.length === 0)
    throw new PawlError("dataset-empty", `${path ?? app} has no text to ask about.`, {
      hint: "`pawl ingest` says what became of each file: scans need their text read first, and empty files have none.",
    });
  // A model that somebody names is believed to know the language of the documents.
  const isKnown = (language: string | null) => model !== undefined || language === null || language === english;
  const readable = chunks.filter(({ language }) => isKnown(language));
  const passedOver = new Map(chunks.flatMap(({ language, path }) => (isKnown(language) ? [] : [[path, language]])));
  if (readable.length === 0)
    throw new PawlError("document-language", `The small models know English, and ${namedWith(passedOver)}.`, {
      hint: "`pawl data questions --model provider/model` writes with a model that knows the language.",
      details: { languages: [...new Set(passedOver.values())] },
    });
  const sources: QuestionSource[] = [];
  for (const [id, own] of Map.groupBy(readable, ({ documentId }) => documentId))
    sources.push(...sourcesIn(own, await documentText(host.store, id)));
  const notes = [...passedOver].map(
    ([path, language]) =>
      `${path} was passed over: it is in ${language === null ? "another language" : languageNames.of(language)}, and the small models know English.`,
  );
  return { sources, notes };
}

const languageNames = new Intl.DisplayNames("en", { type: "language" });

/** "urlaub.md is in German": the first document of another language, and how many more. */
function namedWith(passedOver: ReadonlyMap<string, string | null>): string {
  const [[path = "", language = null] = []] = passedOver;
  const more = passedOver.size === 1 ? "" : ` (and ${passedOver.size - 1} more like it)`;
  return `${path} is in ${language === null ? "another language" : languageNames.of(language)}${more}`;
}

/** The writer, the search and the reader that a question goes through. */
async function writerOf(
  host: HostCore,
  spec: ReleaseSpec,
  { app, model: wanted }: QuestionsInput,
  { signal, report, recorded, record }: JobContext,
): Promise<{ parts: QuestionParts; note: string | null }> {
  const { store, gateway: models } = host;
  const described = await models.describe(wanted ?? usualWriter);
  const model = { model: described.id, version: described.version };
  const skill = wanted === undefined ? await models.addSkill("asking", model) : null;
  const { reader, note } = await models.findReader();
  if (reader === null)
    throw new PawlError("model-unknown", "There is no reader to take a question's way back with.", {
      hint: note ?? "Turn skills on: pawl models enable skills",
    });
  const sampling = Sampling.parse({ temperature: 0, maxTokens: longestQuestion });
  const parts: QuestionParts = {
    async ask(messages) {
      // Hosted models seldom tell how likely their words are.
      const isTold = model.model.startsWith("local/") ? { topLogprobs: 0 } : {};
      const asked = { messages, sampling, format: { type: "text" as const }, ...isTold };
      const request = { model: model.model, priority: "background" as const, ...asked };
      const said = await models.chat(skill === null ? request : { ...request, adapter: skill.sha256 }, { signal });
      const told = said.logprobs?.map(({ logprob }) => logprob) ?? [];
      return { text: said.text, likelihood: told.length === 0 ? null : mean(told) };
    },
    async search(query, without) {
      const found = await Promise.all(
        Object.entries(spec.knowledge).map(([name, { settings }]) =>
          retrieve({
            store,
            models,
            knowledge: collectionOf(app, name),
            settings: { ...settings, passages: searched },
            query,
            signal,
            ...(without === null ? {} : { without: [without] }),
          }),
        ),
      );
      return found.flatMap(({ passages }) => passages).sort((a, b) => b.score - a.score);
    },
    read: async (question, passages) =>
      (await models.read({ model: reader.model, question, passages, priority: "background" }, { signal })).spans,
    ...(await secondVoice(host, { instructions: spec.instructions, signal })),
    // A step is recorded by this very function.
    recorded: (step) => recorded(step) as Attempt[] | undefined,
    record: (step, attempts) => record(step, plain(attempts)),
    signal,
    report,
  };
  const isBare = skill === null && wanted === undefined;
  return { parts, note: isBare ? "The questions were written without pawl's skill: few of them hold." : null };
}

/** A skill that pawl ships for the small model; null: none, or skills are off. */
async function skillHere({ gateway: models }: Pick<HostCore, "gateway">, name: string) {
  const { id: model, version } = await models.describe(usualWriter);
  return models.addSkill(name, { model, version });
}

/** The small model with pawl's answering skill, where it is there. */
async function secondVoice(
  { gateway: models }: HostCore,
  { instructions, signal }: { instructions: string; signal: AbortSignal },
): Promise<Pick<QuestionParts, "answer">> {
  const adapter = await skillHere({ gateway: models }, "answering");
  if (adapter === null) return {};
  const { id: model } = await models.describe(usualWriter);
  const sampling = Sampling.parse({ temperature: 0, maxTokens: longestAnswer });
  const { isAbstention, ownMark, skillPrompt } = await skill();
  return {
    async answer(question, passage) {
      const messages = skillPrompt({ instructions, examples: [], passages: [passage], question });
      const asked = { model, messages, sampling, format: { type: "text" as const }, priority: "background" as const };
      const { text } = await models.chat({ ...asked, adapter: adapter.sha256 }, { signal });
      return isAbstention(text) ? null : text.replace(ownMark, "").trim();
    },
  };
}

/** The app's own answer to a question; of the same release it is asked until it answered once. */
async function askedOf(
  host: HostCore,
  release: Release,
  question: WrittenQuestion,
  signal: AbortSignal,
): Promise<AskedQuestion> {
  const { documentId, start, end } = question;
  const without = question.answer === null ? { without: [{ documentId, start, end }] } : {};
  const { id } = await doneTurn(host, {
    key: { release: release.id, question },
    ...{ release, session: `questions_${release.id}`, signal },
    question: { messages: [{ role: "user" as const, content: question.question }], ...without },
  });
  const turn = await host.turn(id); // with what its steps were given
  return { ...question, turn: turn.id, stage: await stageOf(host, release.spec, question, turn, signal) };
}

/** Where a question was lost on its way to the answer. */
async function stageOf(
  host: HostCore,
  spec: ReleaseSpec,
  question: WrittenQuestion,
  turn: Turn,
  signal: AbortSignal,
): Promise<QuestionStage> {
  const { documentId, start, end, answer } = question;
  const place: Place = { documentId, start, end };
  const places = answer === null ? [] : [place];
  if (await isRight(turn, { answer, answers: [], places, missing: [], expect: [] })) return "answered";
  if (answer === null) return "answer";
  const document = await readDocumentRow(host.store, documentId).catch(unlessGone);
  if (document === null) return "missing";
  const [app = "", name = ""] = document.knowledge.split("/");
  const settings = spec.knowledge[name]?.settings;
  if (settings === undefined) return "missing";
  const index = await indexOf(host.gateway, collectionOf(app, name), settings);
  const pool = await retrieve({
    store: host.store,
    models: host.gateway,
    knowledge: document.knowledge,
    settings: { ...settings, passages: 50 },
    query: question.question,
    signal,
  });
  const chunks = await listChunks(host.store, documentId, index);
  const stage = await lostAt({ turn, place, minSupport: supportNeeded(spec), chunks, pool: pool.passages });
  return stage ?? (turn.answer?.abstained ? "cut" : "answer");
}

function unlessGone(error: unknown): null {
  if (error instanceof PawlError && error.code === "document-unknown") return null;
  throw error;
}

function shortNote({ written, kept, faults }: WrittenQuestions, minutes: number | null): string {
  const told = faults.map(({ fault, count }) => `${fault} (${count})`).join(", ");
  if (kept === 0 && told === "" && minutes === null) return "The documents hold nothing that a question could ask for.";
  const soFar = minutes === null ? "" : ` in ${minutes} minutes`;
  const of = `${written} question${written === 1 ? "" : "s"} that pawl wrote${soFar}`;
  return `Of ${of}, ${kept === 0 ? "none" : kept} passed all its checks. What the others were: ${told || "nothing"}.`;
}

function plain(value: unknown): Json {
  return JSON.parse(JSON.stringify(value));
}
