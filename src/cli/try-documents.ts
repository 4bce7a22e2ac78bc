import { readFile, writeFile } from "node:fs/promises";
import { fromProblem, PawlError } from "#kernel";
import type { QuestionStage, QuestionsReport } from "#schema";
import { type Connection, connect } from "./connect.ts";
import { dim, print, say } from "./draw.ts";
import { ingested } from "./ingest.ts";
import { appText, questionsFile } from "./init.ts";
import { datasetOf, written } from "./questions.ts";

/** What became of the questions at the first run. */
export type Tried = {
  questions: number;
  answered: number;
  lost: { question: string; stage: QuestionStage; turn: string }[];
  /** Files that could not be read, and what was passed over. */
  notes: string[];
};

/** A first run is not to take longer than a coffee: on a slow machine there are fewer questions. */
const longestMinutes = 7;

/** Why an app can be made and not be tried: told, and no failure of the app. */
const untriable = new Set(["model-file-unavailable", "model-unknown", "document-language", "dataset-empty"]);

/** Questions from the documents of the app in the current folder, asked of it; they become its dataset. */
export async function tryDocuments(what: {
  count: number;
  isSaid: boolean;
  app: { name: string; text: string; source: string };
}): Promise<Tried> {
  const none: Tried = { questions: 0, answered: 0, lost: [], notes: [] };
  if (what.count === 0) return none;
  let connection: Connection | undefined;
  try {
    connection = await connect("app.ts"); // without a way to the models it cannot read the documents either
    const refused = await unreadIn(connection);
    const report = await written(connection, {
      count: what.count,
      share: 0,
      seed: 1,
      isAsked: true,
      minutes: longestMinutes,
    });
    if (report.questions.length > 0) {
      const { name, text, source } = what.app;
      // What somebody changed meanwhile stays as it is.
      if ((await readFile("app.ts", "utf8")) === text) await writeFile("app.ts", appText(name, source, questionsFile));
      await writeFile(questionsFile, datasetOf(report));
    }
    const told = { ...report, notes: [...refused, ...report.notes] };
    if (what.isSaid) await draw(told, connection);
    return triedOf(told);
  } catch (error) {
    if (!(error instanceof PawlError) || !untriable.has(error.code)) throw error;
    const note = `It could not be tried with questions of its own: ${error.message} ${error.hint ?? ""}`.trim();
    if (what.isSaid) say(note);
    return { ...none, notes: [note] };
  } finally {
    await connection?.close();
  }
}

/**
 * The files that could not be read, each with why.
 *
 * @throws PawlError the first one's, where none could be read
 */
async function unreadIn(connection: Connection): Promise<string[]> {
  const documents = await ingested(connection);
  const refused = documents.filter(({ status }) => status === "refused");
  const [first] = refused;
  if (first && refused.length === documents.length)
    throw fromProblem({
      code: first.code ?? "document-unreadable",
      title: `${first.path}: ${first.message ?? "It could not be read."}`,
      ...(first.hint ? { hint: first.hint } : {}),
    });
  return refused.map(({ path, message, hint }) => `${path} was not read: ${message ?? ""} ${hint ?? ""}`.trim());
}

function triedOf({ asked, notes }: QuestionsReport): Tried {
  const lost = asked.filter(({ stage }) => stage !== "answered");
  return {
    questions: asked.length,
    answered: asked.length - lost.length,
    lost: lost.map(({ question, stage, turn }) => ({ question, stage, turn })),
    notes,
  };
}

/** So much of an answer is printed. */
const longestSaid = 160;

/** How a lost question is told, after a number. */
const words: Record<QuestionStage, string> = {
  answered: "answered",
  missing: "whose document is gone",
  split: "lost at chunking",
  "not-retrieved": "not found",
  "fused-out": "ranked too low",
  cut: "found, and not answered",
  answer: "answered differently",
};

async function draw({ asked, notes }: QuestionsReport, { client }: Connection): Promise<void> {
  const stages = Map.groupBy(asked, ({ stage }) => stage);
  const told = Object.entries(words).flatMap(([stage, said]) => {
    const count = stages.get(stage as QuestionStage)?.length ?? 0; // the keys of \`words\`
    return count === 0 ? [] : [`${count} ${said}`];
  });
  print(
    asked.length === 0
      ? "No question could be written from your documents."
      : `${asked.length} questions from your documents: ${told.join(", ")}.`,
  );
  for (const note of notes) say(note);
  const lost = asked.filter(({ stage }) => stage !== "answered");
  if (lost.length > 0) {
    for (const { question, answer, stage, turn: id } of lost) {
      const said = (await client.turn({ params: { id } })).answer;
      const got = said === null || said.abstained ? "no answer" : said.text.replaceAll("\n", " ").slice(0, longestSaid);
      print(`${words[stage]}: ${question} ${dim(id)}`);
      print(dim(`  expected: ${answer ?? "no answer"} · answered: ${got}`));
    }
    say("Step by step: npx pawl trace TURN. Why, and what would mend it: npx pawl causes");
  }
  if (asked.length > 0)
    say(`They are in ${questionsFile}, the app's dataset. Look at them under Knowledge in the console.`);
}
