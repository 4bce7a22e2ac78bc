import * as z from "zod";
import { Chunk, Document, DocumentStatus, Evidence, KnowledgeSettings, Passage } from "#schema";
import type { Route } from "../route.ts";
import { ById, Job, Page } from "./shapes.ts";

export const IngestedDocument = z.object({
  id: z.string(),
  path: z.string(),
  status: DocumentStatus,
  chunks: z.int(),
  code: z.string().optional(),
  message: z.string().optional(),
  hint: z.string().optional(),
});

export const Collection = z.object({
  app: z.string(),
  name: z.string(),
  documents: z.int(),
  chunks: z.int(),
  sources: z.array(z.string()),
  settings: KnowledgeSettings,
});

/** Documents, and what a question would find in them. */
export const knowledgeRoutes = {
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
} as const satisfies Record<string, Route>;
