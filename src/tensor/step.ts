import { type BatchShape, stepInputs } from "./batch.ts";
import { decoder, outputOf } from "./decoder.ts";
import { gradients } from "./gradients.ts";
import type { Value } from "./graph.ts";
import { adapted, type LoraShape } from "./lora.ts";
import { crossEntropy, labelLogProbabilities } from "./ops/loss.ts";
import { type CompileOptions, compile, type Program } from "./program.ts";
import type { Decoder } from "./weights.ts";

/** The name under which a matrix's gradient comes out. */
export function gradientName(matrix: string): string {
  return `${matrix}.gradient`;
}

type StepOptions = Omit<CompileOptions, "bound"> & { model: Decoder; lora: LoraShape; batch: BatchShape };

/**
 * One step of LoRA training as a graph: from a batch ({@link feedsOf}) and the LoRA matrices (by their names) to `loss`
 * and each matrix's gradient ({@link gradientName}).
 */
export async function trainingStep({ model, lora, batch, ...options }: StepOptions): Promise<Program> {
  const inputs = stepInputs(batch);
  const { linear, matrices } = adapted(model.config, lora);
  const out = outputOf(model.config, decoder(model.config, inputs, linear), inputs.picked);
  const loss = crossEntropy(out.hidden, out.table, inputs.labels, inputs.weights);
  const names = [...matrices.keys()].map(gradientName);
  const derived = gradients(loss, [...matrices.values()]);
  const outputs: Record<string, Value> = { loss };
  names.forEach((name, at) => {
    const value = derived[at];
    if (value !== undefined) outputs[name] = value;
  });
  return compile(outputs, { ...options, bound: model.weights });
}

/** The same without gradients: of each predicted token its `logProbabilities`, and the `best` of any token at its place. */
export async function scoringStep({ model, lora, batch, ...options }: StepOptions): Promise<Program> {
  const inputs = stepInputs(batch);
  const out = outputOf(model.config, decoder(model.config, inputs, adapted(model.config, lora).linear), inputs.picked);
  return compile(labelLogProbabilities(out.hidden, out.table, inputs.labels), { ...options, bound: model.weights });
}
