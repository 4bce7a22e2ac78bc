/**
 * LoRA training against PyTorch + PEFT: `npm run bench -- tune [--json] --peer PYTHON`.
 *
 * SmolLM2-135M, rank 8, all projections, one row of 512 tokens, every token predicted, AdamW included; both sides in
 * float32 from the same numbers, on as many threads, in alternating steps, so that what else the machine does meets both.
 * PYTHON has torch, transformers and peft (bench/peers/tune.py says which were measured); without it pawl's side runs
 * alone and `ratio` is null. Then PEFT loads the folder that pawl wrote and its log-probabilities are compared.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import * as z from "zod";
import { silent } from "#kernel";
import { ensureFile, findEntry, importNative, modelsFolder } from "#models";
import { median, seededRandom } from "#stats";
import {
  feedsOf,
  gradientName,
  loraMatrices,
  projections,
  readDecoder,
  type Sequence,
  scoringStep,
  trainingStep,
  writeTransformers,
} from "#tensor";
import { adamw, normOf } from "../src/tune/adamw.ts";
import { writePeft } from "../src/tune/adapter.ts";

const { values: flags } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    peer: { type: "string", default: process.env.PAWL_BENCH_PYTHON ?? "" },
    steps: { type: "string", default: "8" },
    threads: { type: "string", default: "2" },
    tokens: { type: "string", default: "512" },
  },
});
const threads = Number(flags.threads);
const length = Number(flags.tokens);
const lora = { rank: 8, alpha: 16, targets: projections };

const entry = findEntry("local/smollm2-135m-instruct");
if (entry === undefined) throw new Error("The catalog has no default chat model.");
const file = await ensureFile(entry, entry.weights, {
  folder: modelsFolder(process.env),
  env: process.env,
  signal: new AbortController().signal,
  report: silent,
});
const ort = await importNative("onnxruntime-node");
const model = await readDecoder(file.path);
const folder = await mkdtemp(join(tmpdir(), "pawl-bench-tune-"));
try {
  const sequence: Sequence = {
    tokens: Array.from({ length }, (_, at) => (at * 7919) % model.config.vocabulary),
    trainedFrom: 1,
  };
  const batch = { rows: 1, tokens: length, picked: length };
  const random = seededRandom(1);
  const trained = loraMatrices(model.config, lora).map(({ name, shape, side }) => {
    const size = shape[0] * shape[1];
    const bound = side === "a" ? 1 / Math.sqrt(shape[1]) : 0;
    const values = Float32Array.from({ length: size }, () => (random() * 2 - 1) * bound);
    return { name, values, first: new Float32Array(size), second: new Float32Array(size) };
  });
  const values = Object.fromEntries(trained.map((one) => [one.name, one.values]));
  const feeds = { ...feedsOf([[sequence]], batch, 1 / (length - 1)), ...values };

  const peer = flags.peer === "" ? null : await startPeer(flags.peer);
  const program = await trainingStep({ ort, threads, model, lora, batch });
  const own: Timing[] = [];
  const theirs: Timing[] = [];
  for (let step = 1; step <= Number(flags.steps); step += 1) {
    const cpu = process.cpuUsage();
    const startMs = performance.now();
    const found = await program.run(feeds);
    const gradients = trained.map(({ name }) => found[gradientName(name)] ?? new Float32Array());
    const scale = Math.min(1, 1 / normOf(gradients));
    trained.forEach((one, at) => {
      adamw(one, gradients[at] ?? new Float32Array(), { step, learningRate: 1e-4, weightDecay: 0.01, scale });
    });
    const used = process.cpuUsage(cpu);
    own.push({ seconds: (performance.now() - startMs) / 1000, cpu: (used.user + used.system) / 1e6 });
    if (peer !== null) theirs.push(await peer.step());
    const said = [own, theirs].map((side) => side.at(-1)?.seconds.toFixed(2) ?? "–");
    console.error(`step ${step}: pawl ${said[0]} s, peer ${said[1]} s, loss ${found.loss?.[0]?.toFixed(4)}`);
  }
  await program.close();
  const ownPeakMb = Math.round(process.resourceUsage().maxRSS / 1024);
  const result = {
    ratio: peer === null ? null : rate(own) / rate(theirs),
    cpuRatio: peer === null ? null : cpuOf(theirs) / cpuOf(own),
    pawl: { tokensPerSecond: rate(own), cpuSecondsPerStep: cpuOf(own), peakMemoryMb: ownPeakMb },
    peer:
      peer === null
        ? null
        : { tokensPerSecond: rate(theirs), cpuSecondsPerStep: cpuOf(theirs), ...(await peer.compare()) },
  };
  if (flags.json) console.log(JSON.stringify(result));
  else console.log(result);

  async function startPeer(python: string) {
    await writeTransformers(model, folder);
    const script = fileURLToPath(new URL("peers/tune.py", import.meta.url));
    const peft = join(folder, "peft");
    const options = ["--threads", flags.threads, "--tokens", flags.tokens, "--rank", "8", "--alpha", "16"];
    const child = spawn(python, ["-W", "ignore", script, folder, peft, ...options], {
      stdio: ["pipe", "pipe", "ignore"],
      env: { ...process.env, OMP_NUM_THREADS: flags.threads },
    });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const ask = async (question: string): Promise<unknown> => {
      if (question !== "") child.stdin.write(`${question}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error("The peer ended: has that Python torch, transformers and peft?");
      return JSON.parse(value);
    };
    console.error(JSON.stringify(await ask("")));
    let cpuBefore = 0;
    return {
      async step(): Promise<Timing> {
        const { seconds, cpu } = z.object({ seconds: z.number(), cpu: z.number() }).parse(await ask("step"));
        const own = { seconds, cpu: cpu - cpuBefore };
        cpuBefore = cpu;
        return own;
      },
      /** Saves pawl's adapter, lets PEFT load it, and compares what both then say of the same tokens. */
      async compare() {
        await writePeft(peft, { lora, values }, { model, name: folder });
        const Answer = z.object({ logProbabilities: z.array(z.number()), peakMemoryMb: z.number() });
        const said = Answer.parse(await ask("logits"));
        child.stdin.end("end\n");
        await once(child, "exit");
        const scoring = await scoringStep({ ort, threads, model, lora, batch });
        const { logProbabilities = new Float32Array() } = await scoring.run(feeds);
        await scoring.close();
        const differences = said.logProbabilities.map((value, at) =>
          Math.abs(value - (logProbabilities[at] ?? Number.NaN)),
        );
        return {
          peakMemoryMb: Math.round(said.peakMemoryMb),
          largestLogProbabilityDifference: Math.max(...differences),
        };
      },
    };
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}

type Timing = { seconds: number; cpu: number };

/** Tokens per second of the median step, the first two left out. */
function rate(timings: readonly Timing[]): number {
  return length / median(timings.slice(2).map(({ seconds }) => seconds));
}

function cpuOf(timings: readonly Timing[]): number {
  return median(timings.slice(2).map(({ cpu }) => cpu));
}
