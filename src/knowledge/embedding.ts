import type { KnowledgeSettings, Models } from "#schema";
import { embeddingKey, readEmbeddings, type Store, writeEmbeddings } from "#store";

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
  const keys = texts.map((text) => embeddingKey(`${version}\n${settings.pooling ?? ""}`, text));
  const known = await readEmbeddings(store, [...new Set(keys)]);
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
    const made = new Map<string, Float32Array>();
    batch.forEach(([key], index) => {
      const vector = vectors[index];
      if (vector !== undefined) made.set(key, vector);
    });
    for (const [key, vector] of made) known.set(key, vector);
    await writeEmbeddings(store, made);
    options.onBatch?.(keys.length - order.length + at + batch.length, keys.length);
  }
  return keys.map((key) => known.get(key) ?? new Float32Array());
}
