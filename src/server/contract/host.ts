import * as z from "zod";
import { AnswerMode, Release } from "#schema";
import type { Route } from "../route.ts";
import { ById, Job, ProgressBody } from "./shapes.ts";

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
  answer: AnswerMode,
  instructions: z.string(),
  models: z.array(z.string()),
  knowledge: z.array(z.string()),
  questions: z.array(z.string()).describe("a few questions to try, from the app file"),
  error: z.object({ code: z.string(), message: z.string(), hint: z.string().optional() }).nullable(),
});

/** What is up, what is served, what works in the background. */
export const hostRoutes = {
  health: {
    method: "GET",
    path: "/health",
    tag: "host",
    summary: "503 until every app is ready, then 200",
    out: Health,
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
    query: z.object({
      wait: z.coerce.number().min(0).max(20).default(0).describe("seconds to wait for its end before answering"),
    }),
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
