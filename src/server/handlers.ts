import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, extname, join, resolve } from "node:path";
import { desc, eq } from "drizzle-orm";
import type { Context } from "hono";
import type * as z from "zod";
import { collectionOf, type Host, type ServedApp } from "#host";
import { PawlError, systemClock, version } from "#kernel";
import { deleteDocument, documentText, listChunks, listDocuments, readDocumentRow, retrieve } from "#knowledge";
import type { KnowledgeSettings } from "#schema";
import { tables } from "#store";
import { chatCompletion } from "./chat.ts";
import type { Contract } from "./contract.ts";
import { refusePlaceOfModel, refusePlaces } from "./guard.ts";
import { handlersOfData } from "./handlers-data.ts";
import { evaluateHandlers } from "./handlers-evaluate.ts";
import { improveHandlers } from "./handlers-improve.ts";
import { loopHandlers } from "./handlers-loop.ts";
import { questionsHandlers } from "./handlers-questions.ts";
import { jobOf, publicJob } from "./jobs.ts";
import type { Route, RouteOutput } from "./route.ts";
import { receiveTraces } from "./traces.ts";

/** The checked parts of a request. */
type Parts<R extends Route> = {
  params: R["params"] extends z.ZodObject ? z.output<R["params"]> : object;
  query: R["query"] extends z.ZodObject ? z.output<R["query"]> : object;
  body: R["body"] extends z.ZodType ? z.output<R["body"]> : undefined;
  bytes: Uint8Array;
};

/** One function for each request of the contract; a Response is sent as it is. */
export type Handlers = {
  [Name in keyof Contract]: (
    parts: Parts<Contract[Name]>,
    c: Context,
  ) => Promise<RouteOutput<Contract[Name]> | Response>;
};

export function handlersOf(host: Host): Handlers {
  return {
    ...handlersOfData(host),
    ...evaluateHandlers(host),
    ...improveHandlers(host),
    ...loopHandlers(host),
    ...questionsHandlers(host),
    async health(_, c) {
      const apps = [...host.apps.values()];
      const status = apps.every((app) => app.state === "ready")
        ? "ready"
        : apps.some((app) => app.state === "failed")
          ? "failed"
          : "starting";
      const body = {
        status,
        version,
        pid: process.pid,
        store: host.store.home,
        apps: apps.map(({ name, release, state, progress, error }) => ({
          name,
          release: release?.id ?? null,
          state,
          progress,
          error,
        })),
        memoryMb: Math.round(process.memoryUsage.rss() / 1e6),
      };
      return c.json(body, status === "ready" ? 200 : 503);
    },

    async chat({ body }, c) {
      refusePlaceOfModel(body.model, host.config);
      return chatCompletion(host, body, c);
    },

    async embeddings({ body }, c) {
      refusePlaceOfModel(body.model, host.config);
      const texts = [body.input].flat();
      if (body.dimensions !== undefined && body.dimensions !== null)
        throw new PawlError("unsupported-option", "pawl does not shorten embeddings.", {
          hint: "Leave `dimensions` out.",
        });
      const { vectors, inputTokens } = await host.gateway.embed(
        { model: body.model, texts, purpose: body.pawl?.purpose ?? "passage" },
        { signal: c.req.raw.signal },
      );
      return {
        object: "list",
        model: body.model,
        data: vectors.map((vector, index) => ({
          object: "embedding" as const,
          index,
          embedding:
            body.encoding_format === "base64"
              ? Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString("base64")
              : [...vector],
        })),
        usage: { prompt_tokens: inputTokens, total_tokens: inputTokens },
      };
    },

    async models() {
      const models = await host.gateway.list();
      const apps = [...host.apps.values()].map((app) => ({
        id: `app/${app.name}`,
        object: "model" as const,
        created: Math.floor(Date.parse(app.release?.createdAt ?? "1970-01-01") / 1000),
        owned_by: "pawl",
        pawl: {
          kind: "app" as const,
          state: stateOf(app),
          description: app.loaded?.instructions.slice(0, 200) ?? "",
          licence: null,
          contextTokens: null,
          dimensions: null,
          sizeBytes: null,
        },
      }));
      return {
        object: "list",
        data: [
          ...apps,
          ...models.map(({ id, provider, sha256: _, ...pawl }) => ({
            id,
            object: "model" as const,
            created: 0,
            owned_by: provider,
            pawl,
          })),
        ],
      };
    },

    traces: ({ bytes }, c) => receiveTraces(host, bytes, c),

    async apps() {
      return { apps: [...host.apps.values()].map(appInfo) };
    },

    async releases({ query }) {
      const { releases } = tables;
      const rows = await host.store.db
        .select({ body: releases.body })
        .from(releases)
        .where(query.app === undefined ? undefined : eq(releases.app, query.app))
        .orderBy(desc(releases.createdAt))
        .limit(200);
      return { releases: rows.map((row) => row.body as RouteOutput<Contract["releases"]>["releases"][number]) }; // written by makeLive
    },

    turns: ({ query }) => host.turns(query),
    turn: ({ params }) => host.turn(params.id),
    replay: ({ params, body }, c) => host.replay(params.id, { ...body, signal: c.req.raw.signal }),
    outcome: ({ params, body }) => host.outcome(params.id, body),

    async knowledge() {
      const collections = await Promise.all(
        [...host.apps.values()].flatMap((app) =>
          Object.entries(app.loaded?.app.knowledge ?? {}).map(async ([name, { sources, settings }]) => {
            const { total, chunks } = await listDocuments(host.store, {
              collection: collectionOf(app.name, name),
              limit: 1,
            });
            return { app: app.name, name, documents: total, chunks, sources, settings };
          }),
        ),
      );
      return { collections };
    },
    async documents({ query }) {
      const collection = query.app
        ? collectionOf(query.app, knowledgeOf(host.app(query.app), query.knowledge).name)
        : undefined;
      return listDocuments(host.store, { ...query, collection });
    },
    document: ({ params }) => readDocumentRow(host.store, params.id),
    documentText: ({ params }) => documentText(host.store, params.id),
    async documentChunks({ params }) {
      const { knowledge } = await readDocumentRow(host.store, params.id);
      return { chunks: await listChunks(host.store, params.id, await host.indexOf(knowledge)) };
    },
    async deleteDocument({ params }) {
      await deleteDocument(host.store, params.id);
      return { deleted: params.id };
    },

    async upload({ query, bytes }, c) {
      const app = host.app(query.app);
      const { name, settings } = knowledgeOf(app, query.knowledge);
      const file = basename(query.path.replaceAll("\\", "/"));
      if (file === "" || extname(file) === "")
        throw new PawlError("bad-request", `"${query.path}" is not a file name.`, {
          hint: "Give `path` with the extension, as in notes.md.",
        });
      const scratch = await mkdtemp(join(tmpdir(), "pawl-"));
      try {
        await writeFile(join(scratch, file), bytes);
        const input = {
          app: query.app,
          collection: collectionOf(query.app, name),
          folder: scratch,
          sources: [file],
          settings,
          origin: "added" as const,
        };
        const id = await host.ingesting.enqueue(input);
        host.afterIngest(query.app, id);
        const [document] = await host.ingesting.wait(id, { signal: c.req.raw.signal, report: () => {} });
        if (!document) throw new PawlError("internal", "The document was not read.");
        return document;
      } finally {
        await rm(scratch, { recursive: true, force: true });
      }
    },
    async ingest({ body }) {
      refusePlaces(body.paths ?? [], host.config, "Name it in the app's sources, or upload it: POST /api/documents.");
      const app = host.app(body.app);
      const { name, sources, settings } = knowledgeOf(app, body.knowledge);
      if (!app.loaded) throw new PawlError("not-ready", `The app ${body.app} is not loaded.`);
      const paths = body.paths?.map((path) => resolve(path));
      const id = await host.ingesting.enqueue({
        app: body.app,
        collection: collectionOf(body.app, name),
        folder: app.loaded.folder,
        sources: paths ?? sources,
        settings,
        origin: paths === undefined ? "app" : "added",
      });
      host.afterIngest(body.app, id);
      return jobOf(host, id);
    },
    async search({ query }, c) {
      const app = host.app(query.app);
      const { name, settings } = knowledgeOf(app, query.knowledge);
      const from = systemClock.now();
      const found = await retrieve({
        store: host.store,
        models: host.gateway,
        knowledge: collectionOf(query.app, name),
        settings: { ...settings, passages: query.limit },
        query: query.q,
        signal: c.req.raw.signal,
      });
      return { ...found, ms: systemClock.now() - from };
    },

    async jobs() {
      return { jobs: (await host.ingesting.jobs.list()).map(publicJob) };
    },
    async job({ params, query }) {
      const ended = host.ingesting.jobs.ended(params.id, query.wait * 1000); // asked first: it may end meanwhile
      const job = await jobOf(host, params.id);
      if (query.wait === 0 || (job.status !== "queued" && job.status !== "running")) return job;
      await ended;
      return jobOf(host, params.id);
    },
    async cancelJob({ params }) {
      await host.ingesting.jobs.cancel(params.id);
      return jobOf(host, params.id);
    },
    async pull({ body }) {
      refusePlaceOfModel(body.model, host.config);
      return jobOf(host, await host.pull(body.model));
    },
  };
}

function stateOf({ release, state }: ServedApp): "ready" | "starting" | "failed" {
  if (release) return "ready"; // it answers, whatever became of an edit
  return state === "failed" ? "failed" : "starting";
}

function appInfo(app: ServedApp): RouteOutput<Contract["apps"]>["apps"][number] {
  const loaded = app.loaded;
  return {
    name: app.name,
    release: app.release?.id ?? null,
    answer: app.release?.spec.answer ?? loaded?.app.answer ?? "model",
    instructions: loaded?.instructions ?? "",
    models: loaded?.app.models ?? [],
    knowledge: Object.keys(loaded?.app.knowledge ?? {}),
    questions: loaded?.app.questions ?? [],
    error: app.error,
  };
}

/** The collection that is meant: the named one, or the app's only one. */
function knowledgeOf(
  app: ServedApp,
  name: string | undefined,
): { name: string; sources: string[]; settings: KnowledgeSettings } {
  if (app.error && !app.loaded) {
    const { code, message, hint } = app.error;
    throw new PawlError(code, message, hint ? { hint } : {});
  }
  const knowledge = app.loaded?.app.knowledge ?? {};
  const names = Object.keys(knowledge);
  const chosen = name ?? (names.length === 1 ? names[0] : undefined);
  const found = chosen === undefined ? undefined : knowledge[chosen];
  if (chosen === undefined || !found) {
    throw new PawlError(
      "not-found",
      name ? `The app ${app.name} has no knowledge ${name}.` : `The app ${app.name} has ${names.length} collections.`,
      {
        hint:
          names.length > 0
            ? `Name one of: ${names.join(", ")}.`
            : "Add `knowledge` to the app, or name another app (--app).",
      },
    );
  }
  return { name: chosen, ...found };
}
