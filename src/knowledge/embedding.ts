import { sha256 } from "#kernel";
import type { KnowledgeSettings, Models } from "#schema";
import type { Store } from "#store";

/** Texts in one request to the embedder. */
const batchSize = 32;

export type EmbedOptions = {
  store: Store;
  models: Models;
  settings: Pick<KnowledgeSettings, "embedder" | "pooling">;
  /** Of the embedder, as `models.describe` gives it. */
  version: string;
  priority: "interactive" | "background";
  signal: AbortSignal;
  /** Told after each batch how many of how many vectors are there. */
  onBatch?: (done: number, total: number) => void;
};

/** Unit vectors of passages' texts: those embedded before come from the store's cache, the others are put there. */
export async function embedPassages(texts: readonly string[], options: EmbedOptions): Promise<Float32Array[]> {
  const { store, models, settings, version, signal } = options;
  const keys = texts.map((text) => sha256(`${version}\n${settings.pooling ?? ""}\n${text}`));
  const known = await cached(store, [...new Set(keys)]);
  const missing = new Map<string, string>();
  keys.forEach((key, index) => {
    if (!known.has(key)) missing.set(key, texts[index] ?? "");
  });
  // Longest first: texts of like length share a batch, and nothing is padded in vain.
  const order = [...missing].sort(([, a], [, b]) => b.length - a.length);
  for (let at = 0; at < order.length; at += batchSize) {
    signal.throwIfAborted();
    const batch = order.slice(at, at + batchSize);
    const { vectors } = await models.embed(
      {
        model: settings.embedder,
        texts: batch.map(([, text]) => text),
        purpose: "passage",
        pooling: settings.pooling,
        priority: options.priority,
      },
      { signal },
    );
    batch.forEach(([key], index) => {
      const vector = vectors[index];
      if (vector !== undefined) known.set(key, vector);
    });
    await remember(
      store,
      batch.map(([key]) => key),
      known,
    );
    options.onBatch?.(keys.length - order.length + at + batch.length, keys.length);
  }
  return keys.map((key) => known.get(key) ?? new Float32Array());
}

async function cached(store: Store, keys: string[]): Promise<Map<string, Float32Array>> {
  const found = new Map<string, Float32Array>();
  for (let at = 0; at < keys.length; at += 500) {
    const some = keys.slice(at, at + 500);
    const rows = await store.query({
      sql: `select key, embedding from embedding_cache
        where key in (select jsonb_array_elements_text($1::jsonb))`,
      params: [JSON.stringify(some)],
    });
    for (const row of rows) {
      // A copy: bytes may begin at an odd place of a pool, where floats cannot.
      if (row.embedding instanceof Uint8Array) {
        found.set(String(row.key), new Float32Array(new Uint8Array(row.embedding).buffer));
      }
    }
  }
  return found;
}

async function remember(store: Store, keys: readonly string[], vectors: ReadonlyMap<string, Float32Array>) {
  const rows = keys.flatMap((key) => {
    const vector = vectors.get(key);
    if (vector === undefined) return [];
    const bytes = Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength);
    return [{ key, embedding: bytes.toString("base64") }];
  });
  await store.query({
    sql: `insert into embedding_cache (key, embedding)
      select row ->> 'key', decode(row ->> 'embedding', 'base64') from jsonb_array_elements($1::jsonb) as row
      on conflict (key) do nothing`,
    params: [JSON.stringify(rows)],
  });
}
