import { fromProblem, PawlError } from "#kernel";
import type { Connection } from "./connect.ts";
import { progressDrawer } from "./draw.ts";
import type { Job } from "./wire.ts";

/** Waits for a job with its progress on stderr; Ctrl-C stops it, and says how it goes on. Throws what it failed with. */
export async function waitForJob({ client }: Connection, id: string, whenStopped: string): Promise<Job> {
  const drawer = progressDrawer();
  const stop = () => void client.cancelJob({ params: { id } }).catch(() => {}); // the job's own row says what became of it
  process.once("SIGINT", stop);
  try {
    for (let waitMs = 20; ; waitMs = Math.min(waitMs * 1.5, 200)) {
      const job = await client.job({ params: { id } });
      if (job.progress) drawer.report(job.progress);
      if (job.status === "cancelled") throw new PawlError("cancelled", "It was stopped.", { hint: whenStopped });
      if (job.error) throw fromProblem({ ...job.error, title: job.error.message });
      if (job.status === "done") return job;
      await new Promise((done) => setTimeout(done, waitMs));
    }
  } finally {
    process.off("SIGINT", stop);
    drawer.end();
  }
}
