import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PawlError, sha256 } from "#kernel";
import { openReader, readerTexts, tokensAt, type WordPieces } from "#models";
import type { TuneLine } from "#schema";
import { fitLogistic } from "#stats";
import {
  type Encoder,
  encoderLoraMatrices,
  headWeights,
  mergedEncoder,
  miniLm,
  readEncoderAs,
  readSafetensors,
  type SpanExample,
  writeServedEncoder,
  writeWeights,
} from "#tensor";
import { type RecipeInput, readerRecipe } from "./recipe.ts";
import { type TrainEncoderResult, trainEncoder } from "./train-encoder.ts";
import type { TrainingSite } from "./training.ts";

export type TrainReaderOptions = TrainingSite & {
  /** all-MiniLM-L6-v2's safetensors file, the catalog's id of the reader that it becomes, and its tokenizer's file. */
  base: { path: string; sha256: string; id: string; tokenizer: string };
  pieces: WordPieces;
  /** The weights of an earlier reader's skill to go on from: a file as this function writes it. */
  from?: { path: string; sha256: string } | undefined;
  lines: readonly TuneLine[];
  validation: readonly TuneLine[];
  recipe: Omit<RecipeInput, "targets" | "maxTokens">;
};

const head = { kind: "spans" } as const;
/**
 * Trains a reader: where in passages a question's answer begins and ends, and whether it is there at all (Devlin et al. 2019,
 * arXiv:1810.04805, §4.3, with all passages of a question competing). Its `support` is calibrated on the validation lines: the
 * probability that a question whose best span has this margin is answered in the passages (Platt 1999).
 *
 * @returns the folder of a skill: `skill.json` and the trained weights
 * @throws PawlError `dataset-unreadable` where no line's answer stands in its passage; those of {@link trainEncoder}
 */
export async function trainReader(
  options: TrainReaderOptions,
): Promise<Omit<TrainEncoderResult, "values"> & { skill: string; sha256: string }> {
  const { base, pieces, folder } = options;
  const examples = options.lines.flatMap((line) => spanExample(line, pieces) ?? []);
  const validation = options.validation.flatMap((line) => spanExample(line, pieces) ?? []);
  if (examples.every(({ spans }) => spans.length === 0)) {
    throw new PawlError("dataset-unreadable", "No line's answer stands in its passage word for word.", {
      hint: "A reader learns which words of a passage answer: `answer` must be a part of the passage that `citation` names.",
    });
  }
  const recipe = { ...readerRecipe, ...options.recipe };
  const model = await readEncoderAs(miniLm, base.path);
  const from = options.from === undefined ? undefined : await valuesOf(options.from);
  const trained = await trainEncoder({
    ...options,
    from,
    model,
    base: base.sha256,
    head,
    examples,
    validation,
    recipe,
  });
  const { values, ...result } = trained;
  const skill = join(folder, "reading");
  await mkdir(skill, { recursive: true });
  const file = join(skill, "reader.safetensors");
  const { config } = model;
  await writeWeights(file, [...encoderLoraMatrices(config, result.lora), ...headWeights(head, config.width)], values);
  const hash = sha256(await readFile(file));
  const calibration = await calibrated(options, model, trained);
  const manifest = {
    ...{ name: "reading", model: base.id, base: base.sha256, file: "reader.safetensors", sha256: hash },
    lora: { rank: result.lora.rank, alpha: result.lora.alpha },
    calibration,
  };
  await writeFile(join(skill, "skill.json.part"), `${JSON.stringify(manifest, null, 2)}\n`);
  await rename(join(skill, "skill.json.part"), join(skill, "skill.json"));
  return { ...result, skill, sha256: hash };
}

async function valuesOf({ path, sha256: name }: { path: string; sha256: string }) {
  const { tensors } = await readSafetensors(path);
  return { name, values: Object.fromEntries(tensors.map(({ name, data }) => [name, data])) };
}

/** A line with all spans of its answers in the passage that it cites (in any, where it cites none); null where there is none. */
export function spanExample(line: TuneLine, pieces: WordPieces): SpanExample | null {
  const texts = readerTexts(pieces, line.question, line.passages);
  const answers = line.answer === null ? [] : new Set([line.answer, ...(line.answers ?? [])]);
  const spans = texts.flatMap((text) => {
    if (line.citation !== undefined && text.passage !== line.citation - 1) return [];
    const passage = line.passages[text.passage] ?? "";
    const found = [...answers].flatMap((answer) =>
      placesOf(answer, passage).flatMap((at) => tokensAt(text, at, at + answer.length) ?? []),
    );
    const distinct = new Map(found.map((span) => [`${span.first} ${span.last}`, span]));
    return [...distinct.values()].map((span) => ({ text, ...span }));
  });
  if (texts.length === 0 || (line.answer !== null && spans.length === 0)) return null;
  const asked = texts.map((text) => ({ text, from: text.secondFrom, to: text.secondFrom + text.starts.length }));
  return { kind: "spans", texts: asked, spans };
}

function placesOf(words: string, text: string): number[] {
  const places: number[] = [];
  if (words === "") return places;
  for (let at = text.indexOf(words); at >= 0; at = text.indexOf(words, at + 1)) places.push(at);
  return places;
}

/** Of so many questions that are asked of documents one has no answer in them. */
const oneWithoutIn = 4;

/**
 * By the reader as it will be served, in int8. Validation lines have an answer more or less often than questions do: the odds
 * are moved to theirs (prior correction, King and Zeng 2001, §4.1).
 */
async function calibrated(
  { base, folder, validation, signal }: TrainReaderOptions,
  encoder: Encoder,
  { lora, values }: TrainEncoderResult,
) {
  const path = join(folder, "reader.int8.onnx");
  const model = mergedEncoder(encoder, lora, values);
  await writeServedEncoder(path, { model, head: { head, weights: values }, bits: "int8" });
  // A tenth of the margin: a probability holds no larger one.
  const reader = await openReader({ weights: path, tokenizer: base.tokenizer }, { scale: 0.1, bias: 0 });
  try {
    const points: { x: number; is: boolean }[] = [];
    for (const { question, passages, answer } of validation) {
      const [best] = (await reader.read({ question, passages }, signal)).spans;
      if (best !== undefined) points.push({ x: 10 * Math.log(best.support / (1 - best.support)), is: answer !== null });
    }
    const { scale, bias } = fitLogistic(points);
    const answered = points.filter(({ is }) => is).length;
    const moved = Math.log(oneWithoutIn - 1) - Math.log(answered / (points.length - answered));
    return { scale, bias: Number.isFinite(moved) ? bias + moved : bias };
  } finally {
    await reader.close();
  }
}
