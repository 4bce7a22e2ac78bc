import { mkdir, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { desc, eq } from "drizzle-orm";
import * as z from "zod";
import { fromProblem, hashOf, PawlError, type Report } from "#kernel";
import { Message, type RecipeOverride, TuneKind, TuneLine, Tuning as TuningRow } from "#schema";
import { tables } from "#store";
import type { HostCore } from "./core.ts";

const { tunings } = tables;

/** What a tune job is given; the conversations are in a file, which a job's row would not hold well. */
export const TuneInput = z.object({
  app: z.string(),
  kind: TuneKind.default("chat"),
  /** The model that is the base, as in the catalog. */
  model: z.string(),
  /** The job's own folder: `examples.json`, checkpoints, the result. */
  folder: z.string(),
  minutes: z.number(),
  recipe: z.record(z.string(), z.number()),
  /** sha256 of the adapter to continue, in the model store; a reader's: of the weights of the skill that is used. */
  from: z.string().nullable(),
});
export type TuneInput = z.infer<typeof TuneInput>;

export const TuneExamples = z.object({ train: z.array(z.array(Message)), validation: z.array(z.array(Message)) });
export type TuneExamples = z.infer<typeof TuneExamples>;

export const ReaderExamples = z.object({ train: z.array(TuneLine), validation: z.array(TuneLine) });
export type ReaderExamples = z.infer<typeof ReaderExamples>;

/** What a training run gives. */
export const Tuned = z.object({
  adapter: z.string(),
  sha256: z.string(),
  peft: z.string().nullable(),
  steps: z.int(),
  tokensPerSecond: z.number(),
  peakMemoryMb: z.number(),
  validation: z.number(),
});
export type Tuned = z.infer<typeof Tuned>;

/** Training runs of this host: a job in the worker, its curve in the store. */
export type Tuning = {
  /** The same request goes on where it was. Resolves with the job's id. */
  start(request: {
    app: string;
    /** Conversations for the app's chat model, or lines for a reader. */
    examples: ({ kind: "chat" | "writer" } & TuneExamples) | ({ kind: "reader" } & ReaderExamples);
    minutes: number;
    recipe: RecipeOverride;
    from: string | null;
  }): Promise<string>;
  wait(job: string, options: { signal: AbortSignal; report: Report }): Promise<Tuned>;
  list(app?: string): Promise<TuningRow[]>;
  /** @throws PawlError `not-found` */
  read(id: string): Promise<TuningRow>;
};

const lookMs = 500;

export function openTuning(host: HostCore): Tuning {
  const { db } = host.store;
  const { jobs } = host.ingesting;

  async function withStatus(body: unknown): Promise<TuningRow> {
    const row = TuningRow.parse(body);
    const job = await jobs.get(row.id);
    return job ? { ...row, status: job.status } : row;
  }

  return {
    async start({ app, examples: { kind, train, validation }, minutes, recipe, from }) {
      const release = host.app(app).release;
      const local = release?.spec.route.find((one) => one.model.startsWith("local/"))?.model;
      const model = kind === "reader" ? "local/default-reader" : local;
      if (!model)
        throw new PawlError("unsupported-option", `${app} has no model on this machine that could be trained.`, {
          hint: "Name a model `local/…` in the app's `model`.",
        });
      const digest = hashOf({ app, kind, model, train, validation, minutes, recipe, from });
      const folder = join(host.config.folder, "tunings", digest.slice(0, 16));
      await writeOnce(folder, { train, validation });
      const settings = Object.entries(recipe).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, value] as const],
      );
      const input: TuneInput = { app, kind, model, folder, minutes, recipe: Object.fromEntries(settings), from };
      return host.ingesting.start("tune", input, { key: folder });
    },

    async wait(id, { signal, report }) {
      for (;;) {
        const job = await jobs.get(id);
        if (!job) throw new PawlError("internal", `The job ${id} is gone.`);
        if (job.progress) report(job.progress);
        if (job.status === "done") return Tuned.parse(job.result);
        if (job.status === "failed") throw fromProblem(job.error ?? {});
        if (job.status === "cancelled") throw stopped();
        if (signal.aborted) {
          await jobs.cancel(id);
          throw stopped();
        }
        await new Promise((resolve) => setTimeout(resolve, lookMs));
      }
    },

    async list(app) {
      const rows = await db
        .select({ body: tunings.body })
        .from(tunings)
        .where(app === undefined ? undefined : eq(tunings.app, app))
        .orderBy(desc(tunings.createdAt))
        .limit(200);
      return Promise.all(rows.map(({ body }) => withStatus(body)));
    },

    async read(id) {
      const [row] = await db.select({ body: tunings.body }).from(tunings).where(eq(tunings.id, id));
      if (!row)
        throw new PawlError("not-found", `There is no training run ${id}.`, { hint: "GET /api/tunings lists them." });
      return withStatus(row.body);
    },
  };
}

function stopped(): PawlError {
  return new PawlError("cancelled", "The training was stopped.", {
    hint: "Run it again: it goes on from its last checkpoint.",
  });
}

async function writeOnce(folder: string, examples: Record<"train" | "validation", unknown[]>): Promise<void> {
  const path = join(folder, "examples.json");
  if (
    await stat(path).then(
      () => true,
      () => false,
    )
  )
    return;
  await mkdir(folder, { recursive: true });
  await writeFile(`${path}.part`, JSON.stringify(examples));
  await rename(`${path}.part`, path);
}
