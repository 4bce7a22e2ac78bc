import { describe, expect, test } from "vitest";
import { fixedClock, newId } from "#kernel";
import {
  type Citation,
  KnowledgeSettings,
  type Release,
  ReleaseSpec,
  type Span,
  type Steps,
  type TurnEvent,
} from "#schema";
import { given, startRun } from "#trace";
import { answerTurn, type Serving } from "./turn.ts";

const text = "Leave is 28 days. Of it five days move on.";
const passage = {
  chunkId: "c",
  documentId: "d",
  title: "Leave",
  path: "leave.md",
  start: 0,
  end: text.length,
  text,
  score: 1,
  bm25: null,
  vector: null,
};
const at = (words: string) => ({ start: text.indexOf(words), end: text.indexOf(words) + words.length });
const statement = { passage: 0, ...at("Of it five days move on."), text: "Of it five days move on.", support: 0.9 };

const spec = ReleaseSpec.parse({
  app: "leave",
  instructions: "Answer.",
  route: [{ model: "local/small", version: "1" }],
  sampling: {},
  answer: "model",
  reader: { model: "local/reader", version: "1" },
  adapter: { model: "local/small", sha256: "a", skill: "answering" },
  knowledge: {
    docs: { sources: [], settings: KnowledgeSettings.parse({}), embedderVersion: "1", documentsVersion: "1" },
  },
  code: "none",
});

/** A turn whose search, reader and model said what is given here; nothing is asked of any. */
async function turn(said: Pick<Steps["model"]["out"], "text" | "logprobs">, release: Partial<ReleaseSpec> = {}) {
  const [spans, events]: [Span[], TurnEvent[]] = [[], []];
  // The reader reads heading and text: "Leave\n" is before them.
  const spanAt = (words: string, support: number) => ({
    passage: 0,
    start: at(words).start + 6,
    end: at(words).end + 6,
    support,
  });
  const run = startRun({
    id: newId("run"),
    signal: new AbortController().signal,
    clock: fixedClock(1),
    scope: "leave",
    known: [
      given("retrieve", { passages: [passage], evidence: [statement] }),
      given("read", { spans: [spanAt("five days", 0.95)], others: [spanAt("28 days", 0.1)] }),
      given("compose", { messages: [{ role: "user", content: text }], used: [0] }),
      given("model", { finish: "stop", usage: { inputTokens: 1, outputTokens: 1, cachedTokens: 0 }, ...said }),
    ],
    record: (span) => spans.push(span),
    emit: async (event) => void events.push(event),
  });
  const cite = async (words: string): Promise<Citation> => ({
    documentId: "d",
    title: "Leave",
    ...at(words),
    quote: words,
    support: 1,
  });
  const serving = {
    release: { id: "r", app: "leave", createdAt: "", spec: { ...spec, ...release } } as Release,
    citer: async () => cite,
  } as unknown as Serving;
  const question = { messages: [{ role: "user" as const, content: "How many days move on?" }] };
  const answer = await answerTurn(serving, question as Parameters<typeof answerTurn>[1], run);
  const sent = events.map((event) => (event.type === "delta" ? event.text : "")).join("");
  const of = (kind: Span["kind"]) => spans.find((span) => span.kind === kind);
  return { answer, sent, answered: of("answer"), asked: of("model") };
}
const tokens = (logprob: number) => [{ token: "28 days", logprob, top: [] }];

describe("a model with pawl's skill, and a reader beside it", () => {
  test("the reader's words, cited by their sentence, where the model doubts its own", async () => {
    const { answer, sent, answered, asked } = await turn({ text: "28 days [1]", logprobs: tokens(-2) });
    expect(answer).toMatchObject({ text: "five days [1]", abstained: false });
    expect(answer.citations).toMatchObject([{ quote: statement.text, support: 0.95 }]);
    expect(sent).toBe(answer.text);
    expect(answered).toMatchObject({ name: "reader", input: { draft: "28 days [1]", instead: { text: "five days" } } });
    expect(answered?.notes).toEqual(["The reader's words are likelier right than the model's \"28 days\"."]);
    expect(asked?.input).toMatchObject({ topLogprobs: 0 });
  });

  test("the model's, where it does not; the trace says what the reader found", async () => {
    const { answer, sent, answered } = await turn({ text: "28 weeks [1]", logprobs: tokens(-0.01) });
    expect(answer.text).toBe("28 weeks [1]");
    expect(sent).toBe(answer.text);
    expect(answered).toMatchObject({ name: "skill", input: { instead: null } });
    expect(answered?.notes).toEqual(['The reader finds "five days" in Leave (support 0.95).']);
  });

  test("the reader's, where the model abstains and the reader is nearly certain", async () => {
    const { answer } = await turn({ text: "The documents do not say.", logprobs: tokens(-0.01) });
    expect(answer).toMatchObject({ text: "five days [1]", abstained: false });
  });
});

test("an adapter that is none of pawl's is never outdone, and is not asked how sure it is", async () => {
  const own = { adapter: { model: "local/small", sha256: "b" } };
  const { answer, asked } = await turn({ text: "28 days [1]", logprobs: tokens(-2) }, own);
  expect(answer.text).toBe("28 days [1]");
  expect(asked?.input).not.toHaveProperty("topLogprobs");
});
