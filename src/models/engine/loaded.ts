import type { Llama } from "node-llama-cpp";
import { asPawlError, PawlError, silent } from "#kernel";
import { findAdapter } from "../adapters.ts";
import { type CatalogEntry, findEntry } from "../catalog.ts";
import { type Env, ensureFile } from "../files.ts";
import { ChatModel } from "./chat.ts";
import { EmbedModel } from "./embed.ts";
import { Lane } from "./lane.ts";
import { startLlama } from "./llama.ts";
import { ReadModel } from "./read.ts";

export type LoadedOptions = {
  folder: string;
  env: Env;
  /** A model that was not used for this long leaves memory. */
  idleMs: number;
  /** Context of a chat model, in tokens; its key-value cache is allocated for this many, for each slot. */
  contextTokens: number;
  slots: number;
  /** Told when the last model has left. */
  onEmpty: () => void;
};

type Model = ChatModel | EmbedModel | ReadModel;
type Held = { model: Promise<Model>; users: number; timer: NodeJS.Timeout | undefined };

/** The models in memory: loaded on first use, gone when idle. One compute lane for all of them. */
export class LoadedModels {
  readonly lane = new Lane();
  readonly #options: LoadedOptions;
  readonly #held = new Map<string, Held>();
  #llama: Promise<Llama> | undefined;

  constructor(options: LoadedOptions) {
    this.#options = options;
  }

  /** Ids in memory now. */
  ids(): string[] {
    return [...this.#held.keys()];
  }

  /** Runs `work` with the loaded model of `kind` that `id` names. Throws `model-unknown`, `model-kind-wrong`. */
  async use<T>(id: string, kind: "chat", work: (model: ChatModel, entry: CatalogEntry) => Promise<T>): Promise<T>;
  async use<T>(id: string, kind: "embed", work: (model: EmbedModel, entry: CatalogEntry) => Promise<T>): Promise<T>;
  async use<T>(id: string, kind: "read", work: (model: ReadModel, entry: CatalogEntry) => Promise<T>): Promise<T>;
  async use<T>(id: string, kind: null, work: (model: Model, entry: CatalogEntry) => Promise<T>): Promise<T>;
  async use<T>(
    id: string,
    kind: CatalogEntry["kind"] | null,
    work: (model: never, entry: CatalogEntry) => Promise<T>,
  ): Promise<T> {
    const entry = findEntry(id);
    if (entry === undefined) throw new PawlError("model-unknown", `The engine knows no model ${id}.`);
    if (kind !== null && entry.kind !== kind) {
      throw new PawlError("model-kind-wrong", `${entry.id} is a model for ${entry.kind}, not for ${kind}.`);
    }
    const held = this.#hold(entry);
    held.users += 1;
    clearTimeout(held.timer);
    try {
      // The overloads tie the kind that was checked above to the type that `work` takes.
      return await work((await held.model) as never, entry);
    } finally {
      held.users -= 1;
      if (held.users === 0) this.#leaveLater(entry.id, held);
    }
  }

  /** The file of an adapter in the model store. Throws `adapter-missing`. */
  adapter(sha256: string): Promise<string> {
    return findAdapter(this.#options.folder, sha256);
  }

  #hold(entry: CatalogEntry): Held {
    const known = this.#held.get(entry.id);
    if (known !== undefined) return known;
    const held: Held = { model: this.#load(entry), users: 0, timer: undefined };
    this.#held.set(entry.id, held);
    held.model.catch(() => this.#held.delete(entry.id)); // the next request tries again
    return held;
  }

  #leaveLater(id: string, held: Held): void {
    held.timer = setTimeout(() => {
      if (this.#held.get(id) === held) this.#held.delete(id);
      const closed = held.model.then((model) => model.close()).catch(() => {}); // what failed to load needs no closing
      closed.then(() => {
        if (this.#held.size === 0) this.#options.onEmpty();
      });
    }, this.#options.idleMs);
    held.timer.unref();
  }

  async #load(entry: CatalogEntry): Promise<Model> {
    const { folder, env, contextTokens, slots } = this.#options;
    const files = { folder, env, signal: new AbortController().signal, report: silent };
    const weights = await ensureFile(entry, entry.weights, files);
    try {
      if (entry.kind !== "chat") {
        if (entry.tokenizer === null) throw new Error("The catalog names no tokenizer for this model.");
        const { path: tokenizer } = await ensureFile(entry, entry.tokenizer, files);
        if (entry.kind === "embed")
          return await EmbedModel.load({ weights: weights.path, tokenizer }, { maxTokens: entry.contextTokens });
        const { builtReader } = await import("../reader/build.ts");
        const { path, calibration } = await builtReader(weights, env, files.signal);
        return await ReadModel.load({ weights: path, tokenizer }, { calibration });
      }
      const { rewritten } = await import("../rewrite.ts");
      const path = entry.rewrite === null ? weights.path : await rewritten(weights, entry.rewrite, files.signal);
      await checkGguf(path);
      this.#llama ??= startLlama();
      return await ChatModel.load(await this.#llama, path, { contextTokens, slots });
    } catch (error) {
      const known = asPawlError(error);
      if (known.code !== "internal") throw known;
      throw new PawlError("model-file-damaged", `${entry.id} could not be loaded from ${weights.path}.`, {
        hint: "The file has the recorded sha256, so the format may be too new for this engine, or memory is short.",
        cause: error,
        details: { reason: error instanceof Error ? error.message : "unknown" },
      });
    }
  }
}

/** llama.cpp's own reader waits for ever on a file that is none. Throws `model-file-damaged`. */
async function checkGguf(path: string): Promise<void> {
  const { readGguf } = await import("#tensor");
  await readGguf(path).catch((error: unknown) => {
    const known = asPawlError(error);
    if (known.code === "unsupported-option") return; // a tensor type that llama.cpp may well know
    throw new PawlError(known.code, `${path} cannot be loaded. ${known.message}`, {
      hint: "Fetch the file again, or name another one.",
      cause: error,
    });
  });
}
