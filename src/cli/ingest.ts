import { resolve } from "node:path";
import { fromProblem } from "#kernel";
import { type Connection, connect } from "./connect.ts";
import { dim, green, print, progressDrawer, red, say, table } from "./draw.ts";
import type { IngestedDocument, Job } from "./wire.ts";

export type IngestOptions = { app: string; json?: boolean; knowledge?: string; dryRun?: boolean };

/** `pawl ingest`: exit 1 if a document is refused. Ctrl-C stops; what was read is kept. */
export async function ingestCommand(paths: string[], options: IngestOptions): Promise<number> {
  if (options.dryRun) return (await import("./preview.ts")).preview(paths, options);
  const connection = await connect(options.app, { isReady: false });
  try {
    const documents = await ingested(connection, {
      ...(options.knowledge ? { knowledge: options.knowledge } : {}),
      ...(paths.length > 0 ? { paths: paths.map((path) => resolve(path)) } : {}),
    });
    if (options.json) print(JSON.stringify({ documents }));
    else draw(documents);
    return documents.some((document) => document.status === "refused") ? 1 : 0;
  } finally {
    await connection.close();
  }
}

/** Reads an app's documents, those that changed, and says what became of each. */
export async function ingested(
  connection: Connection,
  what: { knowledge?: string; paths?: string[] } = {},
): Promise<IngestedDocument[]> {
  const { id } = await connection.client.ingest({ body: { app: connection.app, ...what } });
  return waitFor(connection, id);
}

async function waitFor({ client }: Connection, id: string): Promise<IngestedDocument[]> {
  const drawer = progressDrawer();
  const stop = () => void client.cancelJob({ params: { id } }).catch(() => {}); // the job's own row says what became of it
  process.once("SIGINT", stop);
  try {
    for (;;) {
      const job = await client.job({ params: { id } });
      if (job.progress) drawer.report(job.progress);
      if (job.status !== "queued" && job.status !== "running") return resultOf(job);
      await new Promise((done) => setTimeout(done, 100));
    }
  } finally {
    process.off("SIGINT", stop);
    drawer.end();
  }
}

function resultOf(job: Job): IngestedDocument[] {
  if (job.status === "cancelled")
    throw fromProblem({
      code: "cancelled",
      title: "Reading the documents was cancelled.",
      hint: "What was read is kept; run it again to go on.",
    });
  if (job.error) throw fromProblem({ ...job.error, title: job.error.message });
  return job.result as IngestedDocument[]; // an ingest job's result, by the contract of its kind
}

function draw(documents: readonly IngestedDocument[]): void {
  const marks = {
    added: green("added"),
    updated: green("updated"),
    unchanged: dim("unchanged"),
    removed: "removed",
    refused: red("refused"),
  };
  print(
    table(
      documents.map(({ status, path, chunks, code }) => [
        marks[status],
        path,
        status === "refused" ? (code ?? "") : `${chunks} ${chunks === 1 ? "chunk" : "chunks"}`,
      ]),
    ),
  );
  for (const { path, message, hint } of documents) if (message) say(`${path}: ${message}${hint ? ` ${hint}` : ""}`);
}
