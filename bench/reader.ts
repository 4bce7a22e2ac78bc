/**
 * The reader's time for a question over its passages against PyTorch: `npm run bench -- reader FILE.jsonl [--json] --peer PYTHON`.
 *
 * FILE has the lines of `pawl bench answers`. pawl's side is what a turn pays: from the question and the texts to the spans,
 * through the engine. The peer is the same encoder with a head of the same size in float32 by `transformers`, which is given
 * the tokens, all passages of a line as one padded batch, on as many threads. Lines in alternation, so that what else the
 * machine does meets both. PYTHON has torch and transformers (docs/tune.md); without it pawl's side runs alone.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import * as z from "zod";
import { createModels } from "#gateway";
import { openWordPieces, readerTexts } from "#models";
import { median, percentile } from "#stats";
import { miniLmFiles, miniLmTokenizer } from "../tests/encoder-model.ts";

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: "boolean", default: false },
    peer: { type: "string", default: process.env.PAWL_BENCH_PYTHON ?? "" },
    lines: { type: "string", default: "150" },
  },
});
const [file] = positionals;
if (file === undefined) throw new Error("Name a file of lines: npm run bench -- reader FILE.jsonl");
const Line = z.object({ question: z.string(), passages: z.array(z.string()).min(1) });
const lines = readFileSync(file, "utf8")
  .trim()
  .split("\n")
  .slice(0, Number(flags.lines))
  .map((line) => Line.parse(JSON.parse(line)));

const { signal } = new AbortController();
const models = createModels({});
const { reader, note } = await models.findReader();
if (reader === null) throw new Error(note ?? "There is no reader.");
const pieces = await openWordPieces(await miniLmTokenizer());
const peer = flags.peer === "" ? null : await startPeer(flags.peer);
const own: number[] = [];
const theirs: number[] = [];
const tokens: number[] = [];
try {
  for (const [at, { question, passages }] of [...lines.slice(0, 3), ...lines].entries()) {
    const startMs = performance.now();
    await models.read({ model: reader.model, question, passages }, { signal });
    const ownMs = performance.now() - startMs;
    const texts = readerTexts(pieces, question, passages);
    const theirMs = await peer?.read(texts);
    if (at < 3) continue; // both warm up
    own.push(ownMs);
    if (theirMs !== undefined) theirs.push(theirMs);
    tokens.push(texts.reduce((sum, text) => sum + text.tokens.length, 0));
  }
} finally {
  await peer?.end();
  await models.close();
}
const figures = (all: readonly number[]) => ({
  p50Ms: median(all),
  p10Ms: percentile(all, 10),
  p90Ms: percentile(all, 90),
});
const result = {
  lines: lines.length,
  tokens: median(tokens),
  ratio: theirs.length === 0 ? null : median(theirs) / median(own),
  pawl: figures(own),
  peer: theirs.length === 0 ? null : figures(theirs),
};
console.log(flags.json ? JSON.stringify(result) : result);

async function startPeer(python: string) {
  const files = await miniLmFiles();
  if (files === null) throw new Error("The peer's weights need pip.");
  const script = fileURLToPath(new URL("peers/reader.py", import.meta.url));
  const threads = String(availableParallelism());
  const child = spawn(python, ["-W", "ignore", script, dirname(files.config), files.weights, "--threads", threads], {
    stdio: ["pipe", "pipe", "ignore"],
    env: { ...process.env, OMP_NUM_THREADS: threads },
  });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<unknown> => {
    const { value, done } = await answers.next();
    if (done) throw new Error("The peer ended: has that Python torch and transformers?");
    return JSON.parse(value);
  };
  console.error(JSON.stringify(await next()));
  return {
    async read(texts: readonly { tokens: readonly number[]; secondFrom: number }[]): Promise<number> {
      const asked = texts.map((text) => ({ tokens: text.tokens, secondFrom: text.secondFrom }));
      child.stdin.write(`${JSON.stringify(asked)}\n`);
      return z.object({ ms: z.number() }).parse(await next()).ms;
    },
    async end() {
      child.stdin.end();
      await once(child, "exit");
    },
  };
}
