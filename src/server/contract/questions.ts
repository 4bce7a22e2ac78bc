import * as z from "zod";
import { QuestionStage, QuestionsReport } from "#schema";
import type { Route } from "../route.ts";
import { ById, Job } from "./shapes.ts";

/** Questions from an app's own documents, and what its documents leave open. */
export const questionsRoutes = {
  writeQuestions: {
    method: "POST",
    path: "/api/apps/{id}/questions",
    tag: "knowledge",
    summary:
      "Write questions that the documents answer, and ask the app; a job whose result is a report, the same one goes on where it was",
    params: ById,
    body: z.object({
      count: z.int().min(1).max(2000).default(20),
      share: z.number().min(0).max(0.9).default(0).describe("of them that have no answer: their place is left out"),
      path: z.string().optional().describe("a document's path in the app, or a folder's; none: all documents"),
      model: z.string().optional().describe("the chat model that writes; none: the small one with pawl's skill"),
      isAsked: z.boolean().default(true).describe("false: only written"),
      seed: z.int().default(1),
      minutes: z.number().positive().optional().describe("stop writing after so long with what there is; none: never"),
    }),
    status: 202,
    out: Job,
  },
  questions: {
    method: "GET",
    path: "/api/apps/{id}/questions",
    tag: "knowledge",
    summary: "The newest report of written questions and how the app fared with them",
    params: ById,
    out: z.object({ report: QuestionsReport.nullable() }),
  },
  gaps: {
    method: "GET",
    path: "/api/apps/{id}/gaps",
    tag: "knowledge",
    summary: "Documents that answer nothing, and questions that find nothing",
    params: ById,
    out: z.object({
      documents: z.array(
        z.object({
          id: z.string(),
          path: z.string(),
          title: z.string(),
          cited: z.int().describe("answers that cite it"),
          written: z.int().nullable().describe("questions written from it; null: none was tried"),
          answered: z.int().nullable().describe("of the kept ones, those that were answered from it"),
          notes: z.array(z.string()).describe("pages without text, a language that is not known"),
        }),
      ),
      questions: z.array(
        z.object({
          question: z.string(),
          turn: z.string(),
          isWritten: z.boolean().describe("written from a document; else somebody asked it"),
          stage: QuestionStage.nullable().describe("where it was lost; null: nobody said where its answer stands"),
        }),
      ),
    }),
  },
} as const satisfies Record<string, Route>;
