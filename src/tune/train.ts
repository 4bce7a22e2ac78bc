import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { hashOf, PawlError, sha256 } from "#kernel";
import { seededRandom } from "#stats";
import {
  type BatchShape,
  type Decoder,
  feedsOf,
  gradientName,
  type LoraShape,
  loraMatrices,
  type Ort,
  type Program,
  predicted,
  readDecoder,
  type Sequence,
  scoringStep,
  trainingStep,
} from "#tensor";
import { adamw, normOf, type Trained } from "./adamw.ts";
import { type Adapter, readGgufAdapter, writeGgufAdapter, writePeft } from "./adapter.ts";
import { loadBest, loadCheckpoint, type Progressed, saveBest, saveCheckpoint } from "./checkpoint.ts";
import { type ChatExample, checkSplits, sequencesOf, type Tokens } from "./examples.ts";
import { checkMemory, memoryNeeded } from "./memory.ts";
import { pack, predictedIn, type Row, Steps, tokensIn } from "./pack.ts";
import { learningRateAt, Recipe, type RecipeInput } from "./recipe.ts";

export type TrainOptions = {
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
  /** Where checkpoints and the results go; a training that finds its own checkpoint goes on from it. */
  folder: string;
  ort: Ort;
  threads: number;
  signal: AbortSignal;
  report: (progress: TrainProgress) => void;
  /** Awaited between runs of the graph: training pauses for as long as it takes. */
  between?: () => Promise<void>;
  /** Seconds of training that a crash may cost; a checkpoint takes a few tenths of one. */
  checkpointSeconds?: number;
};

export type TrainProgress = {
  step: number;
  steps: number;
  /** Mean loss of the step's predicted tokens, in nats; null before the first. */
  loss: number | null;
  validationLoss: number | null;
  tokensPerSecond: number;
  secondsLeft: number;
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
  const training = new Training(
    { ...options, recipe, batch, program, scoring, trained, identity, startMs },
    train,
    validation,
  );
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

type Parts = Omit<TrainOptions, "recipe" | "examples" | "validation"> & {
  recipe: Recipe;
  batch: BatchShape;
  program: Program;
  scoring: Program | null;
  trained: ReadonlyMap<string, Trained>;
  identity: string;
  startMs: number;
};

/** The loop: step, validate, save, from wherever the folder's checkpoint stands. */
class Training {
  readonly #parts: Parts;
  readonly #plan: Steps;
  readonly #validation: readonly Row[];
  readonly #feeds: Readonly<Record<string, Float32Array>>;

  constructor(parts: Parts, train: readonly Sequence[], validation: readonly Sequence[]) {
    this.#parts = parts;
    const { recipe, batch, trained } = parts;
    const rowsPerStep = Math.max(1, Math.round(recipe.batchTokens / batch.tokens));
    this.#plan = new Steps(train, { batch, rowsPerStep, seed: recipe.seed });
    this.#validation = pack(validation, batch, 0);
    this.#feeds = valuesOf(trained); // the arrays themselves: a step changes them in place
  }

  async run(): Promise<Progressed> {
    const { folder, identity, trained, recipe, signal, checkpointSeconds = 60 } = this.#parts;
    const state = (await loadCheckpoint(folder, identity, trained)) ?? (await this.#begin());
    let sinceMs = performance.now();
    let savedMs = sinceMs;
    const tick = () => {
      const nowMs = performance.now();
      state.seconds += (nowMs - sinceMs) / 1000;
      sinceMs = nowMs;
    };
    const every = Math.max(1, Math.ceil(state.steps / recipe.validations));
    while (state.step < state.steps) {
      if (signal.aborted) {
        tick();
        await saveCheckpoint(folder, state, trained);
        signal.throwIfAborted();
      }
      await this.#step(state);
      tick();
      const isLast = state.step === state.steps;
      const validationLoss = state.step % every === 0 || isLast ? await this.#validate() : null;
      if (validationLoss !== null && validationLoss < (state.best?.loss ?? Number.POSITIVE_INFINITY)) {
        state.best = { step: state.step, loss: validationLoss };
        await saveBest(folder, trained);
      }
      sinceMs = performance.now(); // validation and saving are not training
      this.#report(state, validationLoss);
      if (isLast || performance.now() - savedMs > checkpointSeconds * 1000) {
        await saveCheckpoint(folder, state, trained);
        savedMs = performance.now();
      }
    }
    return state;
  }

  /** The first state: the model as it is, validated, and how many steps there will be. */
  async #begin(): Promise<Progressed> {
    const { recipe, identity, startMs, folder, trained } = this.#parts;
    const validateMs = performance.now();
    const baseline = await this.#validate();
    const validationSeconds = (performance.now() - validateMs) / 1000;
    const steps = await this.#stepsFor(recipe, startMs, validationSeconds);
    const state = { identity, step: 0, steps, seconds: 0, tokens: 0, baseline, losses: [], best: null };
    await saveCheckpoint(folder, state, trained);
    this.#report(state, baseline);
    return state;
  }

  /** Minutes are turned into steps once, by the time that a step takes here and now. */
  async #stepsFor({ length, validations }: Recipe, startMs: number, validationSeconds: number): Promise<number> {
    if ("steps" in length) return length.steps;
    if ("epochs" in length) return this.#plan.in(length.epochs);
    const [rows, again] = [this.#plan.at(0), this.#plan.at(1)];
    await this.#gradients(rows.slice(0, 1), 1); // the first run of a graph is slower
    const timedMs = performance.now();
    await this.#gradients(again, 1);
    const stepSeconds = ((performance.now() - timedMs) / 1000) * 1.02 + 0.05; // the optimiser, checkpoints
    const spent = (performance.now() - startMs) / 1000 + validations * validationSeconds + 5;
    const steps = Math.floor((length.minutes * 60 - spent) / stepSeconds);
    if (steps >= 1) return steps;
    throw new PawlError(
      "bad-request",
      `${length.minutes} minutes hold no step: loading and validation take ${Math.ceil(spent)} s.`,
      {
        hint: "Give more minutes, or fewer validation examples.",
      },
    );
  }

  async #step(state: Progressed): Promise<void> {
    const { recipe, trained, folder } = this.#parts;
    const rows = this.#plan.at(state.step);
    const { loss, gradients } = await this.#gradients(rows, 1 / predictedIn(rows));
    const norm = normOf([...gradients.values()]);
    const recent = [...state.losses.slice(-9), loss];
    const mean = recent.reduce((sum, value) => sum + value, 0) / recent.length;
    const first = state.losses[0] ?? loss;
    if (!Number.isFinite(loss) || !Number.isFinite(norm) || (recent.length === 10 && mean > 2 * first + 2)) {
      const found =
        Number.isFinite(loss) && Number.isFinite(norm)
          ? `rose from ${first.toFixed(2)} to ${mean.toFixed(2)}`
          : "is no number";
      throw new PawlError("training-diverged", `Training stopped at step ${state.step + 1}: the loss ${found}.`, {
        hint: `The learning rate ${recipe.learningRate} is too high: try a third of it. The last good state is in ${folder}.`,
        details: { step: state.step + 1, loss, gradientNorm: norm },
      });
    }
    const common = {
      step: state.step + 1,
      learningRate: learningRateAt(recipe, state.step, state.steps),
      weightDecay: recipe.weightDecay,
      scale: Math.min(1, recipe.clip / (norm + 1e-12)),
    };
    for (const [name, matrix] of trained) adamw(matrix, gradients.get(name) ?? new Float32Array(), common);
    state.step += 1;
    state.tokens += tokensIn(rows);
    state.losses.push(loss);
  }

  /** Loss and gradients summed over rows, each predicted token weighing `weight`. */
  async #gradients(rows: readonly Row[], weight: number) {
    const { program, batch, trained } = this.#parts;
    let loss = 0;
    const gradients = new Map<string, Float32Array>();
    for (const row of rows) {
      await this.#pause();
      const found = await program.run({ ...feedsOf([row], batch, weight), ...this.#feeds });
      loss += found.loss?.[0] ?? Number.NaN;
      for (const name of trained.keys()) {
        const gradient = found[gradientName(name)] ?? new Float32Array();
        const sum = gradients.get(name);
        if (sum === undefined) gradients.set(name, gradient);
        else for (let at = 0; at < sum.length; at += 1) sum[at] = (sum[at] ?? 0) + (gradient[at] ?? 0);
      }
    }
    return { loss, gradients };
  }

  /** Mean loss of the validation answers' tokens; null without examples. */
  async #validate(): Promise<number | null> {
    const { scoring, batch } = this.#parts;
    if (scoring === null) return null;
    let sum = 0;
    for (const row of this.#validation) {
      await this.#pause();
      const { logProbabilities = new Float32Array() } = await scoring.run({
        ...feedsOf([row], batch, 1),
        ...this.#feeds,
      });
      sum -= logProbabilities.subarray(0, predictedIn([row])).reduce((total, value) => total + value, 0);
    }
    return sum / predictedIn(this.#validation);
  }

  async #pause(): Promise<void> {
    await this.#parts.between?.();
  }

  #report({ step, steps, losses, tokens, seconds }: Progressed, validationLoss: number | null): void {
    const perStep = step === 0 ? 0 : seconds / step;
    this.#parts.report({
      step,
      steps,
      loss: losses.at(-1) ?? null,
      validationLoss,
      tokensPerSecond: seconds === 0 ? 0 : tokens / seconds,
      secondsLeft: Math.round(perStep * (steps - step)),
    });
  }
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
  return new Map(
    loraMatrices(model.config, lora).map(({ name, shape, side }) => {
      const bound = side === "a" ? 1 / Math.sqrt(shape[1]) : 0;
      const length = shape[0] * shape[1];
      const values = from?.values[name] ?? Float32Array.from({ length }, () => (random() * 2 - 1) * bound);
      return [name, { values, first: new Float32Array(length), second: new Float32Array(length) }];
    }),
  );
}

function valuesOf(trained: ReadonlyMap<string, Trained>): Record<string, Float32Array> {
  return Object.fromEntries([...trained].map(([name, { values }]) => [name, values]));
}

function contextOf({ gguf }: Decoder): number {
  const value = gguf.metadata.get("llama.context_length");
  return value?.type === "uint32" ? Number(value.value) : Number.POSITIVE_INFINITY;
}
