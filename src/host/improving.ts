import { stat } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import * as z from "zod";
import { type Found, mergeFound } from "#app";
import { findCauses, type Replay } from "#improve";
import { hashOf, PawlError, type Report } from "#kernel";
import { citer, documentText, indexOf, listChunks, partlyRead, readDocumentRow, retrieve } from "#knowledge";
import { type AskedQuestion, CausesReport, type Json, type Place, type ReleaseSpec, type Turn } from "#schema";
import type { JobContext } from "#store";
import { skillOf } from "./adapters.ts";
import { collectionOf, liveId, saveRelease } from "./apps.ts";
import type { HostCore } from "./core.ts";
import type { Evaluating } from "./evaluating.ts";
import { judgedTurns } from "./failures.ts";
import { foundAt } from "./found-at.ts";
import { newestQuestions } from "./questions.ts";

const CausesInput = z.object({
  app: z.string(),
  dataset: z.string().optional(),
  release: z.string().optional(),
});
export type CausesInput = z.infer<typeof CausesInput>;

/** Why turns fail, and what would mend them. */
export type Improving = {
  /** Looks for the causes of an app's failures, as a job whose result is a report. */
  findCauses(input: CausesInput): Promise<string>;
  /** The same at once. What `once` recorded is not asked again. */
  causes(input: CausesInput, options: CausesOptions): Promise<CausesReport>;
  /** The newest report of an app; null before the first. */
  newest(app: string): Promise<CausesReport | null>;
  /** Ends when `signal` of `openImproving` is aborted. */
  readonly ended: Promise<unknown>;
};

export type CausesOptions = {
  signal: AbortSignal;
  report: Report;
  /** Whose reactions count; none: all. */
  isHeard?: (turn: Turn) => boolean;
  /** Questions written from the documents, which are judged as well; a loop looks at none, as they may be what judges it. */
  written?: readonly AskedQuestion[];
  /** True: no further setting is tried. */
  isTimeUp?: () => boolean;
} & Partial<Pick<JobContext, "recorded" | "record">>;

export function openImproving(host: HostCore, evaluating: Evaluating, signal: AbortSignal): Improving {
  const { jobs } = host.ingesting;

  async function causes(input: CausesInput, options: CausesOptions): Promise<CausesReport> {
    const { app } = input;
    const served = host.app(app);
    const release = await host.release(input.release ?? served.release?.id ?? (await liveId(host.store, app)));
    if (release.app !== app)
      throw new PawlError("not-found", `${release.id} is a release of ${release.app}, not of ${app}.`);
    await host.prepare(release, options);
    const replay = replayOf(host, release.spec, await skillOf(release.spec.route, host.gateway), options);
    const judged = await judgedTurns(
      host,
      evaluating,
      { app, release, dataset: input.dataset, written: options.written, isHeard: options.isHeard },
      { ...options, askAgain: (turn) => replay.ask(release.spec, turn, []) },
    );
    return {
      app,
      release: release.id,
      createdAt: new Date().toISOString(),
      turns: judged.failed.length + judged.right.length,
      failed: judged.failed.length,
      causes: await findCauses(judged.failed, judged.right, replay),
    };
  }

  const ended = jobs.work(
    "causes",
    async ({ input, signal: own, ...context }) => {
      const what = CausesInput.parse(input);
      const written = (await newestQuestions(jobs, what.app))?.asked ?? [];
      const report = await causes(what, { ...context, written, signal: own });
      return plain(report);
    },
    { signal },
  );

  return {
    ended,
    causes,
    findCauses: (input) => jobs.enqueue("causes", plain(input), { key: input.app }),
    async newest(app) {
      const done = await jobs.list({ kind: "causes", status: "done", limit: 200 });
      const job = done.find(({ key }) => key === app);
      return job ? CausesReport.parse(job.result) : null;
    },
  };
}

function plain(value: unknown): Json {
  return JSON.parse(JSON.stringify(value));
}

/** Ways to ask an app's turns differently, over the documents as they are. */
function replayOf(host: HostCore, spec: ReleaseSpec, skill: ReleaseSpec["adapter"], options: CausesOptions): Replay {
  const { app } = spec;
  const { store, gateway: models } = host;
  const { signal, report, recorded, record } = options;
  const collections = Object.keys(spec.knowledge).map((name) => collectionOf(app, name));
  /** The indexes that were brought up to date, by the settings that they are made with. */
  const ready = new Map<string, Promise<void>>();

  function withIndex(of: ReleaseSpec): Promise<void> {
    const wanted = Object.entries(of.knowledge).map(async ([name, { settings }]) =>
      indexOf(models, collectionOf(app, name), settings),
    );
    return Promise.all(wanted).then((indexes) => {
      const key = hashOf(indexes);
      const preparing = ready.get(key) ?? saveRelease(store, of).then((release) => host.prepare(release, options));
      ready.set(key, preparing);
      return preparing;
    });
  }

  return {
    spec,
    skill,
    async ask(of, turn, known) {
      await withIndex(of);
      const release = await saveRelease(store, of);
      // What the request wished stays, but for the very thing that is tried.
      const { answer, ...input } = turn.input;
      const wish = answer === undefined || of.answer !== spec.answer ? {} : { answer };
      return host.askRelease(release, { ...input, ...wish }, { signal, known, session: `replay_${release.id}` });
    },
    async search(of, query): Promise<Found> {
      await withIndex(of);
      const found = await Promise.all(
        Object.entries(of.knowledge).map(([name, { settings }]) =>
          retrieve({ store, models, knowledge: collectionOf(app, name), settings, query, signal }),
        ),
      );
      return mergeFound(found);
    },
    async foundAt(places: readonly Place[]) {
      const named = await Promise.all(
        places.map(async ({ documentId, start, end }) => ({
          path: (await readDocumentRow(store, documentId)).path,
          start,
          end,
        })),
      );
      return foundAt(store, collections, (collection) => indexIn(collection), named);
    },
    async chunks(documentId) {
      const { knowledge } = await readDocumentRow(store, documentId);
      return listChunks(store, documentId, await indexIn(knowledge));
    },
    async document(id) {
      const { path, pagesWithoutText } = await readDocumentRow(store, id);
      return { path, pagesWithoutText, text: await documentText(store, id) };
    },
    async unread() {
      const documents = await partlyRead(store, collections);
      return documents.map(({ path, pagesWithoutText: pages }) => ({ path, pages }));
    },
    isTimeUp: () => options.isTimeUp?.() ?? false,
    async hasFile(path) {
      const { loaded } = host.app(app);
      const inside = path !== "" && !isAbsolute(path) && !path.split(/[\\/]/).includes("..");
      const file = loaded && inside && (await stat(join(loaded.folder, path)).catch(() => null)); // not there: not read
      return file ? file.isFile() : false;
    },
    async support(statement, { passages }) {
      const [first] = Object.values(spec.knowledge);
      if (!first) return null;
      const cite = await citer({ store, models, settings: first.settings, passages, signal });
      return cite(statement);
    },
    async once(step, work) {
      const key = `${hashOf(spec).slice(0, 16)} ${step}`;
      const known = recorded?.(key);
      // A step is recorded by the type that it gave.
      if (known !== undefined) return known as Awaited<ReturnType<typeof work>>;
      const output = await work();
      await record?.(key, output);
      return output;
    },
    tell: (done, note) => report({ task: note, done }),
  };

  function indexIn(collection: string): Promise<string> {
    const settings = spec.knowledge[collection.slice(app.length + 1)]?.settings;
    if (!settings) throw new PawlError("not-found", `The release has no knowledge ${collection}.`);
    return indexOf(models, collection, settings);
  }
}
