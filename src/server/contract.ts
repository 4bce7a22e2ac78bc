import * as z from "zod";
import {
  Chunk,
  DatasetVersion,
  Document,
  DocumentStatus,
  Evidence,
  Example,
  ExampleResult,
  Experiment,
  Feedback,
  FeedbackBody,
  KnowledgeSettings,
  MetricDifference,
  MetricValue,
  Outcome,
  OutcomeBody,
  Passage,
  Release,
  Split,
  Turn,
  TurnStatus,
  TurnSummary,
  Verdict,
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

/** A release beside another: what was changed, in words, and every metric's difference. */
export const Comparison = z.object({
  live: z.string(),
  candidate: z.string(),
  changes: z.array(z.string()).describe("in words: `instructions: 2 lines changed`"),
  verdict: Verdict,
  reason: z.string(),
  examples: z.int(),
  errors: z.int(),
  metrics: z.array(MetricDifference),
});

export const Imported = z.object({
  dataset: z.string(),
  version: z.string(),
  imported: z.int(),
  refused: z.array(z.object({ at: z.string(), message: z.string() })),
  notCarried: z.array(z.object({ at: z.string(), name: z.string(), message: z.string() })),
  health: DatasetVersion.shape.health,
});

/** An event of an app's story. */
export const Decision = z.object({
  id: z.string(),
  app: z.string(),
  kind: z.enum(["check", "ship", "refused", "overruled", "rollback", "documents"]),
  createdAt: z.iso.datetime(),
  release: z.string(),
  previous: z.string().nullable(),
  by: z.string().nullable(),
  reason: z.string(),
  comparison: Comparison.nullable(),
});

export const ExperimentDetail = Experiment.extend({
  metrics: z.array(z.object({ release: z.string(), values: z.array(MetricValue) })),
  slices: z.array(z.object({ tag: z.string(), value: z.string(), release: z.string(), values: z.array(MetricValue) })),
  differences: z.array(z.object({ live: z.string(), candidate: z.string(), metrics: z.array(MetricDifference) })),
  before: z
    .object({
      examples: z.int(),
      seconds: z.number(),
      costUsd: z.number(),
      detectable: z.record(z.string(), z.number()),
    })
    .nullable(),
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

  traces: {
    method: "POST",
    path: "/v1/traces",
    tag: "otlp",
    summary: "Spans of other programs by OTLP/HTTP (protobuf or JSON): traces that ask a model become turns",
    upload: true,
    out: z.object({ partialSuccess: z.object({ rejectedSpans: z.int(), errorMessage: z.string() }).optional() }),
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

  datasets: {
    method: "GET",
    path: "/api/datasets",
    tag: "evaluate",
    summary: "Datasets: the newest version of each",
    query: z.object({ app: z.string().optional() }),
    out: z.object({ datasets: z.array(DatasetVersion) }),
  },
  importDataset: {
    method: "POST",
    path: "/api/datasets/import",
    tag: "evaluate",
    summary: "Import examples: JSONL, CSV, OpenAI chat form, promptfoo YAML; what cannot be carried over is named",
    body: z.object({
      app: z.string().optional(),
      dataset: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/),
      format: z.enum(["auto", "jsonl", "csv", "openai", "promptfoo"]).default("auto"),
      file: z.string().describe("its name, for messages and provenance"),
      text: z.string(),
      mode: z.enum(["replace", "append"]).default("replace"),
    }),
    isLarge: true,
    out: Imported,
  },
  examples: {
    method: "GET",
    path: "/api/datasets/{id}/examples",
    tag: "evaluate",
    summary: "The examples of a dataset's version",
    params: ById,
    query: z.object({ split: Split.optional(), q: z.string().optional(), ...Page }),
    out: z.object({ examples: z.array(Example), next: z.string().nullable(), total: z.int() }),
  },
  exampleOfTurn: {
    method: "POST",
    path: "/api/datasets/{id}/turns",
    tag: "evaluate",
    summary:
      "Make a turn an example of a dataset (`id` is the dataset's name); its answer is the correction where there is one",
    params: ById,
    body: z.object({ turn: z.string(), split: Split.default("development"), answer: z.string().nullable().optional() }),
    out: Imported,
  },
  pins: {
    method: "GET",
    path: "/api/pins",
    tag: "evaluate",
    summary: "Turns that are asked again at each save",
    query: z.object({ app: z.string() }),
    out: z.object({ turns: z.array(z.string()) }),
  },
  pin: {
    method: "POST",
    path: "/api/turns/{id}/pin",
    tag: "evaluate",
    summary: "Pin a turn",
    params: ById,
    out: z.object({ pinned: z.string() }),
  },
  unpin: {
    method: "DELETE",
    path: "/api/turns/{id}/pin",
    tag: "evaluate",
    summary: "Unpin a turn",
    params: ById,
    out: z.object({ unpinned: z.string() }),
  },
  replays: {
    method: "GET",
    path: "/api/apps/{id}/replays",
    tag: "evaluate",
    summary: "The pinned turns as the candidate answers them, beside what they were",
    params: ById,
    out: z.object({
      release: z.string().nullable(),
      isRunning: z.boolean(),
      turns: z.array(z.object({ was: TurnSummary, now: TurnSummary.nullable(), isSame: z.boolean() })),
    }),
  },
  experiments: {
    method: "GET",
    path: "/api/experiments",
    tag: "evaluate",
    summary: "Experiments, newest first",
    query: z.object({ app: z.string().optional() }),
    out: z.object({ experiments: z.array(Experiment) }),
  },
  evaluate: {
    method: "POST",
    path: "/api/experiments",
    tag: "evaluate",
    summary:
      "Run a dataset's split on releases (none named: live and candidate); the same experiment goes on where it was",
    body: z.object({
      app: z.string(),
      dataset: z.string().optional().describe("name or version; none: the app's only one"),
      split: Split.default("development"),
      releases: z.array(z.string()).optional(),
    }),
    status: 202,
    out: Experiment,
  },
  experiment: {
    method: "GET",
    path: "/api/experiments/{id}",
    tag: "evaluate",
    summary: "One experiment: every figure with its interval, slices, differences",
    params: ById,
    out: ExperimentDetail,
  },
  results: {
    method: "GET",
    path: "/api/experiments/{id}/results",
    tag: "evaluate",
    summary: "Each example beside what each release answered; where they disagree first",
    params: ById,
    query: z.object({ ...Page }),
    out: z.object({
      rows: z.array(
        z.object({ example: Example, results: z.array(ExampleResult.extend({ answer: z.string().nullable() })) }),
      ),
      next: z.string().nullable(),
      total: z.int(),
    }),
  },
  cancelExperiment: {
    method: "POST",
    path: "/api/experiments/{id}/cancel",
    tag: "evaluate",
    summary: "Stop an experiment; it can go on later",
    params: ById,
    out: Experiment,
  },
  candidate: {
    method: "GET",
    path: "/api/apps/{id}/candidate",
    tag: "ship",
    summary: "What the app file is now beside what is live, in words",
    params: ById,
    out: z.object({ live: z.string().nullable(), candidate: z.string().nullable(), changes: z.array(z.string()) }),
  },
  check: {
    method: "POST",
    path: "/api/apps/{id}/check",
    tag: "ship",
    summary: "Is the candidate worse than what is live? On the development split; a job whose result is a comparison",
    params: ById,
    body: z.object({
      dataset: z.string().optional(),
      against: z.string().optional().describe("a release; none: what is live"),
    }),
    status: 202,
    out: Job,
  },
  ship: {
    method: "POST",
    path: "/api/apps/{id}/ship",
    tag: "ship",
    summary: "The whole gate: a gain, and no loss, on the gate split; a job whose result is a decision",
    params: ById,
    body: z.object({
      dataset: z.string().optional(),
      noWorse: z.boolean().default(false).describe("ship without a gain, where nothing is worse"),
      overrule: z
        .string()
        .min(1)
        .max(2000)
        .optional()
        .describe("ship whatever the gate says, for this reason, which is kept"),
      by: z.string().max(200).optional(),
      adopt: z
        .boolean()
        .default(false)
        .describe("serve what pawl.lock.json says, where this host served another release"),
    }),
    status: 202,
    out: Job,
  },
  rollback: {
    method: "POST",
    path: "/api/apps/{id}/rollback",
    tag: "ship",
    summary: "The release before, or a named one, is live again",
    params: ById,
    body: z.object({ release: z.string().optional(), reason: z.string().max(2000).optional() }),
    out: Decision,
  },
  story: {
    method: "GET",
    path: "/api/apps/{id}/story",
    tag: "ship",
    summary: "The story of releases: checked, shipped, refused, rolled back, why",
    params: ById,
    out: z.object({ live: z.string().nullable(), decisions: z.array(Decision) }),
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
