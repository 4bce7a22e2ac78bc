import { describe, expect, it } from "vitest";
import type { Turn } from "#schema";
import { fieldScore, jsonFields } from "./fields.ts";

const value = { unit: "B-04", urgency: "now", guests: 2 };
const turn: Turn = {
  id: "trn_1",
  session: "ses_1",
  app: "form",
  release: "rel_1",
  status: "done",
  startMs: 0,
  endMs: 1,
  firstContentMs: null,
  question: "?",
  input: { messages: [{ role: "user", content: "?" }] },
  answer: null,
  error: null,
  usage: { inputTokens: 0, outputTokens: 0, cachedTokens: 0 },
  spans: [],
};
const check = (text: string) => jsonFields({ text, turn, options: { value } });

describe("json-fields", () => {
  it("passes where the whole answer is the object, whatever its order and white space", () => {
    expect(check('{"guests":2,\n "urgency": "now", "unit": "B-04"}\n')).toEqual({ score: 1, passed: true });
  });

  it("scores the share of fields that are right to the letter", () => {
    expect(check('{"unit": "b-04", "urgency": "now", "guests": "2"}')).toEqual({ score: 1 / 3, passed: false });
  });

  it("does not pass with a field too many", () => {
    expect(check('{"unit": "B-04", "urgency": "now", "guests": 2, "note": ""}')).toEqual({ score: 1, passed: false });
  });

  it.each(["", "B-04", "[]", "null", 'Here it is: {"unit": "B-04"}'])("finds no field in %j", (text) => {
    expect(check(text)).toEqual({ score: 0, passed: false });
  });

  it("scores one field, and says nothing of one that is not expected", () => {
    expect(fieldScore('{"unit": "B-04"}', { value }, "unit")).toBe(1);
    expect(fieldScore("no form", { value }, "unit")).toBe(0);
    expect(fieldScore('{"toString": 1}', { value }, "toString")).toBeNull();
  });

  it("is broken without fields to expect", () => {
    for (const wrong of [undefined, null, "B-04", [], {}])
      expect(() => jsonFields({ text: "{}", turn, options: wrong === undefined ? {} : { value: wrong } })).toThrow(
        /json-fields/,
      );
  });
});
