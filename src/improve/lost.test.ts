import { expect, it } from "vitest";
import type { Passage, Span, Turn } from "#schema";
import { holds, lostAt } from "./lost.ts";

const passage = (start: number, end: number, documentId = "doc_1"): Passage => ({
  chunkId: `chk_${documentId}_${start}`,
  documentId,
  title: "Leave",
  path: "leave.md",
  start,
  end,
  text: "x".repeat(end - start),
  score: 1,
  bm25: null,
  vector: null,
});
const place = { documentId: "doc_1", start: 100, end: 200 };

function span(kind: Span["kind"], output: unknown): Span {
  const rest = { id: kind, parent: null, name: kind, path: kind, key: "", startMs: 0, endMs: 0, source: "work" };
  return { ...rest, kind, input: {}, output, error: null, usage: null, notes: [] };
}

/** A turn that got these passages, of which the prompt used some. */
function turn(passages: Passage[], { used, support = 1 }: { used?: number[]; support?: number } = {}): Turn {
  const evidence = passages.length > 0 ? [{ passage: 0, start: 0, end: 1, text: "x", support }] : [];
  return {
    id: "trn_1",
    session: "ses_1",
    app: "small",
    release: "rel_1",
    status: "done",
    startMs: 0,
    endMs: 1,
    firstContentMs: null,
    question: "?",
    input: { messages: [{ role: "user", content: "?" }] },
    answer: { text: "The documents do not say.", abstained: support < 0.5, citations: [] },
    error: null,
    usage: { inputTokens: 0, outputTokens: 0, cachedTokens: 0 },
    spans: [span("retrieve", { passages, evidence }), ...(used ? [span("compose", { messages: [], used })] : [])],
  };
}

const whole = [passage(0, 250), passage(250, 400)];
const at = (what: { turn: Turn; chunks?: Passage[]; pool?: Passage[] }) =>
  lostAt({ place, minSupport: 0.5, chunks: whole, pool: [], ...what });

it("passages hold a place together, overlapping ones not counted twice, and never those of another document", () => {
  expect(holds([passage(90, 160), passage(140, 210)], place)).toBe(true);
  expect(holds([passage(90, 150), passage(90, 150), passage(160, 170)], place)).toBe(false);
  expect(holds([passage(0, 300, "doc_2")], place)).toBe(false);
  expect(holds([], place)).toBe(false);
});

it("a place that no chunk holds whole is split", () => {
  expect(at({ turn: turn([]), chunks: [passage(0, 150), passage(150, 400)] })).toBe("split");
});

it("a place that neither retriever brought is not retrieved; one that others were ranked before is fused out", () => {
  expect(at({ turn: turn([passage(250, 400)]), pool: [passage(250, 400)] })).toBe("not-retrieved");
  expect(at({ turn: turn([passage(250, 400)]), pool: [passage(250, 400), passage(0, 250)] })).toBe("fused-out");
});

it("a place that did not fit the prompt, or was not held to be an answer, is cut", () => {
  const passages = [passage(250, 400), passage(0, 250)];
  expect(at({ turn: turn(passages, { used: [0] }) })).toBe("cut");
  expect(at({ turn: turn(passages, { support: 0.3 }) })).toBe("cut");
});

it("a place that came through was not lost", () => {
  expect(at({ turn: turn(whole, { used: [0, 1] }) })).toBeNull();
  expect(at({ turn: turn(whole) })).toBeNull();
});
