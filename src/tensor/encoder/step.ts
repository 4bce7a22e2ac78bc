import { gradients } from "../gradients.ts";
import type { Value } from "../graph.ts";
import { type CompileOptions, compile, type Program } from "../program.ts";
import { gradientName } from "../step.ts";
import { type EncoderBatchShape, encoderStepInputs } from "./batch.ts";
import { encoder, encoderWeights, inputsFor, plain, weightOf } from "./encoder.ts";
import { classLoss, type Head, headOf, headWeights, pairLoss, pooled, spanLogits, spanLoss } from "./heads.ts";
import { adaptedModules, type EncoderLora } from "./lora.ts";
import type { Encoder } from "./weights.ts";

type StepOptions = Omit<CompileOptions, "bound"> & {
  /** Its weights stay bound but for those that are trained: these are fed at each run. */
  model: Encoder;
  head: Head;
  batch: EncoderBatchShape;
  /** Names of the weights (and LoRA matrices) that are trained; none: the loss alone, for validation. */
  trained: readonly string[];
  lora?: EncoderLora;
};

/**
 * One step of training an encoder with a head as a graph: from a batch ({@link encoderFeeds}), the head's weights and the
 * trained ones, all by their names, to `loss` and the gradient of each trained one ({@link gradientName}).
 */
export async function encoderStep(options: StepOptions): Promise<Program> {
  const { model, head, batch, trained, lora, ...rest } = options;
  const { config } = model;
  const inputs = encoderStepInputs(head, batch);
  const own = inputsFor([...encoderWeights(config), ...headWeights(head, config.width)]);
  const { modules, matrices } =
    lora === undefined
      ? { modules: plain(own), matrices: new Map<string, Value>() }
      : adaptedModules(config, lora, plain(own));
  const weights = new Map([...own, ...matrices]);
  const hidden = encoder(config, inputs, weights, modules);
  const loss = lossOf(head, hidden, inputs, weights);
  const values = trained.map((name) => weightOf(weights, name));
  const derived = values.length === 0 ? [] : gradients(loss, values);
  const outputs = Object.fromEntries(trained.map((name, at) => [gradientName(name), derived[at] ?? loss]));
  const held = Object.entries(model.weights).filter(([name]) => own.has(name) && !trained.includes(name));
  return compile({ loss, ...outputs }, { ...rest, bound: Object.fromEntries(held) });
}

function lossOf(
  head: Head,
  hidden: Value,
  inputs: ReturnType<typeof encoderStepInputs>,
  weights: ReadonlyMap<string, Value>,
): Value {
  switch (head.kind) {
    case "spans":
      return spanLoss(spanLogits(weights, hidden), inputs);
    case "classes":
      return classLoss(headOf(weights, pooled(hidden, inputs.shares)), inputs);
    case "pairs":
      return pairLoss(headOf(weights, pooled(hidden, inputs.shares)), inputs);
  }
}
