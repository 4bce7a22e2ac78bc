/**
 * LoRA training against PyTorch + PEFT: `npm run bench -- tune [--json] --peer PYTHON`.
 *
 * SmolLM2-135M, rank 8, all projections, one row of 512 tokens, AdamW included; both sides in float32 from the same
 * numbers, on as many threads, in alternating steps, so that what else the machine does meets both. The first figures are
 * of a chat as it is trained, the prompt masked and the last quarter predicted; `everyToken` is of a text of which every
 * token is predicted. PYTHON has torch, transformers and peft (docs/tune.md says which were measured); without it pawl's
 * side runs alone and `ratio` is null. At last PEFT loads the folder that pawl wrote, and log-probabilities are compared.
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
import { importNative } from "#models";
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
import { chatModelFile } from "../tests/chat-model.ts";

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

const ort = await importNative("onnxruntime-node");
const model = await readDecoder(await chatModelFile());
const folder = await mkdtemp(join(tmpdir(), "pawl-bench-tune-"));
try {
  const random = seededRandom(1);
  const trained = loraMatrices(model.config, lora).map(({ name, shape, side }) => {
    const size = shape[0] * shape[1];
    const bound = side === "a" ? 1 / Math.sqrt(shape[1]) : 0;
    const values = Float32Array.from({ length: size }, () => (random() * 2 - 1) * bound);
    return { name, values, first: new Float32Array(size), second: new Float32Array(size) };
  });
  const values = Object.fromEntries(trained.map((one) => [one.name, one.values]));
  const peer = flags.peer === "" ? null : await startPeer(flags.peer);
  const masked = await measure(length / 4, peer);
  const ownPeakMb = Math.round(process.resourceUsage().maxRSS / 1024);
  const everyToken = await measure(length - 1, peer);
  const compared = await peer?.compare();
  const result = {
    ratio: masked.ratio,
    cpuRatio: masked.cpuRatio,
    pawl: { ...masked.pawl, peakMemoryMb: ownPeakMb },
    peer: masked.peer && { ...masked.peer, ...compared },
    everyToken,
  };
  if (flags.json) console.log(JSON.stringify(result));
  else console.log(result);

  /** Steps of both sides by turns, of which the last `predicted` tokens are predicted. */
  async function measure(predicted: number, other: typeof peer) {
    const batch = { rows: 1, tokens: length, picked: predicted };
    const feeds = { ...feedsOf([[sequenceOf(predicted)]], batch, 1 / predicted), ...values };
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
      if (other !== null) theirs.push(await other.step(predicted));
      const said = [own, theirs].map((side) => side.at(-1)?.seconds.toFixed(2) ?? "–");
      console.error(`step ${step}: pawl ${said[0]} s, peer ${said[1]} s, loss ${found.loss?.[0]?.toFixed(4)}`);
    }
    await program.close();
    return {
      ratio: other === null ? null : rate(own) / rate(theirs),
      cpuRatio: other === null ? null : cpuOf(theirs) / cpuOf(own),
      pawl: { tokensPerSecond: rate(own), cpuSecondsPerStep: cpuOf(own) },
      peer: other === null ? null : { tokensPerSecond: rate(theirs), cpuSecondsPerStep: cpuOf(theirs) },
    };
  }

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
      async step(predicted: number): Promise<Timing> {
        const { seconds, cpu } = z
          .object({ seconds: z.number(), cpu: z.number() })
          .parse(await ask(`step ${predicted}`));
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
        const batch = { rows: 1, tokens: length, picked: length - 1 };
        const feeds = { ...feedsOf([[sequenceOf(length - 1)]], batch, 1), ...values };
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

function sequenceOf(predicted: number): Sequence {
  const tokens = Array.from({ length }, (_, at) => (at * 7919) % model.config.vocabulary);
  return { tokens, trainedFrom: length - predicted };
}

type Timing = { seconds: number; cpu: number };

/** Tokens per second of the median step, the first two left out. */
function rate(timings: readonly Timing[]): number {
  return length / median(timings.slice(2).map(({ seconds }) => seconds));
}

function cpuOf(timings: readonly Timing[]): number {
  return median(timings.slice(2).map(({ cpu }) => cpu));
}
