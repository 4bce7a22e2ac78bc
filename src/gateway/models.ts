import { PawlError, type Report, silent } from "#kernel";
import {
  addAdapter,
  addSkill,
  type CompatibleOptions,
  catalog,
  compatibleProvider,
  type EngineHandle,
  type Env,
  findAdapter,
  hostedProviders,
  localProvider,
  modelsFolder,
  ollamaProvider,
  type Provider,
  type SdkProvider,
  sdkProvider,
  skillNamed,
} from "#models";
import type { ModelInfo, Models } from "#schema";
import { near } from "./near.ts";
import { defaultRetry, type RetryOptions, retrying } from "./retry.ts";

export type ModelsOptions = {
  env?: Env;
  /** The model store; default `PAWL_MODELS` or the user's cache. */
  folder?: string;
  /** Progress of downloads. */
  report?: Report;
  /** OpenAI-compatible servers under names of their own: `NAME/MODEL`. */
  providers?: readonly CompatibleOptions[];
  /** A local model leaves memory after this long without use. */
  idleMs?: number;
  contextTokens?: number;
  /** The engine of another process, for local models; else one is started on first use. */
  engine?: EngineHandle;
  /** Providers of the AI SDK's ecosystem under names of their own. */
  sdk?: Readonly<Record<string, SdkProvider>>;
  /** Longest silence of a hosted model before it counts as timed out. */
  silenceMs?: number;
  retry?: RetryOptions;
  /** Asked before a skill is given out; default: it is. */
  areSkillsOn?: () => Promise<boolean>;
};

/** The way to all models. */
export type Gateway = Models & {
  list(): Promise<ModelInfo[]>;
  /** Fetches and verifies a local model's files ahead of use. Throws `bad-request` for a hosted one. */
  fetchFiles(model: string, options: { signal: AbortSignal; report: Report }): Promise<void>;
  /** Copies an adapter (a GGUF file) into the model store. Throws `adapter-missing`, `bad-request`. */
  addAdapter(path: string): Promise<{ sha256: string }>;
  /** An adapter of the model store. Throws `adapter-missing`. */
  findAdapter(sha256: string): Promise<{ sha256: string; path: string }>;
  /** Whether a local model is writing an answer just now. */
  isAnswering(): boolean;
  /** The reader that pawl ships, its files fetched; without one, a note why, where it is not because skills are off. */
  findReader(): Promise<{ reader: { model: string; version: string } | null; note: string | null }>;
  /** sha256 of the weights of the reader's skill that is used; null: none, or skills are off. */
  readerSkill(): Promise<string | null>;
  /** The adapter that pawl ships by this name for a model, put into the model store; null: none, or skills are off. */
  addSkill(name: string, model: { model: string; version: string }): Promise<{ sha256: string } | null>;
  readonly engine: EngineHandle;
  close(): Promise<void>;
};

/** All models by `provider/model`: local ones, hosted ones, and `url:http://host:port/v1#model`. */
export function createModels(options: ModelsOptions = {}): Gateway {
  const env = options.env ?? process.env;
  const retry = options.retry ?? defaultRetry;
  const folder = options.folder ?? modelsFolder(env);
  const local = localProvider({
    folder,
    env,
    report: options.report ?? silent,
    ...(options.idleMs === undefined ? {} : { idleMs: options.idleMs }),
    ...(options.contextTokens === undefined ? {} : { contextTokens: options.contextTokens }),
    ...(options.engine === undefined ? {} : { engine: options.engine }),
  });
  let answering = 0;
  const providers = new Map<string, Provider>([["local", local]]);
  const hosted = hostedProviders(env, options.silenceMs === undefined ? {} : { silenceMs: options.silenceMs });
  for (const provider of [...hosted, ollamaProvider(env)]) providers.set(provider.name, provider);
  for (const [name, sdk] of Object.entries(options.sdk ?? {})) {
    providers.set(
      name,
      sdkProvider({ name, keyEnv: undefined }, () => sdk),
    );
  }
  for (const configured of options.providers ?? []) providers.set(configured.name, compatibleProvider(configured, env));

  const find = (id: string): { provider: Provider; model: string } => {
    if (id.startsWith("file:")) return { provider: local, model: id };
    if (id.startsWith("url:")) return byUrl(id, env);
    const slash = id.indexOf("/");
    const name = slash < 0 ? "" : id.slice(0, slash);
    const provider = providers.get(name);
    if (provider === undefined) throw unknownProvider(id, name, [...providers.keys()]);
    const model = id.slice(slash + 1);
    if (provider === local && !localNames.includes(id)) throw unknownModel(id);
    return { provider, model };
  };

  return {
    engine: local.engine,
    async fetchFiles(id, options) {
      const { provider, model } = find(id);
      if (provider !== local) {
        throw new PawlError("bad-request", `${id} runs elsewhere; it has no files to fetch.`, {
          hint: "Fetch a `local/…` model.",
        });
      }
      await local.fetchFiles(model, options);
    },
    async chat(request, { signal, onDelta }) {
      const { provider, model } = find(request.model);
      const isLocal = provider === local;
      let isStarted = false;
      const counted =
        onDelta === undefined
          ? {}
          : {
              onDelta: (text: string) => {
                isStarted = true;
                return onDelta(text);
              },
            };
      // What was given out cannot be taken back: after the first delta there is no second try.
      const mayRepeat = () => !isStarted;
      if (isLocal) answering += 1;
      try {
        return await retrying(() => provider.chat(model, request, { signal, ...counted }), {
          ...retry,
          signal,
          mayRepeat,
        });
      } finally {
        if (isLocal) answering -= 1;
      }
    },
    async embed(request, { signal }) {
      const { provider, model } = find(request.model);
      return retrying(() => provider.embed(model, request, { signal }), { ...retry, signal, mayRepeat: () => true });
    },
    async read(request, options) {
      const { provider, model } = find(request.model);
      if (provider.read === undefined) throw notAReader(request.model);
      return provider.read(model, request, options);
    },
    isAnswering: () => answering > 0,
    addAdapter: (path) => addAdapter(folder, path),
    findAdapter: async (sha256) => ({ sha256, path: await findAdapter(folder, sha256) }),
    async findReader() {
      const none = { reader: null, note: null };
      if (options.areSkillsOn !== undefined && !(await options.areSkillsOn())) return none;
      if ((await skillNamed("reading", env)) === null) return none;
      const { id: model, version } = await local.describe("default-reader");
      try {
        await local.fetchFiles("default-reader", {
          signal: new AbortController().signal,
          report: options.report ?? silent,
        });
        return { reader: { model, version }, note: null };
      } catch (error) {
        if (!(error instanceof PawlError) || error.code !== "model-file-unavailable") throw error;
        return { reader: null, note: `Answers without the reader: ${error.message} ${error.hint ?? ""}`.trim() };
      }
    },
    async readerSkill() {
      if (options.areSkillsOn !== undefined && !(await options.areSkillsOn())) return null;
      return (await skillNamed("reading", env))?.sha256 ?? null;
    },
    async addSkill(name, model) {
      if (options.areSkillsOn !== undefined && !(await options.areSkillsOn())) return null;
      return addSkill(name, model, { folder, env });
    },
    async describe(id) {
      const { provider, model } = find(id);
      return provider.describe(model);
    },
    async countTokens(id, texts, { signal }) {
      const { provider, model } = find(id);
      return provider.countTokens(model, texts, { signal });
    },
    async list() {
      // A server that is down has no models to show now; using one of them says why.
      const lists = await Promise.all([...providers.values()].map((provider) => provider.list().catch(() => [])));
      return lists.flat();
    },
    async close() {
      await Promise.all([...providers.values()].map((provider) => provider.close()));
    },
  };
}

function notAReader(id: string): PawlError {
  return new PawlError("model-kind-wrong", `${id} is no reader.`, {
    hint: "Name a `local/…` model of kind read; `pawl models` lists them.",
  });
}

const localNames = catalog.flatMap(({ id, aliases }) => [id, ...aliases]);

function byUrl(id: string, env: Env): { provider: Provider; model: string } {
  const [baseURL, model] = id.slice("url:".length).split("#");
  if (baseURL === undefined || model === undefined || model === "" || !URL.canParse(baseURL)) {
    throw new PawlError("model-unknown", `${id} is not a model's address.`, {
      hint: "Write url:http://host:port/v1#model.",
    });
  }
  const provider = compatibleProvider({ name: `url:${baseURL}`, baseURL }, env);
  // Its name is its address: what a release keeps must be what `find` takes.
  const describe = async () => ({ ...(await provider.describe(model)), id, version: id });
  return { provider: { ...provider, describe }, model };
}

function unknownProvider(id: string, name: string, names: readonly string[]): PawlError {
  if (name === "") {
    const close = near(`local/${id}`, localNames);
    return new PawlError("model-unknown", `${id} names no provider.`, {
      hint: `Write provider/model${close.length === 0 ? "" : `; did you mean ${close.join(" or ")}?`}`,
    });
  }
  const close = near(name, names);
  return new PawlError("provider-unknown", `There is no provider ${name}.`, {
    hint: close.length === 0 ? `Known are ${names.join(", ")}.` : `Did you mean ${close.join(" or ")}?`,
    details: { provider: name, known: names },
  });
}

function unknownModel(id: string): PawlError {
  const close = near(id, localNames);
  return new PawlError("model-unknown", `There is no model ${id}.`, {
    hint: close.length === 0 ? "`pawl models` lists what there is." : `Did you mean ${close.join(" or ")}?`,
    details: { model: id, near: close },
  });
}
