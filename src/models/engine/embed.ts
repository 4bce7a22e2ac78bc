import { readFile } from "node:fs/promises";
import { Tokenizer } from "@huggingface/tokenizers";
import type { InferenceSession, Tensor } from "onnxruntime-node";
import type { Priority } from "#schema";
import type { Lane } from "./lane.ts";
import { type EncoderSession, openEncoderSession } from "./session.ts";

export type EmbedJob = {
  texts: readonly string[];
  pooling: "cls" | "mean";
  priority: Priority;
};

export type Embedded = { vectors: Float32Array[]; inputTokens: number };

/** Tokens (with padding) in one run of the graph: larger batches gain nothing on a few cores and block the lane. */
const batchTokens = 2_048;
const batchTexts = 32;

type Encoded = { index: number; ids: number[] };

/** One loaded encoder: texts in, unit vectors out. */
export class EmbedModel {
  readonly #session: InferenceSession;
  readonly #newTensor: (data: BigInt64Array, dims: number[]) => Tensor;
  readonly #tokenizer: Tokenizer;
  readonly #maxTokens: number;

  private constructor({ session, newTensor }: EncoderSession, tokenizer: Tokenizer, maxTokens: number) {
    this.#session = session;
    this.#newTensor = newTensor;
    this.#tokenizer = tokenizer;
    this.#maxTokens = maxTokens;
  }

  static async load(
    paths: { weights: string; tokenizer: string },
    options: { maxTokens: number },
  ): Promise<EmbedModel> {
    const opened = await openEncoderSession(paths.weights);
    const tokenizer = new Tokenizer(JSON.parse(await readFile(paths.tokenizer, "utf8")), {});
    return new EmbedModel(opened, tokenizer, options.maxTokens);
  }

  async close(): Promise<void> {
    await this.#session.release();
  }

  countTokens(text: string): number {
    return this.#tokenizer.encode(text, { add_special_tokens: false }).ids.length;
  }

  /** One unit vector per text, in their order. Texts over the model's length are cut at its last token. */
  async embed(job: EmbedJob, lane: Lane, signal: AbortSignal): Promise<Embedded> {
    const encoded = job.texts.map((text, index) => ({ index, ids: this.#encode(text) }));
    encoded.sort((a, b) => a.ids.length - b.ids.length || a.index - b.index);
    const vectors = new Array<Float32Array>(job.texts.length);
    for (const batch of batches(encoded)) {
      const found = await lane.run(job.priority, signal, () => this.#run(batch, job.pooling));
      batch.forEach(({ index }, row) => {
        vectors[index] = found[row] ?? new Float32Array();
      });
    }
    return { vectors, inputTokens: encoded.reduce((sum, { ids }) => sum + ids.length, 0) };
  }

  /** Token ids with [CLS] and [SEP], cut to the model's length with the last special token kept. */
  #encode(text: string): number[] {
    const { ids } = this.#tokenizer.encode(text);
    const last = ids.at(-1);
    return ids.length <= this.#maxTokens || last === undefined ? ids : [...ids.slice(0, this.#maxTokens - 1), last];
  }

  async #run(batch: readonly Encoded[], pooling: "cls" | "mean"): Promise<Float32Array[]> {
    const width = Math.max(...batch.map(({ ids }) => ids.length));
    const ids = new BigInt64Array(batch.length * width); // [texts, width], 0 is [PAD]
    const mask = new BigInt64Array(batch.length * width);
    batch.forEach((item, row) => {
      item.ids.forEach((id, column) => {
        ids[row * width + column] = BigInt(id);
        mask[row * width + column] = 1n;
      });
    });
    const dims = [batch.length, width];
    const inputs: Record<string, Tensor> = {
      input_ids: this.#newTensor(ids, dims),
      attention_mask: this.#newTensor(mask, dims),
    };
    if (this.#session.inputNames.includes("token_type_ids")) {
      inputs.token_type_ids = this.#newTensor(new BigInt64Array(batch.length * width), dims);
    }
    const outputs = await this.#session.run(inputs);
    const hidden = outputs[this.#session.outputNames[0] ?? "last_hidden_state"];
    if (hidden === undefined || !(hidden.data instanceof Float32Array))
      throw new Error("The encoder gave no hidden states.");
    const dimensions = hidden.dims[2] ?? 0; // [texts, width, dimensions]
    const { data } = hidden;
    return batch.map((item, row) => {
      const start = row * width * dimensions;
      const tokens = pooling === "cls" ? 1 : item.ids.length;
      return unit(pooled(data, start, tokens, dimensions));
    });
  }
}

/** Runs of texts of similar length, so that little is padding. */
function* batches(sorted: readonly Encoded[]): Generator<Encoded[]> {
  let batch: Encoded[] = [];
  for (const item of sorted) {
    if (batch.length > 0 && (batch.length >= batchTexts || (batch.length + 1) * item.ids.length > batchTokens)) {
      yield batch;
      batch = [];
    }
    batch.push(item);
  }
  if (batch.length > 0) yield batch;
}

/** Mean of `tokens` rows of `dimensions` values each. */
function pooled(data: Float32Array, start: number, tokens: number, dimensions: number): Float32Array {
  const sum = new Float32Array(dimensions);
  for (let token = 0; token < tokens; token += 1) {
    for (let at = 0; at < dimensions; at += 1) {
      sum[at] = (sum[at] ?? 0) + (data[start + token * dimensions + at] ?? 0) / tokens;
    }
  }
  return sum;
}

function unit(vector: Float32Array): Float32Array {
  let squares = 0;
  for (const value of vector) squares += value * value;
  const norm = Math.sqrt(squares);
  return norm === 0 ? vector : vector.map((value) => value / norm);
}
