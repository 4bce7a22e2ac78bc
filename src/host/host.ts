import { existsSync } from "node:fs";
import { join } from "node:path";
import { eq } from "drizzle-orm";
import * as z from "zod";
import { findAppFile, type Question, type Serving } from "#app";
import { createModels, type Gateway } from "#gateway";
import { PawlError, type Report, silent } from "#kernel";
import { citer, indexOf, retrieve } from "#knowledge";
import type { ChatRequest, Feedback, FeedbackBody, Outcome, OutcomeBody, Turn, TurnSummary } from "#schema";
import { Release, Sampling } from "#schema";
import { announce, lockFolder, openStore, type Store, tables } from "#store";
import {
  feedbackOf,
  type Journal,
  type Known,
  listTurns,
  openJournal,
  outcomesOf,
  readTurn,
  resolveSpans,
  saveFeedback,
  saveOutcome,
  spansOf,
  type TurnQuery,
  writeTurns,
} from "#trace";
import { collectionOf, loadInto, makeLive, openApps, rename, type ServedApp } from "./apps.ts";
import { type AskOptions, askApp, askModel } from "./ask.ts";
import type { Config } from "./config.ts";
import { type Ingesting, openIngesting } from "./ingesting.ts";

/** Everything that one pawl process holds open, and what can be asked of it. */
export type Host = {
  readonly config: Config;
  readonly store: Store;
  readonly gateway: Gateway;
  readonly ingesting: Ingesting;
  readonly apps: ReadonlyMap<string, ServedApp>;
  /** @throws PawlError `app-unknown` */
  app(name: string): ServedApp;
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
  turn(id: string): Promise<Turn & { feedback: Feedback[]; outcomes: Outcome[] }>;
  turns(query: TurnQuery): Promise<{ turns: TurnSummary[]; next: string | null; total: number }>;
  feedback(turn: string, body: FeedbackBody): Promise<Feedback>;
  outcome(turn: string, body: OutcomeBody): Promise<Outcome>;
  release(id: string): Promise<Release>;
  /** The index that the live release searches, of a collection by its name in the store. */
  indexOf(collection: string): Promise<string>;
  close(): Promise<void>;
};

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

/**
 * Opens store, journal, models and apps. The apps are loaded and their documents read in the background: `apps` says
 * how far each is.
 *
 * @throws PawlError `app-file-missing`, `conflict`; `store-locked` where another process owns the folder
 */
export async function openHost(
  config: Config,
  options: { apps: readonly string[]; report?: Report; env?: NodeJS.ProcessEnv },
): Promise<Host> {
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
    const store = kept(await openStore(config.home, { report }));
    const env = options.env ?? process.env;
    const providers = Object.entries(config.providers).map(([name, { baseUrl, keyFrom, silenceMs }]) => ({
      name,
      baseURL: baseUrl,
      ...(keyFrom ? { apiKeyEnv: keyFrom } : {}),
      ...(silenceMs ? { silenceMs } : {}),
    }));
    const gateway = kept(createModels({ folder: config.modelsFolder, providers, env, report }));
    const journal = kept(
      await openJournal({
        folder: journalOf(config),
        write: (turns) => writeTurns(store, turns),
        onError: (error) =>
          report({ task: "writing turns", done: 0, note: error instanceof Error ? error.message : String(error) }),
      }),
    );
    const apps = await openApps(options.apps);
    const ingesting = kept(await openIngesting({ store, gateway, env, modelsFolder: config.modelsFolder }));
    return hostOver({ config, store, journal, gateway, ingesting, apps, close: closed });
  } catch (error) {
    await closed().catch(() => {}); // the first error says what was wrong
    throw error;
  }
}

function journalOf(config: Config): string {
  return join(config.folder, "journal");
}

function hostOver(parts: {
  config: Config;
  store: Store;
  journal: Journal;
  gateway: Gateway;
  ingesting: Ingesting;
  apps: Map<string, ServedApp>;
  close: () => Promise<void>;
}): Host {
  const { config, store, journal, gateway, ingesting, apps } = parts;
  const keep = (turn: Turn) => journal.append(turn);

  const servingOf = (release: Release): Serving => ({
    release,
    models: gateway,
    find: ({ knowledge, ...search }) =>
      retrieve({ store, models: gateway, knowledge: collectionOf(release.app, knowledge), ...search }),
    citer: (over) => citer({ store, models: gateway, ...over }),
  });

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

  const host: Host = {
    config,
    store,
    gateway,
    ingesting,
    apps,
    app(name) {
      const served = apps.get(name);
      if (served) return served;
      throw new PawlError("app-unknown", `There is no app called ${name}.`, {
        hint: `Served here: ${[...apps.keys()].join(", ") || "none"}.`,
      });
    },

    async reload(name, { signal = new AbortController().signal, report = silent } = {}) {
      const served = host.app(name);
      try {
        const loaded = await loadInto(served);
        if (!served.release) {
          served.state = "ingesting";
          rename(apps, served, loaded.app.name);
        }
        for (const [knowledge, { sources, settings }] of Object.entries(loaded.app.knowledge)) {
          await ingesting.run(
            {
              app: loaded.app.name,
              collection: collectionOf(loaded.app.name, knowledge),
              folder: loaded.folder,
              sources,
              settings,
              origin: "app",
            },
            {
              signal,
              report: (progress) => {
                served.progress = progress;
                report(progress);
              },
            },
          );
        }
        const release = await makeLive(store, gateway, served);
        rename(apps, served, release.app);
        for (const note of served.notes) report({ task: `loading ${release.app}`, done: 1, total: 1, note });
        return release;
      } catch (error) {
        failServed(served, error);
        throw error;
      }
    },

    announce(url) {
      announce(config.home.kind === "embedded" ? config.home.folder : journalOf(config), url);
    },

    afterIngest(name, job) {
      const served = host.app(name);
      ingesting
        .wait(job, { signal: closing.signal, report: (progress) => Object.assign(served, { progress }) })
        .then(() => makeLive(store, gateway, served))
        .catch(() => Object.assign(served, { progress: null })); // the job's row says what went wrong
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
      const served = host.app(model.slice("app/".length));
      if (!served.release) throw notReady(served);
      return askApp(servingOf(served.release), question, options, keep);
    },

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

    async turn(id) {
      const found = journal.pending(id) ?? (await readTurn(store, id));
      if (!found) throw turnUnknown(id);
      const [feedback, outcomes] = await Promise.all([feedbackOf(store, [id]), outcomesOf(store, id)]);
      return { ...found, spans: resolveSpans(found.spans), feedback, outcomes };
    },

    async turns(query) {
      await journal.flush();
      return listTurns(store, query);
    },

    async feedback(id, body) {
      const turn = journal.pending(id) ?? (await readTurn(store, id));
      if (!turn) throw turnUnknown(id);
      if (body.kind === "choice" && !(journal.pending(body.value) ?? (await readTurn(store, body.value))))
        throw turnUnknown(body.value);
      return saveFeedback(store, turn, body);
    },

    async outcome(id, body) {
      if (!(journal.pending(id) ?? (await readTurn(store, id)))) throw turnUnknown(id);
      return saveOutcome(store, id, body);
    },

    async release(id) {
      const [row] = await store.db
        .select({ body: tables.releases.body })
        .from(tables.releases)
        .where(eq(tables.releases.id, id));
      if (!row)
        throw new PawlError("not-found", `There is no release ${id}.`, { hint: "GET /api/releases lists them." });
      return Release.parse(row.body);
    },

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

function turnUnknown(id: string): PawlError {
  return new PawlError("turn-unknown", `There is no turn ${id}.`, {
    hint: "GET /api/turns lists them.",
    details: { id },
  });
}
