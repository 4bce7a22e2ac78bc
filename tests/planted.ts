import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as z from "zod";
import { type Host, openHost, readConfig } from "#host";
import { isRight } from "#improve";
import { type CausesReport, ExampleLine, type Turn } from "#schema";
import { embeddedFolder } from "./homes.ts";

/*
 * Apps with one known fault, over the handbook: the questions are such that the sound app answers right, so that what
 * fails is the fault's doing. Each has at most 20 questions.
 */

const root = join(import.meta.dirname, "..");
const handbook = join(root, "examples", "handbook");
const signal = new AbortController().signal;
const report = () => {};

const Line = ExampleLine.and(z.object({ id: z.string(), question: z.string() }));
type Line = z.infer<typeof Line>;
const lines = readFileSync(join(handbook, "questions.jsonl"), "utf8")
  .trim()
  .split("\n")
  .map((line) => Line.parse(JSON.parse(line)))
  .filter(({ split }) => split === "development");

export type Plant = {
  name: string;
  /** What the report's first cause should be; `setting`: what its remedy sets in the app file. */
  wanted: { cause: string; remedy: readonly string[]; setting?: string };
  run(sound: Sound): Promise<CausesReport>;
};

/** The handbook as it is, read once: each plant begins with a copy of its store. */
export type Sound = { home: string; questions: Line[]; close(): void };

export async function soundHandbook(): Promise<Sound> {
  const base = mkdtempSync(join(tmpdir(), "pawl-planted-"));
  const home = join(base, "home");
  mkdirSync(home);
  await embeddedFolder(join(home, "store"));
  await using opened = await open({ home, base, app: {}, questions: lines });
  const questions: Line[] = [];
  for (const line of lines.filter(({ answer }) => answer)) {
    const turn = await opened.ask(line.question);
    // Right also by the first answer and the first place alone, which is all that a correction says.
    const expected = opened.expected(line);
    const corrected = { ...expected, answers: [], places: expected.places.slice(0, 1) };
    if ((await isRight(turn, expected)) && (await isRight(turn, corrected))) questions.push(line);
  }
  return { home, questions, close: () => rmSync(base, { recursive: true, force: true }) };
}

type AppOptions = { instructions?: string; answer?: "sentence" | "model"; knowledge?: Record<string, unknown> };

async function open(what: {
  home: string;
  base: string;
  app: AppOptions;
  questions: readonly object[];
  without?: string;
}) {
  const folder = mkdtempSync(join(what.base, "app-"));
  cpSync(join(handbook, "docs"), join(folder, "docs"), { recursive: true });
  if (what.without) rmSync(join(folder, "docs", what.without));
  writeFileSync(join(folder, "questions.jsonl"), what.questions.map((line) => JSON.stringify(line)).join("\n"));
  const app = {
    name: "handbook",
    instructions:
      what.app.instructions ?? "Answer employees' questions from the handbook, in one or two plain sentences.",
    model: "local/default",
    adapter: false,
    answer: what.app.answer ?? "sentence",
    knowledge: { handbook: { sources: "./docs/*.md", ...what.app.knowledge } },
    evals: { data: "./questions.jsonl" },
  };
  writeFileSync(
    join(folder, "app.ts"),
    `import { defineApp } from "pawl";\nexport default defineApp(${JSON.stringify(app)});\n`,
  );
  const host = await openHost(await readConfig({ appFolder: folder, env: { ...process.env, PAWL_HOME: what.home } }), {
    apps: [folder],
  });
  await host.reload("handbook");
  const ids = new Map(
    (await host.store.query({ sql: "select id, path from documents", params: [] })).map(({ id, path }) => [
      String(path),
      String(id),
    ]),
  );
  const placesOf = (line: Line) =>
    (line.sources ?? []).flatMap(({ path, start, end }) => {
      const documentId = ids.get(`docs/${path}`);
      return documentId ? [{ documentId, start, end }] : [];
    });
  return {
    host,
    placesOf,
    ask: (question: string) =>
      host.ask({
        model: "app/handbook",
        messages: [{ role: "user", content: question }],
        format: { type: "text" },
        signal,
      }),
    expected: (line: Line) => ({
      answer: line.answer,
      answers: line.answers ?? [],
      places: placesOf(line),
      missing: [],
      expect: line.expect ?? [],
    }),
    [Symbol.asyncDispose]: () => host.close(),
  };
}
type Opened = Awaited<ReturnType<typeof open>>;

/** An app with a fault over a copy of the sound store. */
async function planted(
  sound: Sound,
  what: Omit<Parameters<typeof open>[0], "home" | "base">,
  work: (opened: Opened) => Promise<void> | void,
  input: { dataset?: string } = {},
): Promise<CausesReport> {
  const base = mkdtempSync(join(tmpdir(), "pawl-plant-"));
  const home = join(base, "home");
  cpSync(sound.home, home, { recursive: true });
  try {
    await using opened = await open({ ...what, home, base });
    await work(opened);
    return await causesOf(opened.host, input);
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
}

function causesOf(host: Host, input: { dataset?: string }): Promise<CausesReport> {
  return host.improving.causes({ app: "handbook", ...input }, { signal, report });
}

/** A thumb down on each answer that is wrong, and the right answer, with its place or without. */
async function correctWrong(opened: Opened, questions: readonly Line[], withPlace: boolean): Promise<void> {
  for (const line of questions) {
    const turn = await opened.ask(line.question);
    if (await isRight(turn, opened.expected(line))) await say(opened, turn, 1);
    else await correct(opened, turn, line, withPlace);
  }
}

async function say({ host }: Opened, turn: Turn, value: 1 | -1): Promise<void> {
  await host.feedback(turn.id, { kind: "thumb", value, rater: "ann" });
}

async function correct(opened: Opened, turn: Turn, line: Line, withPlace: boolean): Promise<void> {
  const [passage] = opened.placesOf(line);
  await say(opened, turn, -1);
  await opened.host.feedback(turn.id, {
    kind: "correction",
    value: String(line.answer),
    rater: "ann",
    ...(withPlace && passage ? { passage } : {}),
  });
}

/** Questions that one document answers, and then others. */
function about(sound: Sound, nth: number): { path: string; questions: Line[] } {
  const groups = [...Map.groupBy(sound.questions, ({ sources }) => sources?.[0]?.path ?? "")];
  const [path = "", members = []] = groups.sort((a, b) => b[1].length - a[1].length)[nth] ?? [];
  return { path, questions: [...members, ...sound.questions.filter((line) => !members.includes(line)).slice(0, 10)] };
}

const jsonForm = {
  type: "object",
  properties: { answer: { type: "string" }, page: { type: "string" } },
  required: ["answer", "page"],
  additionalProperties: false,
};
const inJson = (line: Line) => ({
  ...line,
  answers: [],
  answer: JSON.stringify({ answer: line.answer, page: line.sources?.[0]?.path.slice(0, 2) }),
  expect: [{ scorer: "is-json", options: { value: jsonForm } }],
});
const inLine = (line: Line) => ({
  ...line,
  answers: [],
  answer: `ANSWER ${line.answer} PAGE ${line.sources?.[0]?.path.slice(0, 2)}`,
  expect: [{ scorer: "regex", options: { value: "^ANSWER .+ PAGE \\d\\d$" } }],
});
/** Only the form is asked of these: what the answer says is another question. */
const formOnly = <T extends { answer: unknown }>({ answer: _, ...line }: T) => line;

export const plants: readonly Plant[] = [
  {
    name: "a document deleted, examples name it",
    wanted: { cause: "document-missing", remedy: ["document"] },
    run: (sound) => {
      const { path, questions } = about(sound, 0);
      return planted(sound, { app: {}, questions, without: path }, () => {}, { dataset: "questions" });
    },
  },
  {
    name: "a document deleted, people give the answer",
    wanted: { cause: "document-missing", remedy: ["document"] },
    run: (sound) => {
      const { path, questions } = about(sound, 1);
      return planted(sound, { app: {}, questions: [], without: path }, (opened) =>
        correctWrong(opened, questions, false),
      );
    },
  },
  {
    name: "chunks of ten tokens, examples",
    wanted: { cause: "passage-lost", remedy: ["retrieval"], setting: "chunkTokens" },
    run: (sound) =>
      planted(sound, { app: { knowledge: { chunkTokens: 10 } }, questions: sound.questions.slice(0, 20) }, () => {}, {
        dataset: "questions",
      }),
  },
  {
    name: "chunks of sixteen tokens, people show the place",
    wanted: { cause: "passage-lost", remedy: ["retrieval"], setting: "chunkTokens" },
    run: (sound) =>
      planted(sound, { app: { knowledge: { chunkTokens: 16 } }, questions: [] }, (opened) =>
        correctWrong(opened, sound.questions.slice(-20), true),
      ),
  },
  {
    name: "JSON demanded",
    wanted: { cause: "form", remedy: ["prompt"], setting: "output" },
    run: (sound) =>
      planted(
        sound,
        { app: { answer: "model" }, questions: sound.questions.slice(0, 6).map(inJson).map(formOnly) },
        () => {},
        { dataset: "questions" },
      ),
  },
  {
    name: "a line of a fixed form demanded",
    // No grammar holds it: what examples do to the model decides between them and training.
    wanted: { cause: "form", remedy: ["prompt", "tune"] },
    run: (sound) =>
      planted(sound, { app: { answer: "model" }, questions: sound.questions.slice(6, 12).map(inLine) }, () => {}, {
        dataset: "questions",
      }),
  },
  {
    name: "no citation rule, skills off",
    wanted: { cause: "prompt", remedy: ["prompt"] },
    run: (sound) =>
      planted(
        sound,
        {
          app: { answer: "model", instructions: "Chat with employees of Larkfield Instruments in your own words." },
          questions: sound.questions.slice(0, 6),
        },
        () => {},
        { dataset: "questions" },
      ),
  },
  {
    name: "no citation rule, skills off, people give the answer",
    wanted: { cause: "prompt", remedy: ["prompt"] },
    run: (sound) => {
      const instructions = "You are a friendly colleague. Encourage people, whatever they ask, and never quote.";
      return planted(sound, { app: { answer: "model", instructions }, questions: [] }, (opened) =>
        correctWrong(opened, sound.questions.slice(8, 14), true),
      );
    },
  },
  {
    name: "nothing wrong, thumbs down from a strict rater",
    wanted: { cause: "none", remedy: ["none"] },
    run: (sound) => {
      const questions = sound.questions.slice(0, 20);
      return planted(
        sound,
        { app: {}, questions },
        async (opened) => {
          for (const line of questions.slice(0, 6)) await say(opened, await opened.ask(line.question), -1);
        },
        { dataset: "questions" },
      );
    },
  },
  {
    name: "nothing wrong, corrections that say the same",
    wanted: { cause: "none", remedy: ["none"] },
    run: (sound) =>
      planted(sound, { app: {}, questions: [] }, async (opened) => {
        for (const line of sound.questions.slice(-8))
          await correct(opened, await opened.ask(line.question), line, true);
      }),
  },
];

/** Whether a report's first cause and remedy are the wanted ones, and no document that is missing leads to training. */
export function isNamed({ wanted }: Plant, { causes }: CausesReport): boolean {
  const [first] = causes;
  const isTuned = causes.some(({ remedy }) => remedy.kind === "tune");
  if (wanted.cause === "document-missing" && isTuned) return false;
  if (wanted.cause === "none") return causes.every(({ name }) => name === "none");
  const isSet = wanted.setting === undefined || wanted.setting in (first?.remedy.settings ?? {});
  return first?.name === wanted.cause && wanted.remedy.includes(first.remedy.kind) && isSet;
}
