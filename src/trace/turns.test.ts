import { afterAll, beforeAll, expect, it } from "vitest";
import type { Turn } from "#schema";
import type { Store } from "#store";
import { testHomes } from "../../tests/homes.ts";
import { listTurns, writeTurns } from "./turns.ts";

const homes = testHomes();
let store: Store;

beforeAll(async () => {
  const opened = await homes.open("embedded");
  if (opened === null) throw new Error("There is always an embedded store.");
  store = opened;
});
afterAll(homes.end);

const turn = (id: string, question: string, text: string): Turn => ({
  id,
  session: "ses_1",
  app: "small",
  release: "rel_1",
  status: "done",
  startMs: 1,
  endMs: 2,
  firstContentMs: null,
  question,
  input: { messages: [{ role: "user", content: question }] },
  answer: { text, abstained: false, citations: [] },
  error: null,
  usage: { inputTokens: 0, outputTokens: 0, cachedTokens: 0 },
  spans: [],
});

it("turns are found by all words of a search, in any order, in question and answer together", async () => {
  await writeTurns(store, [
    turn("trn_1", "May I bring my dog to the office?", "Dogs are welcome on Fridays."),
    turn("trn_2", "When is the office open?", "From 7 to 100% of 9."),
  ]);
  const found = async (q: string) => (await listTurns(store, { q, limit: 10 })).turns.map(({ id }) => id);
  expect(await found("office  DOG")).toEqual(["trn_1"]);
  expect(await found("fridays office")).toEqual(["trn_1"]);
  expect(await found("office")).toEqual(["trn_2", "trn_1"]);
  expect(await found("office cat")).toEqual([]);
  expect(await found("100%")).toEqual(["trn_2"]);
  expect(await found("  ")).toEqual(["trn_2", "trn_1"]);
});

it("turns are listed by the time they began, a page at a time, whatever their ids are", async () => {
  const asked = ["trn_b", "trn_a", "trn_d", "trn_c"].map((id, at) => ({
    ...turn(id, "?", "!"),
    session: "ses_order",
    startMs: [10, 20, 20, 30][at] ?? 0,
  }));
  await writeTurns(store, asked);
  const seen: string[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await listTurns(store, { session: "ses_order", limit: 1, cursor });
    seen.push(...page.turns.map(({ id }) => id));
    if (page.next === null) break;
    cursor = page.next;
  }
  expect(seen).toEqual(["trn_c", "trn_d", "trn_a", "trn_b"]);
});
