import type { Calibration } from "./reader/spans.ts";

/** See `adapters.ts`; it reads weight files, which the door does not load. */
export const addAdapter: typeof import("./adapters.ts").addAdapter = async (...input) =>
  (await import("./adapters.ts")).addAdapter(...input);
export const findAdapter: typeof import("./adapters.ts").findAdapter = async (...input) =>
  (await import("./adapters.ts")).findAdapter(...input);
export { type CatalogEntry, catalog, findEntry, type ModelFile } from "./catalog.ts";
export { type EngineAddress, type EngineHandle, type EngineOptions, startEngine } from "./engine/client.ts";
export { importNative } from "./engine/native.ts";
export type { ChatTokens } from "./engine/tokens.ts";
export { type Env, ensureFile, modelsFolder, pathOf, verified } from "./files.ts";
export { hostedProviders, type SdkProvider, sdkProvider } from "./hosted.ts";
export { type LocalOptions, localProvider } from "./local.ts";
export { type CompatibleOptions, compatibleProvider, hostedInfo, ollamaProvider } from "./openai-compatible.ts";
export { type Endpoint, wireChat, wireCount, wireEmbed, wireModels } from "./openai-wire.ts";
export type { Description, Provider } from "./provider.ts";
export { keyMissing } from "./provider-errors.ts";

/** A chat model's tokenizer without its weights, for training. Throws `engine-unavailable`. */
export async function openChatTokens(path: string) {
  return (await import("./engine/tokens.ts")).openChatTokens(path);
}

/** See `reader/build.ts`. */
export const builtReader: typeof import("./reader/build.ts").builtReader = async (...input) =>
  (await import("./reader/build.ts")).builtReader(...input);

/** A reader in this process, outside of the engine: for training, which has the computer to itself. */
export async function openReader(paths: { weights: string; tokenizer: string }, calibration: Calibration) {
  const [{ ReadModel }, { Lane }] = await Promise.all([import("./engine/read.ts"), import("./engine/lane.ts")]);
  const model = await ReadModel.load(paths, { calibration });
  const lane = new Lane();
  return {
    async read(request: { question: string; passages: readonly string[] }, signal: AbortSignal) {
      const reading = model.read(request, lane, signal);
      for (;;) {
        const next = await reading.next();
        if (next.done) return next.value;
      }
    },
    close: () => model.close(),
  };
}

/** An encoder's tokenizer that tells which characters each token was made from. Throws `unsupported-option`. */
export async function openWordPieces(path: string) {
  return (await import("./word-pieces.ts")).openWordPieces(path);
}
export { type ReaderText, readerTexts, tokensAt } from "./reader/texts.ts";
export { addSkill, type Skill, skillNamed, skills } from "./skills.ts";
export type { Pieces, WordPieces } from "./word-pieces.ts";
