import { PawlError, type Report } from "#kernel";
import type { ModelInfo } from "#schema";
import { type CatalogEntry, catalog, findEntry } from "./catalog.ts";
import { type EngineHandle, startEngine } from "./engine/client.ts";
import { type Env, ensureFile, pathOf, verified } from "./files.ts";
import { type Endpoint, wireChat, wireCount, wireEmbed, wireRead } from "./openai-wire.ts";
import type { Provider } from "./provider.ts";
import { skillNamed } from "./skills.ts";

/** Loading a model from a cold disk and a long prompt on a slow machine both fit. */
const silenceMs = 10 * 60_000;

export type LocalOptions = {
  folder: string;
  env: Env;
  report: Report;
  idleMs?: number;
  contextTokens?: number;
  /** An engine that runs already: a worker shares the host's. */
  engine?: EngineHandle;
};

export type LocalProvider = Provider & {
  engine: EngineHandle;
  /** Fetches and verifies what a model needs. Throws `model-file-unavailable`. */
  fetchFiles(model: string, options: { signal: AbortSignal; report: Report }): Promise<void>;
};

/** Models that run in the engine on this machine. Their files are fetched on first use. */
export function localProvider(options: LocalOptions): LocalProvider {
  const contextTokens = options.contextTokens ?? 4096;
  const engine =
    options.engine ??
    startEngine({
      modelsFolder: options.folder,
      env: options.env,
      report: options.report,
      contextTokens,
      ...(options.idleMs === undefined ? {} : { idleMs: options.idleMs }),
    });

  const ready = async (entry: CatalogEntry, signal: AbortSignal, report = options.report) => {
    const files = { folder: options.folder, env: options.env, report, signal };
    const weights = await ensureFile(entry, entry.weights, files);
    if (entry.tokenizer !== null) await ensureFile(entry, entry.tokenizer, files);
    return weights;
  };

  /** Asks the engine; a broken connection becomes `engine-crashed` when its process is gone. */
  const ask = async <T>(
    entry: CatalogEntry,
    signal: AbortSignal,
    work: (endpoint: Endpoint) => Promise<T>,
  ): Promise<T> => {
    await ready(entry, signal);
    const address = await engine.address();
    const headers = { authorization: `Bearer ${address.token}` };
    const endpoint = {
      name: "The local engine",
      keyEnv: undefined,
      baseURL: address.baseURL,
      headers,
      silenceMs,
      isEngine: true,
    };
    try {
      return await work(endpoint);
    } catch (error) {
      const isWire =
        error instanceof PawlError && (error.code === "provider-failed" || error.code === "provider-unreachable");
      throw isWire ? ((await engine.explain(address)) ?? error) : error;
    }
  };

  return {
    name: "local",
    engine,
    async fetchFiles(model, { signal, report }) {
      await ready(entryOf(model, null), signal, report);
    },
    chat: (model, request, { signal, onDelta }) =>
      ask(entryOf(model, "chat"), signal, (endpoint) =>
        wireChat(endpoint, entryOf(model, "chat").id, request, {
          signal,
          ...(onDelta === undefined ? {} : { onDelta }),
        }),
      ),
    embed: (model, request, { signal }) =>
      ask(entryOf(model, "embed"), signal, (endpoint) =>
        wireEmbed(endpoint, entryOf(model, "embed").id, request, { signal }),
      ),
    read: (model, request, options) =>
      ask(entryOf(model, "read"), options.signal, (endpoint) =>
        wireRead(endpoint, entryOf(model, "read").id, request, options),
      ),
    countTokens: (model, texts, { signal }) =>
      ask(entryOf(model, null), signal, (endpoint) => wireCount(endpoint, entryOf(model, null).id, texts, { signal })),
    async describe(model) {
      const entry = entryOf(model, null);
      // A model without a hash in the catalog is known only when its file is here.
      const sha256 = entry.weights.sha256 ?? (await ready(entry, new AbortController().signal)).sha256;
      return {
        id: entry.id,
        kind: entry.kind,
        version: `${sha256}${await changesOf(entry, options.env)}`,
        contextTokens: entry.kind === "chat" ? Math.min(entry.contextTokens, contextTokens) : entry.contextTokens,
      };
    },
    list: () => Promise.all(catalog.map((entry) => infoOf(entry, options.folder))),
    close: () => engine.close(),
  };
}

/** What pawl makes of a file before it is used is part of what answers. */
async function changesOf({ kind, rewrite }: CatalogEntry, env: Env): Promise<string> {
  if (kind === "read") return `+${(await skillNamed("reading", env))?.sha256 ?? "none"}`;
  return rewrite === null ? "" : `+${rewrite}`;
}

function entryOf(model: string, kind: CatalogEntry["kind"] | null): CatalogEntry {
  const entry = findEntry(model.startsWith("file:") ? model : `local/${model}`);
  if (entry === undefined) throw new PawlError("model-unknown", `There is no local model ${model}.`);
  if (kind !== null && entry.kind !== kind) {
    throw new PawlError("model-kind-wrong", `${entry.id} is a model for ${entry.kind}, not for ${kind}.`, {
      hint: `Choose a model of kind ${kind}; \`pawl models\` lists them.`,
    });
  }
  return entry;
}

async function infoOf(entry: CatalogEntry, folder: string): Promise<ModelInfo> {
  const weights = await verified(pathOf(folder, entry, entry.weights));
  const tokenizer = entry.tokenizer === null || (await verified(pathOf(folder, entry, entry.tokenizer))) !== undefined;
  return {
    id: entry.id,
    kind: entry.kind,
    provider: "local",
    description: entry.description,
    licence: entry.licence,
    contextTokens: entry.contextTokens,
    dimensions: entry.dimensions,
    sizeBytes: weights?.sizeBytes ?? entry.weights.sizeBytes,
    sha256: entry.weights.sha256 ?? weights?.sha256 ?? null,
    state: weights !== undefined && tokenizer ? "ready" : "not-downloaded",
  };
}
