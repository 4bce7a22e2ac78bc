import { fromProblem, PawlError } from "#kernel";
import type { Connection } from "./connect.ts";
import { progressDrawer } from "./draw.ts";
import type { Job } from "./wire.ts";

/** How often the progress of a job is looked at; its end is told at once. */
const lookSeconds = 0.25;

/** Waits for a job with its progress on stderr; Ctrl-C stops it, and says how it goes on. Throws what it failed with. */
export async function waitForJob(connection: Connection, id: string, whenStopped: string): Promise<Job> {
  const job = await untilEnded(connection, id, () => connection.client.cancelJob({ params: { id } }));
  if (job.status === "cancelled") throw new PawlError("cancelled", "It was stopped.", { hint: whenStopped });
  if (job.error) throw fromProblem({ ...job.error, title: job.error.message });
  return job;
}

/** Waits for a job's end, however it ends, with its progress on stderr; Ctrl-C asks `stop` to end it. */
export async function untilEnded({ client }: Connection, id: string, stop: () => Promise<unknown>): Promise<Job> {
  const drawer = progressDrawer();
  const onInterrupt = () => void stop().catch(() => {}); // the job's own row says what became of it
  process.once("SIGINT", onInterrupt);
  try {
    for (;;) {
      const job = await client.job({ params: { id }, query: { wait: lookSeconds } });
      if (job.progress) drawer.report(job.progress);
      if (job.status !== "queued" && job.status !== "running") return job;
    }
  } finally {
    process.off("SIGINT", onInterrupt);
    drawer.end();
  }
}
