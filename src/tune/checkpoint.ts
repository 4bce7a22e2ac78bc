import { open, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import * as z from "zod";
import { PawlError } from "#kernel";
import { type NamedTensor, readSafetensors, writeSafetensors } from "#tensor";
import type { Trained } from "./adamw.ts";

/** All that a training needs to go on as if it had not stopped. Which examples come next follows from `step`. */
export const Progressed = z.object({
  /** Hash of recipe, base and examples: another training's checkpoint is not taken up. */
  identity: z.string(),
  /** Steps done. */
  step: z.int().min(0),
  /** Steps in all: what minutes were turned into once. */
  steps: z.int().positive(),
  /** Seconds of training in all runs. */
  seconds: z.number(),
  /** Tokens trained on. */
  tokens: z.number(),
  baseline: z.number().nullable(),
  losses: z.array(z.number()),
  best: z.object({ step: z.int(), loss: z.number() }).nullable(),
});
export type Progressed = z.infer<typeof Progressed>;

/** Writes the checkpoint so that a crash at any moment leaves the old one or the new one. */
export async function saveCheckpoint(
  folder: string,
  state: Progressed,
  trained: ReadonlyMap<string, Trained>,
): Promise<void> {
  const tensors = [...trained].flatMap(([name, { values, first, second }]): NamedTensor[] => [
    { name, shape: [values.length], data: values },
    { name: `${name}.first`, shape: [first.length], data: first },
    { name: `${name}.second`, shape: [second.length], data: second },
  ]);
  await replace(join(folder, "checkpoint.safetensors"), (part) =>
    writeSafetensors(part, tensors, { pawl: JSON.stringify(state) }),
  );
}

/** The checkpoint of this training; undefined where there is none, or another training's. Fills `trained`. */
export async function loadCheckpoint(
  folder: string,
  identity: string,
  trained: ReadonlyMap<string, Trained>,
): Promise<Progressed | undefined> {
  const path = join(folder, "checkpoint.safetensors");
  const read = await readSafetensors(path).catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  });
  if (read === undefined) return undefined;
  const state = Progressed.parse(JSON.parse(read.metadata.pawl ?? "{}"));
  if (state.identity !== identity) {
    throw new PawlError("conflict", `${folder} holds the checkpoint of another training.`, {
      hint: "Its recipe, model or examples were others. Give this training a folder of its own.",
    });
  }
  const data = new Map(read.tensors.map((tensor) => [tensor.name, tensor.data]));
  for (const [name, { values, first, second }] of trained) {
    for (const [into, key] of [
      [values, name],
      [first, `${name}.first`],
      [second, `${name}.second`],
    ] as const) {
      const found = data.get(key);
      if (found?.length !== into.length) throw new PawlError("model-file-damaged", `${path} lacks ${key}.`);
      into.set(found);
    }
  }
  return state;
}

/** The adapter that validated best, alone. */
export async function saveBest(folder: string, trained: ReadonlyMap<string, Trained>): Promise<void> {
  const tensors = [...trained].map(([name, { values }]) => ({ name, shape: [values.length], data: values }));
  await replace(join(folder, "best.safetensors"), (part) => writeSafetensors(part, tensors));
}

export async function loadBest(folder: string): Promise<Record<string, Float32Array>> {
  const { tensors } = await readSafetensors(join(folder, "best.safetensors"));
  return Object.fromEntries(tensors.map(({ name, data }) => [name, data]));
}

async function replace(path: string, write: (part: string) => Promise<void>): Promise<void> {
  const part = `${path}.part`;
  await write(part);
  await rename(part, path);
  const folder = await open(dirname(path));
  await folder.sync().catch(() => {}); // not possible on Windows, where the rename is durable by itself
  await folder.close();
}
