import { expect, test } from "vitest";
import { KnowledgeSettings, type Passage, type ReleaseSpec, type Turn } from "#schema";
import type { Case } from "./case.ts";
import { findCauses } from "./causes.ts";
import type { Replay } from "./replay.ts";

const passage = (documentId: string): Passage => ({
  ...{ chunkId: `chk_${documentId}`, documentId, title: "Leave", path: `${documentId}.md` },
  ...{ start: 0, end: 10, text: "Five days.", score: 1, bm25: null, vector: null },
});
const wanted = passage("doc_right");
const other = passage("doc_other");
const spec = {
  ...{ instructions: "Answer.", examples: [], answer: "reader", adapter: null, route: [], reader: undefined },
  knowledge: { docs: { settings: KnowledgeSettings.parse({}) } },
} as unknown as ReleaseSpec; // what the search for causes reads of it

/** A turn that found another passage, and said nothing. */
function lostTurn(question: string): Case {
  const turn = {
    id: `trn_${question}`,
    question,
    input: { messages: [{ role: "user", content: question }] },
    answer: { text: "The documents do not say.", abstained: true, citations: [] },
    spans: [
      { kind: "retrieve", error: null, output: { passages: [other], evidence: [] } },
      { kind: "answer", name: "reader", input: { evidence: [] }, output: {} },
    ],
  } as unknown as Turn; // what the search for causes reads of it
  const places = [{ documentId: wanted.documentId, start: 0, end: 10 }];
  return { turn, expected: { answer: "Five days", answers: [], places, missing: [], expect: [] } };
}

/** A world where the right passage, given, lets these questions be answered, and nothing else does. */
function world(answered: readonly string[]): Replay {
  return {
    spec,
    skill: null,
    ask: async (of, { input, ...turn }, known) => {
      const isRight = of.answer === "reader" && known.length > 0 && answered.includes(turn.question);
      const citation = { ...wanted, quote: wanted.text, support: 1 };
      const answer = isRight ? { text: "Five days [1]", abstained: false, citations: [citation] } : turn.answer;
      return { ...turn, input, answer };
    },
    search: async () => ({ passages: [other, wanted], evidence: [] }),
    foundAt: async () => ({ passages: [wanted], evidence: [] }),
    chunks: async () => [{ start: 0, end: 10, titlePath: ["Leave"] }],
    document: async (id) => ({ path: `${id}.md`, text: "Five days.", pagesWithoutText: [] }),
    unread: async () => [],
    hasFile: async () => false,
    support: async () => null,
    once: (_, work) => work(),
    tell: () => {},
    isTimeUp: () => false,
  };
}

const questions = ["a", "b", "c", "d"];

test("a passage is what was lost where the answer comes out once it is given; else words are looked at, and training", async () => {
  const causes = await findCauses(questions.map(lostTurn), [], world(["a"]));
  expect(causes).toMatchObject([
    { name: "model-ability", turns: ["trn_b", "trn_c", "trn_d"], remedy: { kind: "tune" } },
    { name: "passage-lost", lostAt: "fused-out", turns: ["trn_a"] },
  ]);
  const given = causes.map(({ trials }) => trials.find(({ name }) => name === "the right passage given"));
  expect(given).toMatchObject([
    { tried: 3, mended: 0 },
    { tried: 1, mended: 1 },
  ]);
});

test("where the passage given mends all, nothing is said of the model", async () => {
  const causes = await findCauses(questions.map(lostTurn), [], world(questions));
  expect(causes.map(({ name }) => name)).toEqual(["passage-lost"]);
});

test("turns that are too many to be tried go the way of most that were", async () => {
  const many = Array.from({ length: 60 }, (_, at) => `q${at}`);
  const none = await findCauses(many.map(lostTurn), [], world([]));
  expect(none.map(({ name, turns }) => [name, turns.length])).toEqual([["model-ability", 60]]);
  const most = await findCauses(many.map(lostTurn), [], world(many.slice(0, 40)));
  expect(most.map(({ name, turns }) => [name, turns.length])).toEqual([
    ["passage-lost", 50],
    ["model-ability", 10],
  ]);
});
