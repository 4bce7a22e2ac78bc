import { sha256 } from "#kernel";
import { inParts } from "./documents.ts";
import type { Store } from "./store.ts";
import { bytesToFloats, encodeValue, floatsToBytes, json } from "./values.ts";

/** Finds an embedding again: the same model, prefix and pooling (all in `version`) give the same vector for a text. */
export function embeddingKey(version: string, text: string): string {
  return sha256(`${version}\n${text}`);
}

/** Embeddings that are known, by their keys. */
export async function readEmbeddings(
  store: Pick<Store, "query">,
  keys: readonly string[],
): Promise<Map<string, Float32Array>> {
  const known = new Map<string, Float32Array>();
  for (const part of inParts(keys)) {
    const rows = await store.query({
      sql: "select key, embedding from embedding_cache where key = any($1::text[])",
      params: [part],
    });
    for (const { key, embedding } of rows) {
      if (embedding instanceof Uint8Array) known.set(String(key), bytesToFloats(embedding));
    }
  }
  return known;
}

export async function writeEmbeddings(
  store: Pick<Store, "batch">,
  embeddings: ReadonlyMap<string, Float32Array>,
): Promise<void> {
  const rows = [...embeddings].map(([key, vector]) => ({ key, embedding: encodeValue(floatsToBytes(vector)) }));
  await store.batch(
    inParts(rows).map((part) => ({
      sql: `insert into embedding_cache (key, embedding)
        select key, embedding::bytea from jsonb_to_recordset($1::jsonb) as row (key text, embedding text)
        on conflict (key) do nothing`,
      params: [json(part)],
    })),
  );
}
