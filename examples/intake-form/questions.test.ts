import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { z } from "zod";

const split = z.enum(["development", "gate", "report"]);
const form = z.strictObject({
  unit: z.string().regex(/^(?:[A-F]-(?:0[1-9]|1\d|2[0-4])|-)$/),
  category: z.enum(["heating", "water", "power", "door", "noise", "other"]),
  urgency: z.enum(["now", "week", "whenever"]),
  since: z.enum(["today", "yesterday", "mon", "tue", "wed", "thu", "fri", "sat", "sun", "older", "-"]),
  contact: z.enum(["phone", "mail", "-"]),
});
const line = z.strictObject({
  id: z.string().regex(/^intake-\d{3}$/),
  question: z.string().min(20).max(300),
  answer: z.string(),
  group: z.string(),
  split,
  channel: z.enum(["mail", "chat", "note"]),
  expect: z.tuple([z.strictObject({ scorer: z.literal("json-fields"), options: z.strictObject({ value: form }) })]),
});

const questions = readFileSync(new URL("questions.jsonl", import.meta.url), "utf8")
  .trimEnd()
  .split("\n")
  .map((text) => line.parse(JSON.parse(text)))
  .map((each) => ({ ...each, form: each.expect[0].options.value }));
const ofSplit = (name: string) => questions.filter((each) => each.split === name);

/** A number as people say it, after what a numeral is looked for with. */
const spoken =
  `one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
  eighteen nineteen twenty twenty-one twenty-two twenty-three twenty-four`.split(/\s+/);

/** Words of which a message has one where a field has the value. */
const said: Record<string, Record<string, RegExp>> = {
  since: {
    today: /\b(today|this morning|just now|right now|as we speak|rn|tonight|ago|about an hour)\b/i,
    yesterday: /\b(yesterday|last night|yday)\b/i,
    older: /\b(weeks?|months?|year|ages|winter|spring|August|forever)\b/i,
    ...Object.fromEntries(
      ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].map((day) => [day, new RegExp(`\\b${day}`, "i")]),
    ),
  },
  contact: {
    phone: /\b(phoned?|call(?:ed)?|ring|rung|ringing|telephoned?)\b/i,
    mail: /\b(e-?mail|mail|write|writing)\b/i,
  },
};

function wordsAndPairs(text: string): Set<string> {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return new Set([...words, ...words.slice(1).map((word, at) => `${words[at]} ${word}`)]);
}

function jaccard(a: Set<string>, b: Set<string>): number {
  const both = a.intersection(b).size;
  return both / (a.size + b.size - both);
}

describe("The intake form's messages", () => {
  it("are 300, numbered in order, a hundred in each split", () => {
    expect(questions.map(({ id }) => id)).toEqual(
      Array.from({ length: 300 }, (_, index) => `intake-${String(index + 1).padStart(3, "0")}`),
    );
    for (const name of split.options) expect(ofSplit(name), name).toHaveLength(100);
  });

  it("are all different, and none is nearly another", () => {
    expect(new Set(questions.map(({ question }) => question.toLowerCase())).size).toBe(300);
    const bags = questions.map(({ id, question }) => ({ id, words: wordsAndPairs(question) }));
    for (const [at, one] of bags.entries()) {
      for (const other of bags.slice(at + 1)) {
        expect(jaccard(one.words, other.words), `${one.id} and ${other.id}`).toBeLessThan(0.3);
      }
    }
  });

  it("of one flat stand in one split", () => {
    for (const { id, group, form } of questions) expect(group, id).toBe(form.unit === "-" ? id : form.unit);
    const splits = new Map(questions.map(({ group, split }) => [group, split]));
    for (const { id, group, split } of questions) expect(splits.get(group), id).toBe(split);
  });

  it("have the form as their answer, in one line and in the form's order", () => {
    for (const { id, answer, form } of questions) {
      const members = Object.entries(form).map(([name, value]) => `"${name}": "${value}"`);
      expect(answer, id).toBe(`{${members.join(", ")}}`);
    }
  });

  it("name the flat that the form has", () => {
    for (const { id, question, form } of questions.filter((each) => each.form.unit !== "-")) {
      const [block = "", digits = ""] = form.unit.split("-");
      const number = Number(digits);
      expect(question, id).toMatch(
        new RegExp(`\\b0?${number}\\b|[A-F]0?${number}\\b|\\b${number}[A-F]\\b|\\b${spoken[number - 1]}\\b`, "i"),
      );
      expect(question, id).toMatch(new RegExp(`\\b${block}\\b|\\b${block}\\d|\\d${block}\\b`, "i"));
    }
  });

  it.each(["since", "contact"] as const)("say what the form has in `%s`", (field) => {
    for (const { id, question, form } of questions) {
      const words = said[field]?.[form[field]];
      if (words) expect(question, id).toMatch(words);
    }
  });

  it.each(split.options)("hold at least ten of each category and twenty of each urgency in %s", (name) => {
    const count = (field: "category" | "urgency", value: string) =>
      ofSplit(name).filter(({ form }) => form[field] === value).length;
    for (const value of form.shape.category.options) expect(count("category", value), value).toBeGreaterThanOrEqual(10);
    for (const value of form.shape.urgency.options) expect(count("urgency", value), value).toBeGreaterThanOrEqual(20);
  });
});
