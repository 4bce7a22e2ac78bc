import type { InferenceSession, Tensor } from "onnxruntime-node";
import type { Priority, ReadResponse, ReadSpan } from "#schema";
import { type Calibration, type SpanLogits, spansOf } from "../reader/spans.ts";
import { type ReaderText, readerTexts } from "../reader/texts.ts";
import { openWordPieces, type WordPieces } from "../word-pieces.ts";
import type { Lane } from "./lane.ts";
import { type EncoderSession, openEncoderSession } from "./session.ts";

/** Tokens of one run of the graph: its texts are as long as the longest, and what a core's cache holds is read fastest. */
const runTokens = 160;

/** One loaded reader: a question and passages in, the spans that answer out. */
export class ReadModel {
  readonly #session: InferenceSession;
  readonly #newTensor: (data: BigInt64Array, dims: number[]) => Tensor;
  readonly #pieces: WordPieces;
  readonly #calibration: Calibration;

  private constructor({ session, newTensor }: EncoderSession, pieces: WordPieces, calibration: Calibration) {
    this.#session = session;
    this.#newTensor = newTensor;
    this.#pieces = pieces;
    this.#calibration = calibration;
  }

  static async load(
    paths: { weights: string; tokenizer: string },
    options: { calibration: Calibration },
  ): Promise<ReadModel> {
    const opened = await openEncoderSession(paths.weights);
    return new ReadModel(opened, await openWordPieces(paths.tokenizer), options.calibration);
  }

  async close(): Promise<void> {
    await this.#session.release();
  }

  countTokens(text: string): number {
    return this.#pieces.pieces(text).ids.length;
  }

  /** The best span of each passage and the next best of any; before that, the best of the passages read so far. */
  async *read(
    {
      question,
      passages,
      priority = "interactive",
    }: { question: string; passages: readonly string[]; priority?: Priority },
    lane: Lane,
    signal: AbortSignal,
  ): AsyncGenerator<ReadSpan[], ReadResponse> {
    const texts = readerTexts(this.#pieces, question, passages);
    const logits: SpanLogits[] = [];
    const spansSoFar = () => spansOf(passages, texts.slice(0, logits.length), logits, this.#calibration);
    for (const batch of runsOf(texts)) {
      if (logits.length > 0) yield spansSoFar().spans;
      logits.push(...(await lane.run(priority, signal, () => this.#run(batch))));
    }
    return { ...spansSoFar(), inputTokens: texts.reduce((sum, text) => sum + text.tokens.length, 0) };
  }

  async #run(batch: readonly ReaderText[]): Promise<SpanLogits[]> {
    const width = longestOf(batch);
    const numbers = (numberAt: (text: ReaderText, at: number) => number) => {
      const data = new BigInt64Array(batch.length * width); // 0 is [PAD]
      for (const [row, text] of batch.entries()) {
        for (let at = 0; at < text.tokens.length; at += 1) data[row * width + at] = BigInt(numberAt(text, at));
      }
      return this.#newTensor(data, [batch.length, width]);
    };
    const { start, end, none } = await this.#session.run({
      input_ids: numbers((text, at) => text.tokens[at] ?? 0),
      attention_mask: numbers(() => 1),
      token_type_ids: numbers((text, at) => (at < text.secondFrom ? 0 : 1)),
    });
    const rowOf = (tensor: Tensor | undefined, row: number): Float32Array => {
      if (!(tensor?.data instanceof Float32Array)) throw new Error("The reader gave no logits.");
      return tensor.data.slice(row * width, (row + 1) * width);
    };
    return batch.map((_, row) => ({
      start: rowOf(start, row),
      end: rowOf(end, row),
      none: rowOf(none, row)[0] ?? Number.NaN,
    }));
  }
}

/** Neighbours together, as long as a run has room: at least one of them, however long. */
function runsOf(texts: readonly ReaderText[]): ReaderText[][] {
  const runs: ReaderText[][] = [];
  for (const text of texts) {
    const run = runs.at(-1);
    if (run !== undefined && (run.length + 1) * longestOf([...run, text]) <= runTokens) run.push(text);
    else runs.push([text]);
  }
  return runs;
}

function longestOf(texts: readonly ReaderText[]): number {
  return Math.max(...texts.map(({ tokens }) => tokens.length));
}
