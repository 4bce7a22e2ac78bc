import { contentId, hashOf, PawlError } from "#kernel";
import { type Models, type Release, ReleaseSpec } from "#schema";
import type { LoadedApp } from "./load.ts";

/**
 * The release that an app is now: everything that can change an answer, and the hash of it. A candidate of the route
 * whose provider is not configured here is left out, with a note, where another candidate stays.
 *
 * @param documentsVersion of each collection, as `knowledge` tells it
 * @param adapterOf the adapter that the app asks for, or that pawl ships for the route's model
 * @param readerOf the reader that there is, asked for where the app is to answer with one
 * @throws PawlError `model-unknown`; `provider-unknown` where no candidate is left
 */
export async function releaseOf(
  loaded: LoadedApp,
  models: Models,
  documentsVersion: (knowledge: string) => Promise<string>,
  adapterOf: (route: ReleaseSpec["route"]) => Promise<ReleaseSpec["adapter"]>,
  readerOf: () => Promise<FoundReader>,
): Promise<{ release: Release; notes: string[] }> {
  const { app } = loaded;
  const { route, notes } = await routeOf(app.models, models);
  const knowledge = await Promise.all(
    Object.entries(app.knowledge).map(async ([name, { sources, settings }]) => {
      const embedder = await models.describe(settings.embedder);
      return [
        name,
        { sources, settings, embedderVersion: embedder.version, documentsVersion: await documentsVersion(name) },
      ] as const;
    }),
  );
  const { reader, note } = isRead(app) ? await readerOf() : { reader: null, note: null };
  if ((app.answer === "reader" || app.reader) && reader === null) {
    throw new PawlError("model-unknown", note ?? "The app asks for a reader, and there is none.", {
      hint: "Turn skills on (`pawl models enable skills`), or set `answer` to `sentence` or `model`, and no `reader`.",
    });
  }
  const answer = app.answer ?? answerFor(app, reader !== null);
  if (note) notes.push(note);
  const spec = ReleaseSpec.parse({
    app: app.name,
    instructions: loaded.instructions,
    route,
    sampling: app.sampling,
    answer,
    ...(reader !== null && (answer === "reader" || app.reader) ? { reader } : {}),
    examples: app.examples,
    format: app.format,
    adapter: await adapterOf(route),
    knowledge: Object.fromEntries(knowledge),
    code: hasFunctions({ ...loaded.app, evals: null }) ? loaded.code : "none",
  });
  const createdAt = new Date().toISOString();
  return { release: { id: contentId("rel", hashOf(spec)), app: app.name, createdAt, spec }, notes };
}

/** A reader, or why there is none (null: nobody wants one here). */
export type FoundReader = { reader: NonNullable<ReleaseSpec["reader"]> | null; note: string | null };

/** True where a reader is asked for, or answers by default. */
function isRead(app: LoadedApp["app"]): boolean {
  if (app.reader) return true;
  return app.answer === undefined ? answerFor(app, true) === "reader" : app.answer === "reader";
}

/**
 * With the small default model, and with the skill that is shipped for it, words quoted from the documents are the better
 * answer, and the reader's are better than the best sentence (measured: `npm run bench -- handbook`). Who names an adapter
 * wants its words.
 */
function answerFor({ knowledge, models, adapter }: LoadedApp["app"], hasReader: boolean): ReleaseSpec["answer"] {
  const isDefault = models.length === 1 && models[0] === "local/default" && typeof adapter !== "string";
  if (!isDefault || Object.keys(knowledge).length === 0) return "model";
  return hasReader ? "reader" : "sentence";
}

async function routeOf(candidates: readonly string[], models: Models) {
  const route: Release["spec"]["route"] = [];
  const notes: string[] = [];
  let lost: PawlError | undefined;
  for (const model of candidates) {
    try {
      const { id, version } = await models.describe(model);
      route.push({ model: id, version });
    } catch (error) {
      if (!(error instanceof PawlError) || error.code !== "provider-unknown") throw error;
      lost ??= error;
      notes.push(`The app answers without ${model}: ${error.message} ${error.hint ?? ""}`.trim());
    }
  }
  if (route.length === 0 && lost) throw lost;
  return { route, notes };
}

/** Functions cannot be written into a spec; where an app has none (a scorer changes no answer), its spec says everything and its code says nothing. */
function hasFunctions(value: unknown): boolean {
  if (typeof value === "function") return true;
  if (typeof value !== "object" || value === null) return false;
  return Object.values(value).some(hasFunctions);
}
