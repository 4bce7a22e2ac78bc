/**
 * pawl's retrieval beside Python's (bm25s stemmed + the same embedder in onnxruntime + RRF), on folders of BEIR's layout.
 *
 *   npm run -s bench -- retrieval [FOLDER…] [--peer PYTHON] [--threads 2] [--json]
 *
 * Without folders: Cranfield and SciFact of PAWL_DATA. PYTHON has the packages that bench/peers/retrieval.py names;
 * without one only pawl is measured. Embedding SciFact takes minutes on each side.
 */
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import * as z from "zod";
import { createModels } from "#gateway";
import { benchRetrieval } from "#knowledge";
import { openStore } from "#store";

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    peer: { type: "string" },
    model: { type: "string" },
    tokenizer: { type: "string" },
    threads: { type: "string", default: "2" },
    json: { type: "boolean", default: false },
  },
});
const data = process.env.PAWL_DATA ?? "../shared/data";
const folders = positionals.length > 0 ? positionals : ["cranfield", "scifact"].map((name) => join(data, name));

const Peer = z.object({
  stages: z.record(z.string(), z.object({ ndcg10: z.number(), recall100: z.number(), mrr: z.number() })),
});

for (const folder of folders) {
  const home = await mkdtemp(join(tmpdir(), "pawl-bench-"));
  const models = createModels();
  const store = await openStore({ kind: "embedded", folder: home });
  try {
    let shown = "";
    const pawl = await benchRetrieval({
      store,
      models,
      folder,
      signal: new AbortController().signal,
      report: ({ task, done, total }) => {
        const line = `${task} ${Math.floor((20 * done) / (total ?? 1)) * 5} %`;
        if (line !== shown) console.error(line);
        shown = line;
      },
    });
    const peer = await python(folder);
    if (flags.json) console.log(JSON.stringify({ pawl, peer }));
    else table(folder, pawl.stages, peer);
  } finally {
    await store.close();
    await models.close();
    await rm(home, { recursive: true, force: true });
  }
}

async function python(folder: string): Promise<z.infer<typeof Peer>["stages"] | null> {
  if (flags.peer === undefined || flags.model === undefined || flags.tokenizer === undefined) {
    console.error("No peer: give --peer PYTHON, --model FILE.onnx and --tokenizer tokenizer.json to measure it too.");
    return null;
  }
  const script = fileURLToPath(new URL("peers/retrieval.py", import.meta.url));
  const options = ["--model", flags.model, "--tokenizer", flags.tokenizer, "--threads", flags.threads];
  const { stdout } = await promisify(execFile)(flags.peer, [script, folder, ...options], { maxBuffer: 1e8 });
  return Peer.parse(JSON.parse(stdout)).stages;
}

function table(
  folder: string,
  pawl: Record<string, { ndcg10: number; recall100: number; mrr: number; p50Ms: number }>,
  peer: z.infer<typeof Peer>["stages"] | null,
): void {
  console.log(`${folder}\nstage     nDCG@10  recall@100  MRR@10  p50 ms   Python's nDCG@10`);
  for (const [stage, { ndcg10, recall100, mrr, p50Ms }] of Object.entries(pawl)) {
    const other = peer?.[stage === "default" ? "fused" : stage]?.ndcg10;
    console.log(
      [
        stage.padEnd(8),
        ndcg10.toFixed(4).padStart(8),
        recall100.toFixed(4).padStart(11),
        mrr.toFixed(4).padStart(7),
        p50Ms.toFixed(1).padStart(7),
        (other?.toFixed(4) ?? "–").padStart(18),
      ].join(" "),
    );
  }
}
