import { readFile, writeFile } from "node:fs/promises";
import { PawlError } from "#kernel";
import type { QuestionStage, QuestionsReport } from "#schema";
import { type Connection, connect } from "./connect.ts";
import { dim, print, say, table } from "./draw.ts";
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
    if (what.isSaid) draw(report);
    return triedOf(report);
  } catch (error) {
    if (!(error instanceof PawlError) || !untriable.has(error.code)) throw error;
    const note = `It could not be tried with questions of its own: ${error.message} ${error.hint ?? ""}`.trim();
    if (what.isSaid) say(note);
    return { ...none, notes: [note] };
  } finally {
    await connection?.close();
  }
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

/** How a lost question is told, after a number. */
const words: Record<QuestionStage, string> = {
  answered: "answered",
  missing: "whose document is gone",
  split: "lost at chunking",
  "not-retrieved": "not found",
  "fused-out": "ranked too low",
  cut: "found, and not answered",
  answer: "answered with other words",
};

function draw({ asked, notes }: QuestionsReport): void {
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
    print(table(lost.map(({ question, stage, turn }) => [words[stage], question, dim(turn)])));
    say("Step by step: npx pawl trace TURN. What would mend it: npx pawl causes --data questions.jsonl");
  }
  if (asked.length > 0)
    say(`They are in ${questionsFile}, the app's dataset. Look at them under Knowledge in the console.`);
}
