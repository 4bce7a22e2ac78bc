import { appendFileSync, mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { newId } from "#kernel";
import type { Turn } from "#schema";
import { openJournal } from "./journal.ts";

function turn(question: string): Turn {
  return {
    id: newId("trn"),
    session: "ses_1",
    app: "app",
    release: "rel_1",
    status: "done",
    startMs: 1,
    endMs: 2,
    firstContentMs: 1,
    question,
    input: { messages: [{ role: "user", content: question }] },
    answer: { text: "yes", abstained: false, citations: [] },
    error: null,
    usage: { inputTokens: 0, outputTokens: 0, cachedTokens: 0 },
    spans: [],
  };
}

const newFolder = () => join(mkdtempSync(join(tmpdir(), "pawl-journal-")), "journal");

test("an appended turn is in the file before append resolves, and known until the store has it", async () => {
  const folder = newFolder();
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const stored: Turn[] = [];
  const write = async (turns: readonly Turn[]) => {
    await held;
    stored.push(...turns);
  };
  const journal = await openJournal({ folder, write, onError: () => {} });
  const asked = turn("is it there?");
  await journal.append(asked);
  const files = readdirSync(folder).map((name) => readFileSync(join(folder, name), "utf8"));
  expect(files.join("")).toContain(asked.id);
  expect(journal.pending(asked.id)).toEqual(asked);
  release();
  await journal.flush();
  expect(stored).toEqual([asked]);
  expect(journal.pending(asked.id)).toBeUndefined();
  await journal.close();
  expect(readdirSync(folder)).toEqual([]);
});

test("what a killed process left is stored at the next start; a torn last line is dropped", async () => {
  const folder = newFolder();
  const never = () => new Promise<void>(() => {});
  const killed = await openJournal({ folder, write: never, onError: () => {} });
  const turns = [turn("one"), turn("two")];
  for (const each of turns) await killed.append(each);
  const [file] = readdirSync(folder);
  appendFileSync(join(folder, file ?? ""), '{"id":"trn_torn","ques');

  const stored: Turn[] = [];
  const journal = await openJournal({ folder, write: async (batch) => void stored.push(...batch), onError: () => {} });
  expect(stored).toEqual(turns);
  await journal.close();
});

test("a write that fails is told, and tried again without losing a turn", async () => {
  const stored: Turn[] = [];
  const errors: unknown[] = [];
  let failures = 1;
  const write = async (turns: readonly Turn[]) => {
    if (failures-- > 0) throw new Error("the store is away");
    stored.push(...turns);
  };
  const journal = await openJournal({ folder: newFolder(), write, onError: (error) => errors.push(error) });
  const asked = turn("again?");
  await journal.append(asked);
  await expect.poll(() => stored.length, { timeout: 5_000 }).toBe(1);
  expect(errors).toHaveLength(1);
  await journal.close();
});
