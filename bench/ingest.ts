/**
 * Documents into knowledge: `npm run -s bench -- ingest [--pages 1000] [--questions 20] [--json]`.
 *
 * The handbook's 25 pages, then as many generated ones as `--pages` says (0: none), each into a store of its own, with a
 * warm embedder. Seconds are the clock's; `engineSeconds` is the processor time of the engine (all threads), which a busy
 * machine does not change much. Then the time of a whole retrieval over the handbook, with the statements' vectors in the
 * cache, as ingest leaves them, and without: what embedding them ahead is worth.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createModels } from "#gateway";
import { expandSources, ingest, retrieve } from "#knowledge";
import { KnowledgeSettings, type Models } from "#schema";
import { median, percentile } from "#stats";
import { openStore, type Store } from "#store";
import { generatePages } from "./pages/generate.ts";

const { values: flags } = parseArgs({
  options: {
    pages: { type: "string", default: "1000" },
    questions: { type: "string", default: "20" },
    json: { type: "boolean" },
  },
});
const { signal } = new AbortController();
const settings = KnowledgeSettings.parse({});
const handbook = join(import.meta.dirname, "..", "examples", "handbook");
const scratch = mkdtempSync(join(tmpdir(), "pawl-bench-ingest-"));
const gateway = createModels();
try {
  await gateway.embed({ model: settings.embedder, texts: ["warm"], purpose: "passage" }, { signal });
  const result = {
    handbook: await measure("handbook", join(handbook, "docs"), measureRetrieval),
    generated: Number(flags.pages) > 0 ? await measure("generated", writePages(Number(flags.pages))) : null,
  };
  if (flags.json) console.log(JSON.stringify(result));
  else for (const [name, figures] of Object.entries(result)) if (figures) console.table({ [name]: figures });
} finally {
  await gateway.close();
  rmSync(scratch, { recursive: true, force: true });
}

function writePages(count: number): string {
  const folder = join(scratch, "pages");
  mkdirSync(folder);
  for (const { path, text } of generatePages(count, 1)) writeFileSync(join(folder, path), text);
  return folder;
}

async function measure(name: string, folder: string, then?: (store: Store) => Promise<Record<string, number>>) {
  const store = await openStore({ kind: "embedded", folder: join(scratch, `${name}-store`) });
  try {
    const files = await expandSources([folder], scratch);
    const { models, spent } = counted(gateway);
    const engineBefore = await engineSeconds();
    const startMs = performance.now();
    let shown = 0;
    const { documents } = await ingest({
      store,
      models,
      knowledge: name,
      settings,
      files,
      origin: "app",
      signal,
      report: ({ done, total = 1 }) => {
        if (done / total < shown) return;
        console.error(`${name}: ${Math.round(100 * shown)} %`);
        shown += 0.1;
      },
    });
    const seconds = (performance.now() - startMs) / 1000;
    const chunks = documents.reduce((sum, document) => sum + document.chunks, 0);
    return rounded({
      pages: documents.length,
      chunks,
      embeddings: spent.texts,
      seconds,
      embedSeconds: spent.embedMs / 1000,
      countSeconds: spent.countMs / 1000,
      engineSeconds: (await engineSeconds()) - engineBefore,
      pagesPerSecond: documents.length / seconds,
      chunksPerSecond: chunks / seconds,
      embeddingsPerSecond: spent.texts / (spent.embedMs / 1000),
      tokensPerSecond: spent.tokens / (spent.embedMs / 1000),
      ...(await then?.(store)),
    });
  } finally {
    await store.close();
  }
}

/** The models, and what was asked of them. */
function counted(inner: Models) {
  const spent = { texts: 0, tokens: 0, embedMs: 0, countMs: 0 };
  const models: Models = {
    ...inner,
    async embed(request, options) {
      const startMs = performance.now();
      const response = await inner.embed(request, options);
      spent.embedMs += performance.now() - startMs;
      spent.texts += request.texts.length;
      spent.tokens += response.inputTokens;
      return response;
    },
    async countTokens(...input) {
      const startMs = performance.now();
      const counts = await inner.countTokens(...input);
      spent.countMs += performance.now() - startMs;
      return counts;
    },
  };
  return { models, spent };
}

async function measureRetrieval(store: Store): Promise<Record<string, number>> {
  const lines = readFileSync(join(handbook, "questions.jsonl"), "utf8").trim().split("\n");
  const questions = lines.slice(0, Number(flags.questions)).map((line): string => JSON.parse(line).question);
  const find = async (query: string) => {
    const { passages } = await retrieve({ store, models: gateway, knowledge: "handbook", settings, query, signal });
    if (passages.length === 0) throw new Error(`Nothing is found for: ${query}`);
  };
  const withCache: number[] = [];
  const without: number[] = [];
  await find("warm");
  for (const question of questions) withCache.push(await timed(() => find(question)));
  for (const question of questions) {
    await store.query({ sql: "delete from embedding_cache", params: [] });
    without.push(await timed(() => find(question)));
  }
  return {
    foundP50Ms: median(withCache),
    foundP95Ms: percentile(withCache, 95),
    foundUncachedP50Ms: median(without),
    foundUncachedP95Ms: percentile(without, 95),
  };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await work();
  return performance.now() - startMs;
}

/** Processor time that the engine has used since it started. */
async function engineSeconds(): Promise<number> {
  const { pid } = await gateway.engine.address();
  const time = execFileSync("ps", ["-o", "time=", "-p", String(pid)], { encoding: "utf8" }).trim();
  return time.split(/[:-]/).reduce((sum, part) => sum * 60 + Number(part), 0); // a bench of days is none
}

function rounded<T extends Record<string, number>>(figures: T) {
  return Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, Math.round(value * 10) / 10]));
}
