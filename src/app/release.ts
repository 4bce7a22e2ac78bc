import { contentId, hashOf } from "#kernel";
import { type Models, type Release, ReleaseSpec } from "#schema";
import type { LoadedApp } from "./load.ts";

/**
 * The release that an app is now: everything that can change an answer, and the hash of it.
 *
 * @param documentsVersion of each collection, as `knowledge` tells it
 * @throws PawlError `model-unknown`, `provider-unknown`
 */
export async function releaseOf(
  loaded: LoadedApp,
  models: Models,
  documentsVersion: (knowledge: string) => Promise<string>,
): Promise<Release> {
  const { app } = loaded;
  const route = await Promise.all(
    app.models.map(async (model) => {
      const described = await models.describe(model);
      return { model: described.id, version: described.version };
    }),
  );
  const knowledge = await Promise.all(
    Object.entries(app.knowledge).map(async ([name, { sources, settings }]) => {
      const embedder = await models.describe(settings.embedder);
      return [
        name,
        { sources, settings, embedderVersion: embedder.version, documentsVersion: await documentsVersion(name) },
      ] as const;
    }),
  );
  const spec = ReleaseSpec.parse({
    app: app.name,
    instructions: loaded.instructions,
    route,
    sampling: app.sampling,
    answer: app.answer,
    knowledge: Object.fromEntries(knowledge),
    code: hasFunctions(loaded.app) ? loaded.code : "none",
  });
  return { id: contentId("rel", hashOf(spec)), app: app.name, createdAt: new Date().toISOString(), spec };
}

/** Functions cannot be written into a spec; where an app has none, its spec says everything and its code says nothing. */
function hasFunctions(value: unknown): boolean {
  if (typeof value === "function") return true;
  if (typeof value !== "object" || value === null) return false;
  return Object.values(value).some(hasFunctions);
}
