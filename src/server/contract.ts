import * as z from "zod";
import {
  Chunk,
  Document,
  DocumentStatus,
  Evidence,
  Feedback,
  FeedbackBody,
  KnowledgeSettings,
  Outcome,
  OutcomeBody,
  Passage,
  Release,
  Turn,
  TurnStatus,
  TurnSummary,
} from "#schema";
import {
  ChatCompletion,
  ChatCompletionBody,
  ChatCompletionChunk,
  Embeddings,
  EmbeddingsBody,
  ModelList,
} from "./openai.ts";
import type { Route } from "./route.ts";

const Page = { cursor: z.string().optional(), limit: z.coerce.number().int().min(1).max(500).default(50) };
const ById = z.object({ id: z.string() });

export const ProgressBody = z.object({
  task: z.string(),
  done: z.number(),
  total: z.number().optional(),
  unit: z.enum(["bytes", "documents", "chunks", "pages", "steps", "examples"]).optional(),
  note: z.string().optional(),
});

export const Health = z.object({
  status: z.enum(["starting", "ready", "failed"]),
  version: z.string(),
  pid: z.int(),
  store: z.enum(["embedded", "server"]),
  apps: z.array(
    z.object({
      name: z.string(),
      release: z.string().nullable(),
      state: z.enum(["loading", "ingesting", "ready", "failed"]),
      progress: ProgressBody.nullable(),
      error: z.object({ code: z.string(), message: z.string(), hint: z.string().optional() }).nullable(),
    }),
  ),
  memoryMb: z.number(),
});

export const AppInfo = z.object({
  name: z.string(),
  release: z.string().nullable(),
  answer: z.enum(["sentence", "model"]),
  instructions: z.string(),
  models: z.array(z.string()),
  knowledge: z.array(z.string()),
  questions: z.array(z.string()).describe("a few questions to try, from the app file"),
  error: z.object({ code: z.string(), message: z.string(), hint: z.string().optional() }).nullable(),
});

export const IngestedDocument = z.object({
  id: z.string(),
  path: z.string(),
  status: DocumentStatus,
  chunks: z.int(),
  code: z.string().optional(),
  message: z.string().optional(),
  hint: z.string().optional(),
});

export const Job = z.object({
  id: z.string(),
  kind: z.string(),
  status: z.enum(["queued", "running", "done", "failed", "cancelled"]),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
  progress: ProgressBody.nullable(),
  result: z.unknown(),
  error: z.object({ code: z.string(), message: z.string(), hint: z.string().optional() }).nullable(),
});

export const Collection = z.object({
  app: z.string(),
  name: z.string(),
  documents: z.int(),
  chunks: z.int(),
  sources: z.array(z.string()),
  settings: KnowledgeSettings,
});

/** Every request that pawl answers. Paths under `/v1` are OpenAI's. */
export const contract = {
  health: {
    method: "GET",
    path: "/health",
    tag: "host",
    summary: "503 until every app is ready, then 200",
    out: Health,
  },

  chat: {
    method: "POST",
    path: "/v1/chat/completions",
    tag: "openai",
    summary: "Ask an app (`app/NAME`) or a model (`provider/model`)",
    body: ChatCompletionBody,
    out: ChatCompletion,
    events: ChatCompletionChunk,
  },
  embeddings: {
    method: "POST",
    path: "/v1/embeddings",
    tag: "openai",
    summary: "Embed texts",
    body: EmbeddingsBody,
    out: Embeddings,
  },
  models: {
    method: "GET",
    path: "/v1/models",
    tag: "openai",
    summary: "Apps and models, each with its kind",
    out: ModelList,
  },

  apps: {
    method: "GET",
    path: "/api/apps",
    tag: "apps",
    summary: "The apps that are served",
    out: z.object({ apps: z.array(AppInfo) }),
  },
  releases: {
    method: "GET",
    path: "/api/releases",
    tag: "apps",
    summary: "Releases, newest first",
    query: z.object({ app: z.string().optional() }),
    out: z.object({ releases: z.array(Release) }),
  },

  turns: {
    method: "GET",
    path: "/api/turns",
    tag: "turns",
    summary: "Turns, newest first",
    query: z.object({
      app: z.string().optional(),
      session: z.string().optional(),
      release: z.string().optional(),
      status: TurnStatus.optional(),
      thumb: z.enum(["up", "down", "none"]).optional(),
      abstained: z.enum(["true", "false"]).optional(),
      q: z.string().optional().describe("words of the question or the answer"),
      ...Page,
    }),
    out: z.object({ turns: z.array(TurnSummary), next: z.string().nullable(), total: z.int() }),
  },
  turn: {
    method: "GET",
    path: "/api/turns/{id}",
    tag: "turns",
    summary: "One turn with its spans, feedback and outcomes",
    params: ById,
    out: Turn.extend({ feedback: z.array(Feedback), outcomes: z.array(Outcome) }),
  },
  replay: {
    method: "POST",
    path: "/api/turns/{id}/replay",
    tag: "turns",
    summary: "Run a stored turn again: what is known is not asked again",
    params: ById,
    body: z.object({
      release: z.string().optional(),
      faithful: z.boolean().default(false).describe("refuse where a step differs"),
    }),
    out: Turn,
  },
  feedback: {
    method: "POST",
    path: "/api/turns/{id}/feedback",
    tag: "turns",
    summary: "A person's signal; the same rater and kind replaces",
    params: ById,
    body: FeedbackBody,
    out: Feedback,
  },
  outcome: {
    method: "POST",
    path: "/api/turns/{id}/outcome",
    tag: "turns",
    summary: "What came of the turn",
    params: ById,
    body: OutcomeBody,
    out: Outcome,
  },

  knowledge: {
    method: "GET",
    path: "/api/knowledge",
    tag: "knowledge",
    summary: "Collections",
    out: z.object({ collections: z.array(Collection) }),
  },
  documents: {
    method: "GET",
    path: "/api/documents",
    tag: "knowledge",
    summary: "Documents, by path",
    query: z.object({
      app: z.string().optional(),
      knowledge: z.string().optional(),
      q: z.string().optional(),
      ...Page,
    }),
    out: z.object({ documents: z.array(Document), next: z.string().nullable(), total: z.int() }),
  },
  document: {
    method: "GET",
    path: "/api/documents/{id}",
    tag: "knowledge",
    summary: "One document",
    params: ById,
    out: Document,
  },
  documentText: {
    method: "GET",
    path: "/api/documents/{id}/text",
    tag: "knowledge",
    summary: "The normalised text that every range points into",
    params: ById,
    out: "text",
  },
  documentChunks: {
    method: "GET",
    path: "/api/documents/{id}/chunks",
    tag: "knowledge",
    summary: "The chunks of a document, in order",
    params: ById,
    out: z.object({ chunks: z.array(Chunk) }),
  },
  deleteDocument: {
    method: "DELETE",
    path: "/api/documents/{id}",
    tag: "knowledge",
    summary: "Forget a document",
    params: ById,
    out: z.object({ deleted: z.string() }),
  },
  upload: {
    method: "POST",
    path: "/api/documents",
    tag: "knowledge",
    summary: "Add one document: the request body is the file",
    query: z.object({
      app: z.string(),
      knowledge: z.string().optional(),
      path: z.string().describe("its name, with the extension"),
    }),
    upload: true,
    out: IngestedDocument,
  },
  ingest: {
    method: "POST",
    path: "/api/ingest",
    tag: "knowledge",
    summary: "Read the app's sources again, or files and folders of this machine; answers with a job",
    body: z.object({ app: z.string(), knowledge: z.string().optional(), paths: z.array(z.string()).optional() }),
    status: 202,
    out: Job,
  },
  search: {
    method: "GET",
    path: "/api/search",
    tag: "knowledge",
    summary: "What a question would find, with the score and rank of each stage",
    query: z.object({
      app: z.string(),
      knowledge: z.string().optional(),
      q: z.string().min(1),
      limit: z.coerce.number().int().min(1).max(100).default(10),
    }),
    out: z.object({ passages: z.array(Passage), evidence: z.array(Evidence), ms: z.number() }),
  },

  jobs: {
    method: "GET",
    path: "/api/jobs",
    tag: "jobs",
    summary: "Background work, newest first",
    out: z.object({ jobs: z.array(Job) }),
  },
  job: {
    method: "GET",
    path: "/api/jobs/{id}",
    tag: "jobs",
    summary: "One job with its progress",
    params: ById,
    out: Job,
  },
  cancelJob: {
    method: "POST",
    path: "/api/jobs/{id}/cancel",
    tag: "jobs",
    summary: "Stop a job",
    params: ById,
    out: Job,
  },
  pull: {
    method: "POST",
    path: "/api/models/pull",
    tag: "models",
    summary: "Fetch and verify a model's files",
    body: z.object({ model: z.string() }),
    status: 202,
    out: Job,
  },
} as const satisfies Record<string, Route>;

export type Contract = typeof contract;
