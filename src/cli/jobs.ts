import { fromProblem, PawlError } from "#kernel";
import type { Connection } from "./connect.ts";
import { progressDrawer } from "./draw.ts";
import type { Job } from "./wire.ts";

/** How often the progress of a job is looked at; its end is told at once. */
export const lookSeconds = 0.25;

/** Waits for a job with its progress on stderr; Ctrl-C stops it, and says how it goes on. Throws what it failed with. */
export async function waitForJob({ client }: Connection, id: string, whenStopped: string): Promise<Job> {
  const drawer = progressDrawer();
  const stop = () => void client.cancelJob({ params: { id } }).catch(() => {}); // the job's own row says what became of it
  process.once("SIGINT", stop);
  try {
    for (;;) {
      const job = await client.job({ params: { id }, query: { wait: lookSeconds } });
      if (job.progress) drawer.report(job.progress);
      if (job.status === "cancelled") throw new PawlError("cancelled", "It was stopped.", { hint: whenStopped });
      if (job.error) throw fromProblem({ ...job.error, title: job.error.message });
      if (job.status === "done") return job;
    }
  } finally {
    process.off("SIGINT", stop);
    drawer.end();
  }
}
