import * as z from "zod";
import { DatasetVersion } from "#schema";

export const Page = { cursor: z.string().optional(), limit: z.coerce.number().int().min(1).max(500).default(50) };
export const ById = z.object({ id: z.string() });

export const ProgressBody = z.object({
  task: z.string(),
  done: z.number(),
  total: z.number().optional(),
  unit: z.enum(["bytes", "documents", "chunks", "pages", "steps", "examples"]).optional(),
  now: z.string().optional(),
  note: z.string().optional(),
});

export const Job = z.object({
  id: z.string(),
  kind: z.string(),
  app: z.string().nullable().describe("the app that it works for"),
  status: z.enum(["queued", "running", "done", "failed", "cancelled"]),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
  progress: ProgressBody.nullable(),
  result: z.unknown(),
  error: z.object({ code: z.string(), message: z.string(), hint: z.string().optional() }).nullable(),
});

export const Imported = z.object({
  dataset: z.string(),
  version: z.string(),
  imported: z.int(),
  refused: z.array(z.object({ at: z.string(), message: z.string() })),
  notCarried: z.array(z.object({ at: z.string(), name: z.string(), message: z.string() })),
  health: DatasetVersion.shape.health,
});
