import * as z from "zod";
import type { Host } from "#host";
import { PawlError } from "#kernel";
import type { Contract } from "./contract.ts";
import type { RouteOutput } from "./route.ts";

/** What every job is given that works for an app. */
const OfApp = z.object({ app: z.string() });
type PublicJob = RouteOutput<Contract["job"]>;

/** A job as the API tells it. Throws `not-found`. */
export async function jobOf(host: Host, id: string): Promise<PublicJob> {
  const job = await host.ingesting.jobs.get(id);
  if (!job) throw new PawlError("not-found", `There is no job ${id}.`, { hint: "GET /api/jobs lists them." });
  return publicJob(job);
}

export function publicJob(job: Awaited<ReturnType<Host["ingesting"]["jobs"]["list"]>>[number]): PublicJob {
  const { id, kind, status, progress, result, error } = job;
  const of = OfApp.safeParse(job.input);
  return {
    id,
    kind,
    app: of.success ? of.data.app : null,
    status,
    createdAt: new Date(job.createdAt).toISOString(),
    updatedAt: new Date(job.updatedAt).toISOString(),
    progress,
    result,
    error: error ? { code: error.code, message: error.title, ...(error.hint ? { hint: error.hint } : {}) } : null,
  };
}
