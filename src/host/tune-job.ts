import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { eq } from "drizzle-orm";
import type { Gateway } from "#gateway";
import { PawlError } from "#kernel";
import { ensureFile, findEntry, importNative, openChatTokens } from "#models";
import { Recipe, Tuning } from "#schema";
import { type JobContext, type Store, tables } from "#store";
import { trainLora } from "#tune";
import { Tuned, TuneExamples, TuneInput } from "./tuning.ts";

const { tunings } = tables;

/** Seconds between two writes of the curve. */
const writeSeconds = 2;
/** Points of a curve: more cannot be seen. */
const mostPoints = 400;
/** Both of a small machine's cores; more than this brings little for a small model. */
const threads = 2;

/**
 * One training run: what the job names is trained, its curve is in the store while it runs, the adapter in the model store
 * at the end. Begun again, it goes on from its last checkpoint.
 */
export async function runTuning(
  { id, input, signal, report }: Pick<JobContext, "id" | "input" | "signal" | "report">,
  parts: { store: Store; models: Gateway; modelsFolder: string; env: NodeJS.ProcessEnv; between: () => Promise<void> },
): Promise<Tuned> {
  const { app, model, folder, minutes, recipe: given, from } = TuneInput.parse(input);
  const { train, validation } = TuneExamples.parse(JSON.parse(await readFile(join(folder, "examples.json"), "utf8")));
  const recipe = Recipe.parse(given);
  const entry = findEntry(model);
  if (entry?.kind !== "chat" || entry.format !== "gguf")
    throw new PawlError("unsupported-option", `${model} is no chat model of the catalog: it cannot be trained.`);
  const files = { folder: parts.modelsFolder, env: parts.env, report, signal };
  const weights = await ensureFile(entry, entry.weights, files);
  const tokens = await openChatTokens(weights.path);

  const [begun] = await parts.store.db.select({ body: tunings.body }).from(tunings).where(eq(tunings.id, id));
  const before = begun ? Tuning.parse(begun.body) : null;
  let row: Tuning = {
    id,
    app,
    status: "running",
    createdAt: before?.createdAt ?? new Date().toISOString(),
    recipe,
    from,
    examples: train.length,
    steps: null,
    tokensPerSecond: null,
    secondsLeft: null,
    peakMemoryMb: null,
    points: before?.points ?? [],
    result: null,
  };
  const write = async (change: Partial<Tuning>) => {
    row = { ...row, ...change };
    await parts.store.db
      .insert(tunings)
      .values({ id, app, createdAt: row.createdAt, body: row })
      .onConflictDoUpdate({ target: tunings.id, set: { body: row } });
  };
  await write({});
  let writtenMs = 0;
  let writing = Promise.resolve();
  try {
    const trained = await trainLora({
      base: { path: weights.path, sha256: weights.sha256, name: entry.id },
      ...(from === null ? {} : { from: (await parts.models.findAdapter(from)).path }),
      tokens: tokens.tokens,
      examples: train.map((messages) => ({ messages })),
      validation: validation.map((messages) => ({ messages })),
      recipe: { ...recipe, length: { minutes } },
      folder,
      ort: await importNative("onnxruntime-node"),
      threads,
      signal,
      between: parts.between,
      report: ({ step, steps, loss, validationLoss, tokensPerSecond, secondsLeft }) => {
        const last = row.points.at(-1);
        const point = { step, loss: loss ?? last?.loss ?? 0, validation: validationLoss };
        // What an attempt did after its last checkpoint is done again.
        const points = loss === null ? row.points : [...row.points.filter((one) => one.step < step), point];
        row = { ...row, steps, tokensPerSecond, secondsLeft, points: thinned(points) };
        report({ task: "training", done: step, total: steps, unit: "steps", note: noteOf(loss, secondsLeft) });
        if (performance.now() - writtenMs < writeSeconds * 1000) return;
        writtenMs = performance.now();
        writing = writing.then(() => write({}));
      },
    });
    await writing;
    const { sha256 } = await parts.models.addAdapter(trained.adapter);
    const result: Tuned = {
      adapter: trained.adapter,
      sha256,
      peft: trained.peft,
      steps: trained.steps,
      tokensPerSecond: trained.tokensPerSecond,
      peakMemoryMb: trained.peakMemoryMb,
      validation: trained.validation?.after ?? 0,
    };
    await write({
      status: "done",
      secondsLeft: 0,
      steps: trained.steps,
      tokensPerSecond: trained.tokensPerSecond,
      peakMemoryMb: trained.peakMemoryMb,
      result: { adapter: result.adapter, sha256, peft: result.peft, release: null, validation: result.validation },
    });
    return Tuned.parse(result);
  } finally {
    await tokens.close();
  }
}

function noteOf(loss: number | null, secondsLeft: number): string {
  return `${loss === null ? "" : `loss ${loss.toFixed(3)}, `}${Math.ceil(secondsLeft / 60)} min left`;
}

/** Every second point goes when there are too many; those with a validation stay. */
function thinned(points: Tuning["points"]): Tuning["points"] {
  return points.length <= mostPoints ? points : points.filter((point, i) => i % 2 === 0 || point.validation !== null);
}
