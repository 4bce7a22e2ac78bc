import { expect, test } from "vitest";
import { formOf } from "./form.ts";

test("the form of right answers is a strict schema with closed lists", () => {
  const urgencies = ["now", "week", "now", "week"];
  expect(formOf(urgencies.map((urgency, i) => JSON.stringify({ urgency, unit: `B-0${i}`, floor: i })))).toEqual({
    type: "object",
    properties: {
      urgency: { type: "string", enum: ["now", "week"] },
      unit: { type: "string" },
      floor: { type: "number" },
    },
    required: ["urgency", "unit", "floor"],
    additionalProperties: false,
  });
});

test("members may stand in another order, be null, and hold objects and lists", () => {
  const answers = [
    '{"who": {"name": "Ada", "age": 36}, "tags": ["a", "b"], "due": null}',
    '{"due": "Monday", "tags": [], "who": {"name": "Alan", "age": 41}}',
  ];
  expect(formOf(answers)).toMatchObject({
    properties: {
      who: { properties: { name: { type: "string" }, age: { type: "number" } }, required: ["name", "age"] },
      tags: { type: "array", items: { type: "string" } },
      due: { oneOf: [{ type: "string" }, { type: "null" }] },
    },
  });
});

test.each([
  ["a text among them", ['{"a": "x"}', "five days"]],
  ["other members", ['{"a": "x"}', '{"b": "x"}']],
  ["one member of several types", ['{"a": "x"}', '{"a": 1}']],
  ["lists that are all empty", ['{"a": []}', '{"a": []}']],
  ["one answer alone", ['{"a": "x"}']],
])("no form: %s", (_, answers) => expect(formOf(answers)).toBeNull());
