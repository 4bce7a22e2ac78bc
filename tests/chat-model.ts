import { silent } from "#kernel";
import { ensureFile, findEntry, modelsFolder } from "#models";

/** The default chat model's file as it is fetched (SmolLM2-135M-Instruct, Q4_1). */
export async function chatModelFile(): Promise<string> {
  const entry = findEntry("local/smollm2-135m-instruct");
  if (entry === undefined) throw new Error("The catalog has no default chat model.");
  const options = { folder: modelsFolder(process.env), env: process.env, signal: new AbortController().signal };
  return (await ensureFile(entry, entry.weights, { ...options, report: silent })).path;
}
