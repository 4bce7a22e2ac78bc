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
  unpinTurn,
} from "#data";
import { type Host, syncDatasets, textOf } from "#host";
import { systemClock } from "#kernel";
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
        if (app.loaded && (query.app === undefined || query.app === name)) await syncDatasets(host, name);
      }
      return { datasets: await listDatasets(host.store, query.app) };
    },

    async importDataset({ body }) {
      const app = body.app === undefined ? null : host.app(body.app).name;
      const done = await importText(host.store, {
        ...body,
        app,
        now: systemClock.now(),
        textOf: app === null ? undefined : textOf(host, app),
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
        textOf: textOf(host, turn.app),
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
