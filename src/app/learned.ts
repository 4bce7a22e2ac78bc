import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { PawlError } from "#kernel";
import { Json, KnowledgeOverride } from "#schema";
import { type App, AppInput } from "./define.ts";

/**
 * What pawl learned for an app: the changes that the loop proposes or has promoted, in a file beside `app.ts`
 * (`pawl.learned.json`), small and reviewable. What it holds replaces the same member of the app.
 */
export const Learned = z.strictObject({
  /** Where it came from, for who reads the file. */
  by: z.string().optional(),
  instructions: z.string().min(1).optional(),
  examples: AppInput.shape.examples.unwrap().optional(),
  output: z.record(z.string(), Json).optional(),
  adapter: z.string().optional(),
  answer: AppInput.shape.answer,
  /** Settings of each collection. */
  knowledge: z.record(z.string(), z.strictObject(KnowledgeOverride.shape)).optional(),
});
export type Learned = z.infer<typeof Learned>;

export const learnedFile = "pawl.learned.json";

/**
 * What is learned beside an app file; null where there is none.
 *
 * @throws PawlError `app-malformed` where the file is damaged
 */
export async function readLearned(folder: string): Promise<Learned | null> {
  const path = join(folder, learnedFile);
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
  if (text === null) return null;
  const parsed = Learned.safeParse(jsonOf(text));
  if (parsed.success) return parsed.data;
  throw new PawlError("app-malformed", `${path} is damaged: ${parsed.error.issues[0]?.message}.`, {
    hint: "Take it back from git, or delete it: the app then is what app.ts says.",
    details: { path },
  });
}

/** Writes it in one step; null removes it. */
export async function writeLearned(folder: string, learned: Learned | null): Promise<void> {
  const path = join(folder, learnedFile);
  if (learned === null) return rm(path, { force: true });
  await writeFile(`${path}.part`, `${JSON.stringify(learned, null, 2)}\n`);
  await rename(`${path}.part`, path);
}

/** The app with what was learned. A collection that the app no longer has is passed over. */
export function withLearned(app: App, learned: Learned): App {
  const knowledge = Object.entries(app.knowledge).map(([name, part]) => {
    const given = Object.entries(learned.knowledge?.[name] ?? {}).filter(([, value]) => value !== undefined);
    return [name, { ...part, settings: { ...part.settings, ...Object.fromEntries(given) } }] as const;
  });
  return {
    ...app,
    knowledge: Object.fromEntries(knowledge),
    ...(learned.instructions ? { instructions: { text: learned.instructions } } : {}),
    ...(learned.answer ? { answer: learned.answer } : {}),
    ...(learned.adapter ? { adapter: learned.adapter } : {}),
    ...(learned.output ? { format: { type: "json_schema", name: "answer", schema: learned.output } } : {}),
    ...(learned.examples
      ? {
          examples: learned.examples.flatMap(({ question, answer }) => [
            { role: "user" as const, content: question },
            { role: "assistant" as const, content: answer },
          ]),
        }
      : {}),
  };
}

/** One after the other: what the later says replaces. */
export function joinLearned(before: Learned | null, after: Learned): Learned {
  const knowledge = { ...before?.knowledge };
  for (const [name, settings] of Object.entries(after.knowledge ?? {}))
    knowledge[name] = { ...knowledge[name], ...settings };
  return { ...before, ...after, ...(Object.keys(knowledge).length > 0 ? { knowledge } : {}) };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** An app as it would be with a change beside what was learned before. */
export function changed(
  loaded: { written: App },
  before: Learned | null,
  change: Learned,
): { app: App; learned: Learned } {
  const learned = joinLearned(before, change);
  return { app: withLearned(loaded.written, learned), learned };
}
