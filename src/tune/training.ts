import { PawlError } from "#kernel";
import type { Ort } from "#tensor";
import { adamw, normOf, type Trained } from "./adamw.ts";
import { loadCheckpoint, type Progressed, saveBest, saveCheckpoint } from "./checkpoint.ts";
import { learningRateAt, type Recipe } from "./recipe.ts";

export type TrainProgress = {
  step: number;
  steps: number;
  /** Mean loss of the step's predicted tokens (an encoder's: examples), in nats; null before the first. */
  loss: number | null;
  validationLoss: number | null;
  tokensPerSecond: number;
  secondsLeft: number;
};

/** Where and how a training runs, whatever is trained. */
export type TrainingSite = {
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

/** What a model learns from, and how: one run of its graph reads a `Batch`. */
export type Lesson<Batch> = {
  plan: { at(step: number): Batch[]; in(epochs: number): number };
  /** What the loss is a mean over, and the tokens that are read. */
  sizeOf(batches: readonly Batch[]): { predicted: number; tokens: number };
  /** The loss and the gradient of each trained array, everything predicted weighing `weight`. */
  learn(batch: Batch, weight: number): Promise<{ loss: number; gradients: ReadonlyMap<string, Float32Array> }>;
  /** Mean loss on the validation examples, `pause` awaited between runs; null without examples. */
  validate(pause: () => Promise<void>): Promise<number | null>;
};

type Parts<Batch> = Omit<TrainingSite, "ort" | "threads"> & {
  lesson: Lesson<Batch>;
  recipe: Pick<
    Recipe,
    "learningRate" | "warmup" | "decay" | "weightDecay" | "clip" | "epochs" | "length" | "validations"
  >;
  /** Changed in place by each step. */
  trained: ReadonlyMap<string, Trained>;
  /** Hash of all that the numbers follow from. */
  identity: string;
  startMs: number;
};

/** A handful of examples is read more often than `epochs`: in fewer steps than this nothing is learned. */
const fewestSteps = 100;

/** The loop of every training: step, validate, save, from wherever the folder's checkpoint stands. */
export class Training<Batch> {
  readonly #parts: Parts<Batch>;

  constructor(parts: Parts<Batch>) {
    this.#parts = parts;
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
    const { identity, folder, trained } = this.#parts;
    const validateMs = performance.now();
    const baseline = await this.#validate();
    const validationSeconds = (performance.now() - validateMs) / 1000;
    const steps = await this.#stepsFor(validationSeconds);
    const state = { identity, step: 0, steps, seconds: 0, tokens: 0, baseline, losses: [], best: null };
    await saveCheckpoint(folder, state, trained);
    this.#report(state, baseline);
    return state;
  }

  /**
   * Minutes are turned into steps once, by the time that a step takes here and now; more than `epochs` hold would only teach
   * the examples by heart.
   */
  async #stepsFor(validationSeconds: number): Promise<number> {
    const { lesson, recipe, startMs } = this.#parts;
    const { epochs, length, validations } = recipe;
    if (length === undefined) return lesson.plan.in(epochs);
    if ("steps" in length) return length.steps;
    const [batches, again] = [lesson.plan.at(0), lesson.plan.at(1)];
    await this.#gradients(batches.slice(0, 1), 1); // the first run of a graph is slower
    const timedMs = performance.now();
    await this.#gradients(again, 1);
    const stepSeconds = ((performance.now() - timedMs) / 1000) * 1.02 + 0.05; // the optimiser, checkpoints
    const spent = (performance.now() - startMs) / 1000 + validations * validationSeconds + 5;
    const steps = Math.floor((length.minutes * 60 - spent) / stepSeconds);
    if (steps >= 1) return Math.min(steps, Math.max(lesson.plan.in(epochs), fewestSteps));
    throw new PawlError(
      "bad-request",
      `${length.minutes} minutes hold no step: loading and validation take ${Math.ceil(spent)} s.`,
      {
        hint: "Give more minutes, or fewer validation examples.",
      },
    );
  }

  async #step(state: Progressed): Promise<void> {
    const { recipe, trained, folder, lesson } = this.#parts;
    const batches = lesson.plan.at(state.step);
    const { predicted, tokens } = lesson.sizeOf(batches);
    const { loss, gradients } = await this.#gradients(batches, 1 / predicted);
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
    state.tokens += tokens;
    state.losses.push(loss);
  }

  /** Loss and gradients summed over batches. */
  async #gradients(batches: readonly Batch[], weight: number) {
    let loss = 0;
    const gradients = new Map<string, Float32Array>();
    for (const batch of batches) {
      await this.#pause();
      const found = await this.#parts.lesson.learn(batch, weight);
      loss += found.loss;
      for (const [name, gradient] of found.gradients) {
        const sum = gradients.get(name);
        if (sum === undefined) gradients.set(name, gradient);
        else for (let at = 0; at < sum.length; at += 1) sum[at] = (sum[at] ?? 0) + (gradient[at] ?? 0);
      }
    }
    return { loss, gradients };
  }

  #validate(): Promise<number | null> {
    return this.#parts.lesson.validate(() => this.#pause());
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

export function valuesOf(trained: ReadonlyMap<string, Trained>): Record<string, Float32Array> {
  return Object.fromEntries([...trained].map(([name, { values }]) => [name, values]));
}

/** Arrays to train from these values, with Adam's moments at zero. */
export function trainedFrom(values: Iterable<readonly [string, Float32Array]>): Map<string, Trained> {
  return new Map(
    Array.from(values, ([name, values]) => [
      name,
      { values, first: new Float32Array(values.length), second: new Float32Array(values.length) },
    ]),
  );
}
