import {
  createVersion,
  exampleOfTurn,
  findVersion,
  type Import,
  importText,
  listDatasets,
  listExamples,
  listPins,
  pinTurn,
  syncAppDatasets,
  unpinTurn,
} from "#data";
import { collectionOf, type Host } from "#host";
import { systemClock } from "#kernel";
import { documentText, listDocuments } from "#knowledge";
import type { Contract } from "./contract.ts";
import type { Handlers } from "./handlers.ts";
import type { RouteOutput } from "./route.ts";

/** The requests about datasets and pins. */
export function handlersOfData(
  host: Host,
): Pick<Handlers, "datasets" | "importDataset" | "examples" | "exampleOfTurn" | "pins" | "pin" | "unpin"> {
  return {
    async datasets({ query }) {
      for (const [name, app] of host.apps) {
        if (!app.loaded || (query.app !== undefined && query.app !== name)) continue;
        const { folder } = app.loaded;
        const files = app.loaded.app.evals.data;
        await syncAppDatasets(
          host.store,
          { name, folder, files },
          { now: systemClock.now(), textOf: textsOf(host, name) },
        );
      }
      return { datasets: await listDatasets(host.store, query.app) };
    },

    async importDataset({ body }) {
      const app = body.app === undefined ? null : host.app(body.app).name;
      const done = await importText(host.store, {
        ...body,
        app,
        now: systemClock.now(),
        textOf: app === null ? undefined : textsOf(host, app),
      });
      return answer(done);
    },

    async examples({ params, query }) {
      const version = await findVersion(host.store, params.id);
      return listExamples(host.store, version.id, query);
    },

    async exampleOfTurn({ params, body }) {
      const turn = await host.turn(body.turn);
      const { line, notCarried } = await exampleOfTurn(host.store, turn, body);
      const created = await createVersion(host.store, {
        app: turn.app,
        dataset: params.id,
        lines: [line],
        mode: "append",
        now: systemClock.now(),
        textOf: textsOf(host, turn.app),
      });
      return answer({ dataset: params.id, ...created, notCarried });
    },

    async pins({ query }) {
      return { turns: await listPins(host.store, query.app) };
    },
    async pin({ params }) {
      await pinTurn(host.store, await host.turn(params.id));
      return { pinned: params.id };
    },
    async unpin({ params }) {
      await unpinTurn(host.store, await host.turn(params.id));
      return { unpinned: params.id };
    },
  };
}

function answer({ version, ...done }: Import): RouteOutput<Contract["importDataset"]> {
  // Where every line was refused there is nothing to name.
  return { ...done, version: version?.id ?? "", health: version?.health ?? [] };
}

/** An app's documents by path: as stored, or by its end where only one document ends so. */
function textsOf(host: Host, app: string): (path: string) => Promise<string | null> {
  const collections = Object.keys(host.apps.get(app)?.loaded?.app.knowledge ?? {});
  return async (path) => {
    const found = await Promise.all(
      collections.map((name) =>
        listDocuments(host.store, { collection: collectionOf(app, name), q: path, limit: 500 }),
      ),
    );
    const documents = found.flatMap((page) => page.documents);
    const exact = documents.filter((document) => document.path === path);
    const ending = documents.filter((document) => document.path.endsWith(`/${path}`));
    const [one, ...others] = exact.length > 0 ? exact : ending;
    return one && others.length === 0 ? documentText(host.store, one.id) : null;
  };
}
