import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createModels } from "#gateway";
import { PawlError } from "#kernel";
import { openStore } from "#store";
import { print, progressDrawer, table } from "./draw.ts";

/** `pawl bench retrieval FOLDER`: the stages of retrieval on the user's own judged queries, in a scratch store. */
export async function bench(component: string, folder: string, options: { json?: boolean }): Promise<number> {
  if (component !== "retrieval") {
    throw new PawlError("bad-request", `There is no bench for "${component}".`, {
      hint: "pawl bench retrieval FOLDER",
    });
  }
  const { benchRetrieval } = await import("#knowledge");
  const scratch = await mkdtemp(join(tmpdir(), "pawl-bench-"));
  const drawer = progressDrawer();
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  const store = await openStore({ kind: "embedded", folder: scratch });
  const models = createModels({ report: drawer.report });
  try {
    const result = await benchRetrieval({
      store,
      models,
      folder: resolve(folder),
      signal: stop.signal,
      report: drawer.report,
    });
    drawer.end();
    if (options.json) print(JSON.stringify(result));
    else {
      const rows = Object.entries(result.stages).map(([name, { ndcg10, recall100, mrr, p50Ms }]) => [
        name,
        ndcg10.toFixed(3),
        recall100.toFixed(3),
        mrr.toFixed(3),
        p50Ms.toFixed(1),
      ]);
      print(table([["stage", "nDCG@10", "recall@100", "MRR@10", "p50 ms"], ...rows]));
    }
    return 0;
  } finally {
    drawer.end();
    await models.close();
    await store.close();
    await rm(scratch, { recursive: true, force: true });
  }
}
