import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import { findAppFile, type LoadedApp, type Question, type Serving } from "#app";
import { createModels, type Gateway } from "#gateway";
import { PawlError, type Report, silent } from "#kernel";
import { citer, indexOf, retrieve } from "#knowledge";
import { type ChatRequest, type KnowledgeSettings, type Release, Sampling, type Turn } from "#schema";
import { announce, lockFolder, openStore, type Store } from "#store";
import { type Journal, type Known, openJournal, openTraces, spansOf, type Traces, writeTurns } from "#trace";
import {
  collectionOf,
  dropUnusedIndexes,
  liveAndCandidate,
  liveId,
  loadInto,
  openApps,
  readRelease,
  rename,
  type ServedApp,
  setTraffic,
} from "./apps.ts";
import { type AskOptions, askApp, askModel } from "./ask.ts";
import type { Config } from "./config.ts";
import { type Ingesting, openIngesting } from "./ingesting.ts";
import { readSettings } from "./settings.ts";
import { type Turns, turnsOver } from "./turns.ts";

/** Everything that one pawl process holds open, and what can be asked of its apps and turns. */
export type HostCore = Turns & {
  readonly config: Config;
  readonly store: Store;
  readonly gateway: Gateway;
  readonly ingesting: Ingesting;
  readonly apps: ReadonlyMap<string, ServedApp>;
  /** @throws PawlError `app-unknown` */
  app(name: string): ServedApp;
  /** The release that answers, as soon as the app's documents are read; why it never will is thrown. */
  answering(name: string, signal: AbortSignal): Promise<Release>;
  /** Loads the app's file anew and, when its documents are read, lets it answer. */
  reload(name: string, options?: { signal?: AbortSignal; report?: Report }): Promise<Release>;
  /** Tells other processes where this one's server listens. */
  announce(url: string): void;
  /** When the ingest job has ended, the app answers from what it brought. */
  afterIngest(name: string, job: string): void;
  /** Fetches and verifies a model's files, as a job. */
  pull(model: string): Promise<string>;
  /** Asks an app (`app/NAME`) or a model (`provider/model`): one recorded turn. */
  ask(question: Asked): Promise<Turn>;
  /** Runs a stored turn again under its release, or another one. */
  replay(id: string, options: ReplayOptions): Promise<Turn>;
  /** Turns from other programs' traces. */
  readonly traces: Traces;
  release(id: string): Promise<Release>;
  /** Brings the indexes that a release searches up to date with the app's documents. */
  prepare(release: Release, options: { signal: AbortSignal; report: Report }): Promise<void>;
  /** Asks a release that is not the one that answers: a candidate, one of an experiment. */
  askRelease(release: Release, question: Question, options: AskOptions): Promise<Turn>;
  /** The index that the live release searches, of a collection by its name in the store. */
  indexOf(collection: string): Promise<string>;
  close(): Promise<void>;
};

/** How long until a job that found no space is looked at again. */
const retryMs = 5_000;
/** Between two looks at whether an app answers. */
const lookMs = 200;

const PullInput = z.object({ model: z.string() });

export type Asked = Omit<Question, "format"> & Pick<ChatRequest, "format"> & AskOptions & { model: string };

export type ReplayOptions = {
  /** Another release than the turn's own. */
  release?: string | undefined;
  /** Refuse where a step differs, instead of running it. */
  faithful: boolean;
  /** This step (its path, as in `model`) and what follows it run anew. */
  before?: string | undefined;
  /** Asked before the turn's own spans. */
  known?: readonly Known[] | undefined;
  signal: AbortSignal;
};

export type OpenOptions = {
  /** Folders or files of the apps. */
  apps: readonly string[];
  /** The store of `config.home`, where its opening has begun already. */
  store?: Promise<Store> | undefined;
  report?: Report;
  env?: NodeJS.ProcessEnv;
  /** Where an app file differs from what was shipped: `pawl dev` answers with the file, `pawl serve` with what is live. */
  answersWith?: "live" | "candidate";
};

/**
 * Opens store, journal, models and apps. The apps are loaded and their documents read in the background: `apps` says
 * how far each is.
 *
 * @throws PawlError `app-file-missing`, `conflict`; `store-locked` where another process owns the folder
 */
export async function openCore(config: Config, options: OpenOptions): Promise<HostCore> {
  const report = options.report ?? silent;
  if (config.home.kind === "embedded" && !existsSync(config.home.folder)) {
    // Nothing is made in a folder that holds no app.
    for (const path of options.apps) await findAppFile(path);
  }
  const opened: { close(): Promise<void> }[] = [];
  const closed = async () => {
    const failures: unknown[] = [];
    for (const part of opened.reverse()) await part.close().catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw failures[0];
  };
  const kept = <Part extends { close(): Promise<void> }>(part: Part): Part => {
    opened.push(part);
    return part;
  };
  try {
    // An embedded store locks its folder, and the journal with it; beside a server the journal needs its own lock.
    if (config.home.kind === "server") kept(await lockFolder(journalOf(config)));
    const opening = options.store ?? openStore(config.home, { report });
    const loading = openApps(options.apps); // while the database opens
    loading.catch(() => {}); // told where it is awaited
    const store = kept(await opening);
    const env = options.env ?? process.env;
    const providers = Object.entries(config.providers).map(([name, { baseUrl, keyFrom, silenceMs }]) => ({
      name,
      baseURL: baseUrl,
      ...(keyFrom ? { apiKeyEnv: keyFrom } : {}),
      ...(silenceMs ? { silenceMs } : {}),
    }));
    const areSkillsOn = async () => (await readSettings(config.folder)).skills;
    const gateway = kept(createModels({ folder: config.modelsFolder, providers, env, report, areSkillsOn }));
    const journal = kept(
      await openJournal({
        folder: journalOf(config),
        write: (turns) => writeTurns(store, turns),
        onError: (error) =>
          report({ task: "writing turns", done: 0, note: error instanceof Error ? error.message : String(error) }),
      }),
    );
    const apps = await loading;
    const ingesting = kept(await openIngesting({ store, gateway, env, modelsFolder: config.modelsFolder }));
    const answersWith = options.answersWith ?? "live";
    return await coreOver({ config, store, journal, gateway, ingesting, apps, answersWith, close: closed });
  } catch (error) {
    await closed().catch(() => {}); // the first error says what was wrong
    throw error;
  }
}

function journalOf(config: Config): string {
  return join(config.folder, "journal");
}

async function coreOver(parts: {
  config: Config;
  store: Store;
  journal: Journal;
  gateway: Gateway;
  ingesting: Ingesting;
  apps: Map<string, ServedApp>;
  answersWith: "live" | "candidate";
  close: () => Promise<void>;
}): Promise<HostCore> {
  const { config, store, journal, gateway, ingesting, apps } = parts;
  const keep = (turn: Turn) => journal.append(turn);

  const servingOf = (release: Release): Serving => ({
    release,
    models: gateway,
    find: ({ knowledge, ...search }) =>
      retrieve({ store, models: gateway, knowledge: collectionOf(release.app, knowledge), ...search }),
    citer: (over) => citer({ store, models: gateway, ...over }),
  });

  /** Reads an app's documents into the indexes for these settings. */
  async function readDocuments(
    loaded: LoadedApp,
    knowledge: Record<string, { sources: string[]; settings: KnowledgeSettings }>,
    options: { signal: AbortSignal; report: Report },
  ): Promise<void> {
    for (const [name, { settings }] of Object.entries(knowledge)) {
      const collection = collectionOf(loaded.app.name, name);
      // What the app file says are the sources: an older release is asked over the same documents.
      const sources = loaded.app.knowledge[name]?.sources;
      if (!sources) continue;
      await ingesting.run(
        { app: loaded.app.name, collection, folder: loaded.folder, sources, settings, origin: "app" },
        options,
      );
    }
  }

  /** After a load or an ingest: what is live, what is a candidate, each with its index; then they answer. */
  async function settle(served: ServedApp, options: { signal: AbortSignal; report: Report }): Promise<Release> {
    const { live, candidate } = await liveAndCandidate(store, gateway, served);
    if (candidate) await host.prepare(live, options);
    await setTraffic(store, served.name, live.id);
    // Only at the start: later an experiment may be searching an older release's.
    if (!served.release) await dropUnusedIndexes(store, gateway, served, candidate ? [live, candidate] : [live]);
    if (!served.release) served.error = null; // what kept it from answering is over
    served.candidate = candidate;
    served.release = parts.answersWith === "candidate" && candidate ? candidate : live;
    served.state = "ready";
    served.progress = null;
    return served.release;
  }

  /** `NAME`, `NAME@live`, `NAME@candidate` or `NAME@rel_…`. */
  async function releaseNamed(text: string): Promise<Release> {
    const [name = "", which] = text.split("@");
    const served = host.app(name);
    if (!served.release) throw notReady(served);
    if (which === undefined) return served.release;
    if (which === "candidate") return served.candidate ?? served.release;
    const release = await readRelease(store, which === "live" ? await liveId(store, name) : which);
    if (release.app !== name)
      throw new PawlError("not-found", `${which} is a release of ${release.app}, not of ${name}.`);
    return release;
  }

  const closing = new AbortController();
  const pulling = ingesting.jobs.work(
    "pull",
    async ({ input, signal, report }) => {
      const { model } = PullInput.parse(input);
      await gateway.fetchFiles(model, { signal, report });
      return { model };
    },
    { signal: closing.signal },
  );

  const host: HostCore = {
    ...turnsOver({ store, journal }),
    config,
    store,
    gateway,
    ingesting,
    apps,
    traces: await openTraces(store),
    app(name) {
      const served = apps.get(name);
      if (served) return served;
      throw new PawlError("app-unknown", `There is no app called ${name}.`, {
        hint: `Served here: ${[...apps.keys()].join(", ") || "none"}.`,
      });
    },

    async answering(name, signal) {
      for (;;) {
        const served = host.app(name);
        if (served.release) return served.release;
        if (served.error) throw notReady(served);
        await sleep(lookMs, undefined, { signal });
      }
    },

    async reload(name, { signal = new AbortController().signal, report = silent } = {}) {
      const served = host.app(name);
      const told: Report = (progress) => {
        served.progress = progress;
        report(progress);
      };
      try {
        const loaded = await loadInto(served);
        if (!served.release) {
          served.state = "ingesting";
          rename(apps, served, loaded.app.name);
        }
        await readDocuments(loaded, loaded.app.knowledge, { signal, report: told });
        const release = await settle(served, { signal, report: told });
        rename(apps, served, release.app);
        for (const note of served.notes) report({ task: `loading ${release.app}`, done: 1, total: 1, note });
        return release;
      } catch (error) {
        failServed(served, error);
        throw error;
      }
    },

    async prepare(release, { signal, report }) {
      const { loaded } = host.app(release.app);
      if (loaded) await readDocuments(loaded, release.spec.knowledge, { signal, report });
    },

    announce(url) {
      announce(config.home.kind === "embedded" ? config.home.folder : journalOf(config), url);
    },

    afterIngest(name, job) {
      const served = host.app(name);
      ingesting
        .wait(job, { signal: closing.signal, report: (progress) => Object.assign(served, { progress }) })
        .then(() => settle(served, { signal: closing.signal, report: silent }))
        .catch((error: unknown) => {
          served.progress = null; // the job's row says what went wrong
          // With space on the disk the queue tries the job again; what it brings is to answer then.
          if (error instanceof PawlError && error.code === "disk-full" && !closing.signal.aborted)
            setTimeout(() => host.afterIngest(name, job), retryMs).unref();
        });
    },

    async pull(model) {
      await gateway.describe(model);
      return ingesting.jobs.enqueue("pull", { model }, { key: model });
    },

    async ask({ model, signal, session, emit, id, known, ...question }) {
      const options: AskOptions = {
        signal,
        session,
        ...(emit ? { emit } : {}),
        ...(id ? { id } : {}),
        ...(known ? { known } : {}),
      };
      if (!model.startsWith("app/")) {
        const { messages, format, topLogprobs } = question;
        const sampling = Sampling.parse(question.sampling ?? {});
        return askModel(
          gateway,
          { model, messages: [...messages], format, sampling, ...(topLogprobs === undefined ? {} : { topLogprobs }) },
          options,
          keep,
        );
      }
      return askApp(servingOf(await releaseNamed(model.slice("app/".length))), question, options, keep);
    },

    askRelease: (release, question, options) => askApp(servingOf(release), question, options, keep),

    async replay(id, { release: releaseId, faithful, before, known = [], signal }) {
      const turn = await host.turn(id);
      if (turn.release === "none")
        throw new PawlError("bad-request", `The turn ${id} is a model's, not an app's; it has no release to replay.`);
      const release = await host.release(releaseId ?? turn.release);
      return askApp(
        servingOf(release),
        turn.input,
        {
          signal,
          session: turn.session,
          known: [...known, spansOf(turn.spans, { faithful, ...(before === undefined ? {} : { before }) })],
        },
        keep,
      );
    },

    release: (id) => readRelease(store, id),

    async indexOf(collection) {
      const [app = "", knowledge = ""] = collection.split("/");
      const served = host.app(app);
      const settings =
        served.release?.spec.knowledge[knowledge]?.settings ?? served.loaded?.app.knowledge[knowledge]?.settings;
      if (!settings) throw new PawlError("not-found", `The app ${app} has no knowledge ${knowledge}.`);
      return indexOf(gateway, collection, settings);
    },

    async close() {
      closing.abort();
      await pulling;
      await parts.close();
    },
  };
  return host;
}

function failServed(served: ServedApp, thrown: unknown): void {
  if (served.error) return;
  const error = thrown instanceof PawlError ? thrown : null;
  served.error = {
    code: error?.code ?? "internal",
    message: error?.message ?? "The app could not be made ready.",
    ...(error?.hint ? { hint: error.hint } : {}),
  };
  if (!served.release) served.state = "failed";
}

function notReady(served: ServedApp): PawlError {
  if (served.error) {
    return new PawlError(served.error.code, served.error.message, served.error.hint ? { hint: served.error.hint } : {});
  }
  return new PawlError("not-ready", `The app ${served.name} is still reading its documents.`, {
    hint: "GET /health says how far it is.",
  });
}
