import { describe, expect, it } from "vitest";
import { KnowledgeSettings } from "#schema";
import { fuse } from "./retrieve.ts";

const settings = KnowledgeSettings.parse({});
const bm25 = [
  { chunkId: "chk_a", score: 20 },
  { chunkId: "chk_b", score: 5 },
];
const vector = [
  { chunkId: "chk_b", score: 0.8 },
  { chunkId: "chk_c", score: 0.6 },
];

describe("fuse", () => {
  it("adds cosine and a bounded share of BM25; what the vectors did not bring counts as the farthest they did", () => {
    const fused = fuse({ bm25, vector }, { ...settings, fusion: "sum", sum: { weight: 0.2, half: 20 } });
    expect(fused.map(({ chunkId, score }) => [chunkId, Number(score.toFixed(6))])).toEqual([
      ["chk_b", 0.84],
      ["chk_a", 0.7],
      ["chk_c", 0.6],
    ]);
    expect(fused[0]).toMatchObject({ bm25: { rank: 2, score: 5 }, vector: { rank: 1, score: 0.8 } });
    expect(fused[1]).toMatchObject({ bm25: { rank: 1 }, vector: null });
  });

  it("adds reciprocal ranks, and among equals prefers the better rank by words, then the id", () => {
    const weights = { bm25: 1, vector: 1 };
    const fused = fuse({ bm25, vector }, { ...settings, fusion: "rrf", rrfK: 60, weights });
    expect(fused.map((entry) => entry.chunkId)).toEqual(["chk_b", "chk_a", "chk_c"]);
    expect(fused[0]?.score).toBeCloseTo(1 / 62 + 1 / 61, 12);
    const crossed = fuse(
      { bm25: [bm25[1]!, bm25[0]!], vector: [{ chunkId: "chk_a", score: 0.9 }, vector[0]!] },
      { ...settings, fusion: "rrf", rrfK: 60, weights },
    );
    expect(crossed.map((entry) => entry.chunkId)).toEqual(["chk_b", "chk_a"]);
  });

  it("keeps a single retriever's own scores, and gives nothing for no hits", () => {
    expect(fuse({ bm25, vector: [] }, { ...settings, fusion: "bm25" }).map((entry) => entry.score)).toEqual([20, 5]);
    expect(fuse({ bm25: [], vector: [] }, settings)).toEqual([]);
  });
});
