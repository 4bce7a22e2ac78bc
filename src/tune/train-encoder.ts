import { mkdir } from "node:fs/promises";
import { hashOf, PawlError } from "#kernel";
import { seededRandom } from "#stats";
import {
  type Encoder,
  type EncoderBatchShape,
  type EncoderExample,
  type EncoderLora,
  encoderFeeds,
  encoderLoraMatrices,
  encoderProjections,
  encoderStep,
  gradientName,
  type Head,
  headWeights,
  type Program,
} from "#tensor";
import type { Trained } from "./adamw.ts";
import { loadBest } from "./checkpoint.ts";
import { packTexts, type TextBatch, textsOf, tokensOf } from "./pack-texts.ts";
import { Recipe, type RecipeInput } from "./recipe.ts";
import { seriesOf } from "./series.ts";
import { type Lesson, Training, type TrainingSite, trainedFrom, valuesOf } from "./training.ts";

export type TrainEncoderOptions = TrainingSite & {
  /** The encoder that is adapted, and a name of its weights (a hash). */
  model: Encoder;
  base: string;
  head: Head;
  /** Trained values (the head's weights and LoRA's matrices) to go on from, and a name of them (a hash). */
  from?: { name: string; values: Readonly<Record<string, Float32Array>> } | undefined;
  examples: readonly EncoderExample[];
  /** Examples that decide which state is the best. None: the last. */
  validation: readonly EncoderExample[];
  recipe: Omit<RecipeInput, "targets" | "maxTokens">;
};

export type TrainEncoderResult = {
  lora: EncoderLora;
  /** The head's weights and LoRA's matrices, by their names. */
  values: Record<string, Float32Array>;
  steps: number;
  bestStep: number;
  validation: { before: number; after: number } | null;
  losses: number[];
  tokensPerSecond: number;
};

/** Rows of one run: fewer would leave places empty, more take memory. */
const rowsOfRun = 4;
/** Most examples of a run, so that the loss's table stays small. */
const examplesOfRun = 24;

/**
 * Trains a head on a BERT-type encoder whose matrices LoRA adapts (Hu et al. 2021, arXiv:2106.09685), on a processor. A
 * pure function of its arguments but for the folder, through which it goes on after a crash with the same numbers.
 *
 * @throws PawlError `bad-request` for a text that is longer than a row; `training-diverged`, with the last good checkpoint
 *   kept; the signal's reason when aborted, after a checkpoint
 */
export async function trainEncoder(options: TrainEncoderOptions): Promise<TrainEncoderResult> {
  const startMs = performance.now();
  const recipe = Recipe.parse(options.recipe);
  const { model, head, examples, validation, folder } = options;
  check(examples, validation, Math.min(recipe.rowTokens, model.config.positions));
  await mkdir(folder, { recursive: true });
  const lora: EncoderLora = { rank: recipe.rank, alpha: recipe.alpha, targets: [...encoderProjections] };
  const identity = hashOf({ recipe, base: options.base, head, examples, validation, from: options.from?.name ?? null });
  const trained = initial(options, lora, recipe.seed);
  const most = [...examples, ...validation].reduce((many, one) => Math.max(many, textsOf(one).length), 1);
  const batch = {
    rows: rowsOfRun,
    tokens: recipe.rowTokens,
    texts: most * examplesOfRun,
    examples: examplesOfRun,
  };
  const common = { ort: options.ort, threads: options.threads, model, head, batch, lora };
  const program = await encoderStep({ ...common, trained: [...trained.keys()] });
  const scoring = validation.length === 0 ? null : await encoderStep({ ...common, trained: [] });
  const lesson = lessonOf({ program, scoring, head, batch, recipe }, options, trained);
  try {
    const done = await new Training({ ...options, recipe, lesson, trained, identity, startMs }).run();
    return {
      lora,
      values: done.best === null ? valuesOf(trained) : await loadBest(folder),
      steps: done.steps,
      bestStep: done.best?.step ?? done.step,
      validation:
        done.best === null || done.baseline === null ? null : { before: done.baseline, after: done.best.loss },
      losses: done.losses,
      tokensPerSecond: done.tokens / done.seconds,
    };
  } finally {
    await program.close();
    await scoring?.close();
  }
}

function lessonOf(
  reading: { program: Program; scoring: Program | null; head: Head; batch: EncoderBatchShape; recipe: Recipe },
  { examples, validation }: Pick<TrainEncoderOptions, "examples" | "validation">,
  trained: ReadonlyMap<string, Trained>,
): Lesson<TextBatch> {
  const { program, scoring, head, batch, recipe } = reading;
  const values = valuesOf(trained); // the arrays themselves: a step changes them in place
  const runsPerStep = Math.max(1, Math.round(recipe.batchTokens / (batch.rows * batch.tokens)));
  const held = packTexts(validation, batch, 0);
  const feedsOf = ({ rows, examples }: TextBatch, weight: number) => ({
    ...encoderFeeds(rows, examples, { head, shape: batch, weight }),
    ...values,
  });
  return {
    plan: seriesOf((epoch) => packTexts(examples, batch, recipe.seed * 1_000_003 + epoch), runsPerStep),
    sizeOf: (batches) => {
      const all = batches.flatMap((one) => one.examples);
      return { predicted: all.length, tokens: tokensOf(all) };
    },
    async learn(one, weight) {
      const found = await program.run(feedsOf(one, weight));
      const gradients = [...trained.keys()].map(
        (name) => [name, found[gradientName(name)] ?? new Float32Array()] as const,
      );
      return { loss: found.loss?.[0] ?? Number.NaN, gradients: new Map(gradients) };
    },
    async validate(pause) {
      if (scoring === null) return null;
      let sum = 0;
      for (const one of held) {
        await pause();
        sum += (await scoring.run(feedsOf(one, 1 / validation.length))).loss?.[0] ?? Number.NaN;
      }
      return sum;
    },
  };
}

/** LoRA begins as nothing (B zero), the head as small numbers. */
function initial({ model, head, from }: TrainEncoderOptions, lora: EncoderLora, seed: number): Map<string, Trained> {
  const random = seededRandom(seed);
  const drawn = (length: number, bound: number) => Float32Array.from({ length }, () => (random() * 2 - 1) * bound);
  const named = [...encoderLoraMatrices(model.config, lora), ...headWeights(head, model.config.width)];
  return trainedFrom(
    named.map(({ name, shape: [rows = 1, columns = 1] }) => {
      const isZero = name.endsWith(".lora_b") || name.endsWith(".bias");
      const bound = isZero ? 0 : name.endsWith(".lora_a") ? 1 / Math.sqrt(columns) : 0.02;
      const begun = from?.values[name];
      if (begun !== undefined && begun.length !== rows * columns) throw otherShape(name, begun.length, rows * columns);
      return [name, begun === undefined ? drawn(rows * columns, bound) : Float32Array.from(begun)] as const;
    }),
  );
}

function otherShape(name: string, has: number, wanted: number): PawlError {
  return new PawlError("shape-mismatch", `${name} of the weights to go on from has ${has} values, not ${wanted}.`, {
    hint: "Give the recipe their rank, or begin anew (--fresh).",
  });
}

function check(examples: readonly EncoderExample[], validation: readonly EncoderExample[], most: number): void {
  if (examples.length === 0) {
    throw new PawlError("bad-request", "There are no examples to train on.", { hint: "Give examples." });
  }
  const lengths = [...examples, ...validation].flatMap(textsOf).map(({ tokens }) => tokens.length);
  const long = lengths.filter((length) => length > most);
  if (long.length === 0) return;
  throw new PawlError(
    "bad-request",
    `${long.length} texts have more than ${most} tokens, the longest ${long.reduce((a, b) => Math.max(a, b))}.`,
    { hint: "Cut them into shorter passages, or make rows longer (`rowTokens`)." },
  );
}
