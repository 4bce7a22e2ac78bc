import type { Models } from "#schema";
import { contentWords } from "./words.ts";

/**
 * A small real embedder for tests: a text's vector has a direction for each of its stemmed words (feature hashing,
 * Weinberger et al. 2009), so texts that share words are near. `asked` counts the texts it embedded.
 */
export function wordModels(dimensions = 384): Models & { asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    async chat() {
      throw new Error("There is no chat model here.");
    },
    async read() {
      throw new Error("There is no reader here.");
    },
    async describe(id) {
      return { id, kind: "embed", version: `words-${dimensions}`, contextTokens: 512 };
    },
    async countTokens(_, texts) {
      return texts.map((text) => 2 + (text.match(/[\p{L}\p{N}]{1,6}|[^\s\p{L}\p{N}]/gu)?.length ?? 0));
    },
    async embed({ texts }) {
      asked.push(...texts);
      return { vectors: texts.map((text) => hashed(text, dimensions)), dimensions, inputTokens: 0 };
    },
  };
}

function hashed(text: string, dimensions: number): Float32Array {
  const vector = new Float32Array(dimensions);
  vector[0] = 0.01; // no text is without direction
  for (const word of contentWords(text)) {
    let hash = 2166136261; // FNV-1a
    for (const char of word) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 16777619);
    const at = (hash >>> 1) % dimensions;
    vector[at] = (vector[at] ?? 0) + (hash & 1 ? 1 : -1);
  }
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}
