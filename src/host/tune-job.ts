import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { eq } from "drizzle-orm";
import type { Gateway } from "#gateway";
import { PawlError, type Report } from "#kernel";
import { ensureFile, findEntry, importNative, openChatTokens, openWordPieces, skillNamed } from "#models";
import { Recipe, Tuning } from "#schema";
import { type JobContext, type Store, tables } from "#store";
import { readerRecipe, type TrainProgress, trainLora, trainReader } from "#tune";
import { ReaderExamples, Tuned, TuneExamples, TuneInput } from "./tuning.ts";

const { tunings } = tables;

/** Seconds between two writes of the curve. */
const writeSeconds = 2;
/** Points of a curve: more cannot be seen. */
const mostPoints = 400;
/** Both of a small machine's cores; more than this brings little for a small model. */
const threads = 2;

type Parts = {
  store: Store;
  models: Gateway;
  modelsFolder: string;
  env: NodeJS.ProcessEnv;
  between: () => Promise<void>;
};
type Job = Pick<JobContext, "id" | "input" | "signal" | "report">;

/**
 * One training run: what the job names is trained, its curve is in the store while it runs, what came out in the model store
 * (an adapter) or in its folder (a reader's skill) at the end. Begun again, it goes on from its last checkpoint.
 */
export async function runTuning(job: Job, parts: Parts): Promise<Tuned> {
  const input = TuneInput.parse(job.input);
  return input.kind === "reader" ? tuneReader(job, input, parts) : tuneChat(job, input, parts);
}

async function tuneChat({ id, signal, report }: Job, input: TuneInput, parts: Parts): Promise<Tuned> {
  const { model, folder, minutes, from } = input;
  const { train, validation } = TuneExamples.parse(JSON.parse(await readFile(join(folder, "examples.json"), "utf8")));
  const recipe = Recipe.parse(input.recipe);
  const entry = findEntry(model);
  if (entry?.kind !== "chat" || entry.format !== "gguf")
    throw new PawlError("unsupported-option", `${model} is no chat model of the catalog: it cannot be trained.`);
  const files = { folder: parts.modelsFolder, env: parts.env, report, signal };
  const weights = await ensureFile(entry, entry.weights, files);
  const tokens = await openChatTokens(weights.path);
  const curve = await openCurve({ id, input, recipe, examples: train.length, store: parts.store, report });
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
      report: curve.add,
    });
    const { sha256 } = await parts.models.addAdapter(trained.adapter);
    return await curve.end({
      adapter: trained.adapter,
      sha256,
      peft: trained.peft,
      steps: trained.steps,
      tokensPerSecond: trained.tokensPerSecond,
      peakMemoryMb: trained.peakMemoryMb,
      validation: trained.validation?.after ?? 0,
    });
  } finally {
    await tokens.close();
  }
}

async function tuneReader({ id, signal, report }: Job, input: TuneInput, parts: Parts): Promise<Tuned> {
  const { folder, minutes, from } = input;
  const live = from === null ? null : await skillNamed("reading", parts.env);
  if (from !== null && live?.sha256 !== from)
    throw new PawlError("adapter-missing", "The reader's skill that this training goes on from is there no more.", {
      hint: "Begin it again.",
    });
  const { train, validation } = ReaderExamples.parse(JSON.parse(await readFile(join(folder, "examples.json"), "utf8")));
  const entry = findEntry("local/default-reader");
  if (entry?.tokenizer == null) throw new Error("The catalog has no reader.");
  const files = { folder: parts.modelsFolder, env: parts.env, report, signal };
  const weights = await ensureFile(entry, entry.weights, files);
  const tokenizer = await ensureFile(entry, entry.tokenizer, files);
  const whole = Recipe.parse({ ...readerRecipe, ...input.recipe });
  const curve = await openCurve({ id, input, recipe: whole, examples: train.length, store: parts.store, report });
  const trained = await trainReader({
    base: { path: weights.path, sha256: weights.sha256, id: entry.id, tokenizer: tokenizer.path },
    pieces: await openWordPieces(tokenizer.path),
    from: live ?? undefined,
    lines: train,
    validation,
    recipe: { ...whole, length: { minutes } },
    folder,
    ort: await importNative("onnxruntime-node"),
    threads,
    signal,
    between: parts.between,
    report: curve.add,
  });
  return curve.end({
    adapter: trained.skill,
    sha256: trained.sha256,
    peft: null,
    steps: trained.steps,
    tokensPerSecond: trained.tokensPerSecond,
    peakMemoryMb: Math.round(process.resourceUsage().maxRSS / 1024),
    validation: trained.validation?.after ?? 0,
  });
}

/** The run's row in the store: written when it begins, every few seconds, and when it has ended. */
async function openCurve(run: {
  id: string;
  input: TuneInput;
  recipe: Recipe;
  examples: number;
  store: Store;
  report: Report;
}) {
  const { id, input, recipe, examples, store, report } = run;
  const { app, kind, from } = input;
  const [begun] = await store.db.select({ body: tunings.body }).from(tunings).where(eq(tunings.id, id));
  const before = begun ? Tuning.parse(begun.body) : null;
  let row: Tuning = {
    id,
    app,
    kind,
    status: "running",
    createdAt: before?.createdAt ?? new Date().toISOString(),
    recipe,
    from,
    examples,
    steps: null,
    tokensPerSecond: null,
    secondsLeft: null,
    peakMemoryMb: null,
    points: before?.points ?? [],
    result: null,
  };
  const write = async (change: Partial<Tuning>) => {
    row = { ...row, ...change };
    await store.db
      .insert(tunings)
      .values({ id, app, createdAt: row.createdAt, body: row })
      .onConflictDoUpdate({ target: tunings.id, set: { body: row } });
  };
  await write({});
  let writtenMs = 0;
  let writing = Promise.resolve();
  return {
    add({ step, steps, loss, validationLoss, tokensPerSecond, secondsLeft }: TrainProgress): void {
      const last = row.points.at(-1);
      const point = { step, loss: loss ?? last?.loss ?? 0, validation: validationLoss };
      // What an attempt did after its last checkpoint is done again.
      const points = loss === null ? row.points : [...row.points.filter((one) => one.step < step), point];
      row = { ...row, steps, tokensPerSecond, secondsLeft, points: thinned(points) };
      report({ task: "training", done: step, total: steps, unit: "steps", now: nowOf(loss, secondsLeft) });
      if (performance.now() - writtenMs < writeSeconds * 1000) return;
      writtenMs = performance.now();
      // One that fails is made up for by the next, which writes all; the last, of `end`, must not fail.
      writing = writing.then(() => write({})).catch(() => {});
    },
    async end(done: Tuned): Promise<Tuned> {
      await writing;
      const { adapter, sha256, peft, validation, steps, tokensPerSecond, peakMemoryMb } = done;
      const result = { adapter, sha256, peft, release: null, validation };
      await write({ status: "done", secondsLeft: 0, steps, tokensPerSecond, peakMemoryMb, result });
      return Tuned.parse(done);
    },
  };
}

function nowOf(loss: number | null, secondsLeft: number): string {
  return `${loss === null ? "" : `loss ${loss.toFixed(3)}, `}${Math.ceil(secondsLeft / 60)} min left`;
}

/** Every second point goes when there are too many; those with a validation stay. */
function thinned(points: Tuning["points"]): Tuning["points"] {
  return points.length <= mostPoints ? points : points.filter((point, i) => i % 2 === 0 || point.validation !== null);
}
