import { PawlError } from "#kernel";
import type { ModelInfo } from "#schema";
import type { Env } from "./files.ts";
import { type Endpoint, wireChat, wireEmbed, wireModels } from "./openai-wire.ts";
import type { Provider } from "./provider.ts";
import { keyMissing } from "./provider-errors.ts";

/** A server that speaks OpenAI's protocol, as a user configures it. */
export type CompatibleOptions = {
  name: string;
  /** Up to and with `/v1`. */
  baseURL: string;
  /** The variable that holds its key; none for a server without keys. */
  apiKeyEnv?: string;
  /** Longest silence before it counts as timed out; default 60 s. */
  silenceMs?: number;
};

/** A provider for any OpenAI-compatible server: vLLM, SGLang, llama-server, Ollama, another pawl. */
export function compatibleProvider(options: CompatibleOptions, env: Env): Provider {
  const baseURL = options.baseURL.replace(/\/+$/, "");
  const idOf = (model: string) => `${options.name}/${model}`;
  const endpoint = (): Endpoint => {
    const key = options.apiKeyEnv === undefined ? undefined : env[options.apiKeyEnv];
    if (options.apiKeyEnv !== undefined && (key === undefined || key === ""))
      throw keyMissing(options.name, options.apiKeyEnv);
    return {
      name: options.name,
      keyEnv: options.apiKeyEnv,
      baseURL,
      headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
      silenceMs: options.silenceMs ?? 60_000,
      isEngine: false,
    };
  };
  return {
    name: options.name,
    chat: async (model, request, callOptions) => wireChat(endpoint(), model, request, callOptions),
    embed: async (model, request, callOptions) => wireEmbed(endpoint(), model, request, callOptions),
    countTokens: async (model) => {
      throw new PawlError("unsupported-option", `${options.name} does not count tokens of ${model}.`);
    },
    // OpenAI's list does not say what a model is for: chat is what nearly all are asked for.
    describe: async (model) => ({ id: idOf(model), kind: "chat", version: idOf(model), contextTokens: null }),
    async list() {
      const ids = await wireModels(endpoint(), { signal: AbortSignal.timeout(2_000) });
      return ids.map((id) => hostedInfo(options.name, id, "ready"));
    },
    close: async () => {},
  };
}

/** An Ollama on this machine (or at `OLLAMA_HOST`): its models are offered, and used only when an app names one. */
export function ollamaProvider(env: Env): Provider {
  const host = env.OLLAMA_HOST;
  const baseURL = host === undefined || host === "" ? "http://127.0.0.1:11434/v1" : `${withScheme(host)}/v1`;
  const provider = compatibleProvider({ name: "ollama", baseURL, silenceMs: 300_000 }, env);
  return {
    ...provider,
    list: async () => (await provider.list()).map((info) => ({ ...info, state: "offered" as const })),
  };
}

function withScheme(host: string): string {
  return (/^https?:\/\//.test(host) ? host : `http://${host}`).replace(/\/+$/, "");
}

/** What is known of a model that runs elsewhere. */
export function hostedInfo(provider: string, model: string, state: ModelInfo["state"]): ModelInfo {
  return {
    id: `${provider}/${model}`,
    kind: /embed/i.test(model) ? "embed" : "chat",
    provider,
    description: `${model} at ${provider}`,
    licence: null,
    contextTokens: null,
    dimensions: null,
    sizeBytes: null,
    sha256: null,
    state,
  };
}
