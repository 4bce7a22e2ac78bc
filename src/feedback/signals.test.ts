import { inArray } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { FeedbackBody, Turn } from "#schema";
import { type Store, tables } from "#store";
import { readTurn, writeTurns } from "#trace";
import { testHomes } from "../../tests/homes.ts";
import { estimatesOf } from "./estimates.ts";
import { feedbackOf, listFeedback, saveFeedback } from "./signals.ts";

const homes = testHomes();
let store: Store;

beforeAll(async () => {
  const opened = await homes.open("embedded");
  if (opened === null) throw new Error("There is always an embedded store.");
  store = opened;
  await writeTurns(store, [
    turn("trn_1", "When do days lapse?"),
    turn("trn_2", "when do  days lapse?"),
    turn("trn_3", "May I bring my dog?", "rel_2"),
  ]);
  await store.db.insert(tables.documents).values({
    id: "doc_1",
    knowledge: "small/docs",
    path: "leave.md",
    sha256: "0".repeat(64),
    text: "They lapse on 30 June.",
    body: {},
  });
});
afterAll(homes.end);

const turn = (id: string, question: string, release = "rel_1"): Turn => ({
  id,
  session: "ses_1",
  app: "small",
  release,
  status: "done",
  startMs: 1,
  endMs: 2,
  firstContentMs: null,
  question,
  input: { messages: [{ role: "user", content: question }] },
  answer: { text: "In May.", abstained: false, citations: [] },
  error: null,
  usage: { inputTokens: 0, outputTokens: 0, cachedTokens: 0 },
  spans: [],
});

async function found(id: string): Promise<Turn> {
  const one = await readTurn(store, id);
  if (!one) throw new Error(`no ${id}`);
  return one;
}
const say = async (id: string, body: FeedbackBody) => saveFeedback(store, await found(id), body, found);

it("the same rater's signal of the same kind replaces the one before, and says so", async () => {
  const first = await say("trn_1", { kind: "thumb", value: 1, rater: "ann" });
  const second = await say("trn_1", { kind: "thumb", value: -1, rater: " ann ", reason: "wrong\u0000" });
  const other = await say("trn_1", { kind: "thumb", value: 1, rater: "ben" });
  expect([first.replaced, second.replaced, other.replaced]).toEqual([false, true, false]);
  expect(second.id).toBe(first.id);
  expect((await feedbackOf(store, ["trn_1"])).map(({ rater, body }) => [rater, body.value])).toEqual([
    ["ann", -1],
    ["ben", 1],
  ]);
});

it("a correction's passage must be a range of its document", async () => {
  const correct = (start: number, end: number, documentId = "doc_1") =>
    say("trn_1", { kind: "correction", value: "On 30 June.", passage: { documentId, start, end } });
  expect(await correct(0, 22)).toMatchObject({ body: { passage: { documentId: "doc_1", start: 0, end: 22 } } });
  for (const [start, end] of [
    [0, 23],
    [-1, 5],
    [5, 5],
    [7, 3],
  ] as const)
    await expect(correct(start, end)).rejects.toMatchObject({ code: "bad-request" });
  await expect(correct(0, 5, "doc_none")).rejects.toMatchObject({ code: "document-unknown" });
});

it("a choice is between two turns of one question", async () => {
  expect(await say("trn_1", { kind: "choice", value: "trn_2" })).toMatchObject({ rater: "anonymous", replaced: false });
  await expect(say("trn_1", { kind: "choice", value: "trn_3" })).rejects.toMatchObject({ code: "bad-request" });
  await expect(say("trn_1", { kind: "choice", value: "trn_1" })).rejects.toMatchObject({ code: "bad-request" });
});

it("a choice the other way round takes the first one's place; another person's stays", async () => {
  const choose = (on: string, value: string, rater: string) => say(on, { kind: "choice", value, rater });
  await choose("trn_1", "trn_2", "dora");
  expect((await choose("trn_1", "trn_2", "emil")).replaced).toBe(false);
  expect((await choose("trn_2", "trn_1", "emil")).replaced).toBe(true);
  const said = await feedbackOf(store, ["trn_1", "trn_2"]);
  const choices = said.filter(({ body, rater }) => body.kind === "choice" && rater !== "anonymous");
  expect(choices.map(({ turn, rater }) => [turn, rater])).toEqual([
    ["trn_1", "dora"],
    ["trn_2", "emil"],
  ]);
  await store.db.delete(tables.feedback).where(inArray(tables.feedback.rater, ["dora", "emil"]));
});

it("signals are listed with what they are about, newest first, a page at a time", async () => {
  const page = await listFeedback(store, { app: "small", limit: 2 });
  expect(page.total).toBe(4);
  expect(page.feedback[0]).toMatchObject({
    question: "When do days lapse?",
    answer: "In May.",
    body: { kind: "choice" },
  });
  const rest = await listFeedback(store, { app: "small", limit: 10, cursor: page.next ?? "" });
  expect(rest).toMatchObject({ next: null, total: 4 });
  expect(rest.feedback).toHaveLength(2);
  expect((await listFeedback(store, { kind: "thumb", rater: "ben", limit: 10 })).total).toBe(1);
  expect((await listFeedback(store, { app: "other", limit: 10 })).feedback).toEqual([]);
});

it("releases are estimated from their thumbs; one without stands last, without figures", async () => {
  await say("trn_2", { kind: "thumb", value: 1 });
  const { releases, raters } = await estimatesOf(store, "small");
  expect(releases).toMatchObject([
    { release: "rel_1", turns: 2, thumbs: 3, raw: 2 / 3 },
    { release: "rel_2", turns: 1, thumbs: 0, raw: null, corrected: null },
  ]);
  expect(raters.map(({ rater }) => rater)).toEqual(["ann", "ben"]);
  expect(raters[0]!.leniency).toBeLessThan(raters[1]!.leniency);
});

it("releases are compared by the choices between them, each release's own answers apart", async () => {
  await writeTurns(store, [turn("trn_4", "When do days lapse?", "rel_2"), turn("trn_5", "May I bring my dog?")]);
  for (const rater of ["ann", "ben"]) await say("trn_1", { kind: "choice", value: "trn_4", rater });
  await say("trn_3", { kind: "choice", value: "trn_5", rater: "ann" });
  const { releases } = await estimatesOf(store, "small");
  // The anonymous choice of trn_2 over trn_1 is one release's own.
  expect(releases.map(({ release, preferred, compared }) => [release, preferred, compared])).toEqual([
    ["rel_1", 1, 3],
    ["rel_2", 2, 3],
  ]);
  // A release that only an experiment asked has its choices too, and no turns of people.
  await writeTurns(store, [{ ...turn("trn_6", "When do days lapse?", "rel_3"), session: "exp_1" }]);
  await say("trn_6", { kind: "choice", value: "trn_1", rater: "ann" });
  expect((await estimatesOf(store, "small")).releases.at(-1)).toMatchObject({
    release: "rel_3",
    turns: 0,
    preferred: 0,
    compared: 1,
  });
});
