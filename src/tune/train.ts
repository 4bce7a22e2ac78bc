import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { hashOf, sha256 } from "#kernel";
import { seededRandom } from "#stats";
import {
  type BatchShape,
  type Decoder,
  feedsOf,
  gradientName,
  type LoraShape,
  loraMatrices,
  type Program,
  predicted,
  readDecoder,
  type Sequence,
  scoringStep,
  trainingStep,
} from "#tensor";
import type { Trained } from "./adamw.ts";
import { type Adapter, readGgufAdapter, writeGgufAdapter, writePeft } from "./adapter.ts";
import { loadBest } from "./checkpoint.ts";
import { type ChatExample, checkSplits, sequencesOf, type Tokens } from "./examples.ts";
import { checkMemory, memoryNeeded } from "./memory.ts";
import { pack, predictedIn, type Row, tokensIn } from "./pack.ts";
import { Recipe, type RecipeInput } from "./recipe.ts";
import { seriesOf } from "./series.ts";
import { type Lesson, Training, type TrainingSite, trainedFrom, valuesOf } from "./training.ts";

export type TrainOptions = TrainingSite & {
  /** The chat model, a GGUF file. `name` is written into the PEFT configuration. */
  base: { path: string; sha256: string; name: string };
  /** A GGUF adapter to go on from; its rank, alpha and targets take the place of the recipe's. */
  from?: string;
  /** How chats become tokens: `openChatTokens` of #models. */
  tokens: Tokens;
  examples: readonly ChatExample[];
  /** Examples that decide which state of the adapter is the best. None: the last. */
  validation: readonly ChatExample[];
  recipe: RecipeInput;
};

export type TrainResult = {
  /** The adapter as llama.cpp loads it, and the folder that PEFT loads. */
  adapter: string;
  peft: string;
  steps: number;
  bestStep: number;
  /** Mean loss of the validation answers' tokens before and after; null without validation examples. */
  validation: { before: number; after: number } | null;
  losses: number[];
  tokensPerSecond: number;
  peakMemoryMb: number;
};

/**
 * Trains a LoRA adapter for a Llama-type chat model on a processor: supervised, on the assistant's last message of each
 * example. A pure function of its arguments but for the folder, through which it goes on after a crash with the same
 * numbers as without one.
 *
 * @throws PawlError what is wrong with the examples ({@link sequencesOf}, `splits-overlap`); `memory-short`;
 *   `adapter-wrong-base`; `training-diverged`, with the last good checkpoint kept; the signal's reason when aborted, after
 *   a checkpoint
 */
export async function trainLora(options: TrainOptions): Promise<TrainResult> {
  const startMs = performance.now();
  const recipe = Recipe.parse(options.recipe);
  checkSplits(options.examples, options.validation);
  await mkdir(options.folder, { recursive: true });
  const model = await readDecoder(options.base.path);
  const contextTokens = contextOf(model);
  const limits = { tokens: options.tokens, maxTokens: recipe.maxTokens, contextTokens };
  const train = sequencesOf(options.examples, limits);
  const validation = options.validation.length === 0 ? [] : sequencesOf(options.validation, limits);
  const from =
    options.from === undefined
      ? undefined
      : await readGgufAdapter(options.from, { model, sha256: options.base.sha256 });
  const lora: LoraShape = from?.lora ?? { rank: recipe.rank, alpha: recipe.alpha, targets: recipe.targets };

  const batch = batchFor([...train, ...validation], recipe.rowTokens);
  checkMemory(memoryNeeded(model.config, lora, batch), process.availableMemory());
  const begunFrom = options.from === undefined ? null : sha256(await readFile(options.from));
  const identity = hashOf({ recipe, base: options.base.sha256, from: begunFrom, train, validation });
  const trained = initial(model, lora, recipe.seed, from);
  const common = { ort: options.ort, threads: options.threads, model, lora, batch };
  const program = await trainingStep(common);
  const scoring = validation.length === 0 ? null : await scoringStep(common);
  const lesson = lessonOf({ batch, program, scoring, recipe }, { train, validation }, trained);
  const training = new Training({ ...options, recipe, lesson, trained, identity, startMs });
  try {
    const done = await training.run();
    const values = done.best === null ? valuesOf(trained) : await loadBest(options.folder);
    const adapter: Adapter = { lora, values };
    const path = join(options.folder, "adapter.gguf");
    const peft = join(options.folder, "peft");
    await writeGgufAdapter(path, adapter, { model, sha256: options.base.sha256 });
    await writePeft(peft, adapter, { model, name: options.base.name });
    return {
      adapter: path,
      peft,
      steps: done.steps,
      bestStep: done.best?.step ?? done.step,
      validation:
        done.best === null || done.baseline === null ? null : { before: done.baseline, after: done.best.loss },
      losses: done.losses,
      tokensPerSecond: done.tokens / done.seconds,
      peakMemoryMb: Math.round(process.resourceUsage().maxRSS / 1024),
    };
  } finally {
    await program.close();
    await scoring?.close();
  }
}

type Reading = { batch: BatchShape; program: Program; scoring: Program | null; recipe: Recipe };

/** Rows of chats, in which the answers' tokens are predicted. */
function lessonOf(
  { batch, program, scoring, recipe }: Reading,
  sequences: { train: readonly Sequence[]; validation: readonly Sequence[] },
  trained: ReadonlyMap<string, Trained>,
): Lesson<Row> {
  const rowsPerStep = Math.max(1, Math.round(recipe.batchTokens / batch.tokens));
  const validation = pack(sequences.validation, batch, 0);
  const values = valuesOf(trained); // the arrays themselves: a step changes them in place
  return {
    plan: seriesOf((epoch) => pack(sequences.train, batch, recipe.seed * 1_000_003 + epoch), rowsPerStep),
    sizeOf: (rows) => ({ predicted: predictedIn(rows), tokens: tokensIn(rows) }),
    async learn(row, weight) {
      const found = await program.run({ ...feedsOf([row], batch, weight), ...values });
      const gradients = [...trained.keys()].map(
        (name) => [name, found[gradientName(name)] ?? new Float32Array()] as const,
      );
      return { loss: found.loss?.[0] ?? Number.NaN, gradients: new Map(gradients) };
    },
    async validate(pause) {
      if (scoring === null) return null;
      let sum = 0;
      for (const row of validation) {
        await pause();
        const { logProbabilities = new Float32Array() } = await scoring.run({ ...feedsOf([row], batch, 1), ...values });
        sum -= logProbabilities.subarray(0, predictedIn([row])).reduce((total, value) => total + value, 0);
      }
      return sum / predictedIn(validation);
    },
  };
}

/** One row of the graph holds the longest example; its predicted places are more than an average row needs. */
function batchFor(sequences: readonly Sequence[], rowTokens: number): BatchShape {
  const roundUp = (value: number, to: number) => Math.ceil(value / to) * to;
  const tokens = Math.max(rowTokens, roundUp(Math.max(...sequences.map((one) => one.tokens.length)), 64));
  const rows = pack(sequences, { tokens, picked: tokens }, 0);
  const share = predictedIn(rows) / tokensIn(rows);
  const most = Math.max(...sequences.map(predicted));
  return { rows: 1, tokens, picked: Math.min(tokens, roundUp(Math.max(most, 1.5 * share * tokens), 32)) };
}

/** A as PEFT begins it (uniform in ±1/√in), B zero: the adapter begins as nothing. Or another adapter's values. */
function initial(model: Decoder, lora: LoraShape, seed: number, from: Adapter | undefined): Map<string, Trained> {
  const random = seededRandom(seed);
  return trainedFrom(
    loraMatrices(model.config, lora).map(({ name, shape, side }) => {
      const bound = side === "a" ? 1 / Math.sqrt(shape[1]) : 0;
      const length = shape[0] * shape[1];
      const values = from?.values[name] ?? Float32Array.from({ length }, () => (random() * 2 - 1) * bound);
      return [name, values] as const;
    }),
  );
}

function contextOf({ gguf }: Decoder): number {
  const value = gguf.metadata.get("llama.context_length");
  return value?.type === "uint32" ? Number(value.value) : Number.POSITIVE_INFINITY;
}
