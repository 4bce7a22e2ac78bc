import { describe, expect, test } from "vitest";
import { parseDataset } from "./index.ts";
import { plainAsserts } from "./promptfoo-asserts.ts";

const parse = (text: string) => parseDataset({ file: "f.yaml", text });
const lines = async (text: string) => (await parse(text)).lines.map(({ line }) => line);
const asserted = async (assert: string) => {
  const parsed = await parse(`tests:\n- vars: {question: q, name: Bob}\n  assert: [${assert}]`);
  return parsed.lines[0]?.line.expect ?? parsed.refused[0]?.message ?? parsed.notCarried[0]?.name;
};

describe("a suite of promptfoo's", () => {
  test("asks its one prompt with the variables filled in, once for each of a list", async () => {
    const text = `
prompts: ["Say {{ word }} to {{who.name}} and {{ list[1] }}."]
defaultTest:
  vars: {lang: en}
  assert: [{type: latency, threshold: 900}]
tests:
  - description: greets
    vars: {word: [hi, ho], who: {name: Bob}, list: [1, 2]}
    assert: [{type: contains, value: "{{word}}"}]
  - vars: {word: "{{lang}}!", who: {}, list: []}
    metadata: {topic: odd, split: gate}
    options: {disableDefaultAsserts: true, prefix: "Please: "}
`;
    const latency = { scorer: "latency", options: { threshold: 900 }, weight: 1 };
    const contains = (value: string) => ({ scorer: "contains", options: { value }, weight: 1 });
    expect(await lines(text)).toEqual([
      {
        question: "Say hi to Bob and 2.",
        expect: [latency, contains("hi")],
        tags: { description: "greets", lang: "en" },
      },
      {
        question: "Say ho to Bob and 2.",
        expect: [latency, contains("ho")],
        tags: { description: "greets", lang: "en" },
      },
      { question: "Please: Say en! to  and .", split: "gate", tags: { topic: "odd", lang: "en" } },
    ]);
  });

  test("may have a chat as its prompt", async () => {
    const text = `
prompts:
  - '[{"role": "system", "content": "Be {{how}}."}, {"role": "user", "content": "{{question}}"}]'
tests: [{vars: {how: brief, question: 'A "quoted" one?'}}]`;
    expect(await lines(text)).toEqual([
      {
        messages: [
          { role: "system", content: "Be brief." },
          { role: "user", content: 'A "quoted" one?' },
        ],
      },
    ]);
  });

  test("takes the question from the variables where there is not one prompt in the file", async () => {
    const several = await parse(
      "prompts: [a, b]\ntests: [{vars: {input: q, style: s}}, {vars: {only: one}}, {vars: {a: b, c: d}}]",
    );
    expect(several.lines.map(({ line }) => line)).toEqual([
      { question: "q", tags: { style: "s" } },
      { question: "one" },
    ]);
    expect(several.refused).toEqual([
      { at: "f.yaml:2", message: expect.stringContaining("None of its variables (a, c)") },
    ]);
    expect(several.notCarried.map(({ name }) => name)).toEqual(["prompts"]);
    expect((await parse("prompts: file://p.txt\ntests: [{vars: {question: q}}]")).notCarried[0]?.name).toBe("prompts");
  });

  test("names what it cannot carry over, and refuses what it would misread", async () => {
    const parsed = await parse(`
providers: [openai:gpt-5]
prompts: ["{{ q }}"]
tests:
  - vars: {q: a}
    provider: other
    options: {transform: output.trim()}
    assert: [{type: llm-rubric, value: nice}, {type: javascript, value: "true"}, {type: equals, value: a}]
  - vars: {q: "{{ b | upper }}"}
  - vars: {q: file://q.txt}
  - file://more.yaml
  - vars: {q: b}
    assert: [{type: contains}]
`);
    expect(parsed.lines).toHaveLength(1);
    expect(parsed.notCarried.map(({ name, at }) => `${name} ${at}`)).toEqual([
      "providers f.yaml:2",
      "provider f.yaml:5",
      "options.transform f.yaml:5",
      "llm-rubric f.yaml:5",
      "javascript f.yaml:5",
    ]);
    expect(parsed.refused.map(({ at }) => at)).toEqual(["f.yaml:9", "f.yaml:10", "f.yaml:11", "f.yaml:12"]);
  });

  test("may be anchors and merges, or a bare list of tests", async () => {
    const text =
      "- &first\n  vars: {question: q}\n  assert: [{type: equals, value: 1}]\n- <<: *first\n  vars: {question: r}\n";
    const equals = [{ scorer: "equals", options: { value: "1" }, weight: 1 }];
    expect(await lines(text)).toEqual([
      { question: "q", expect: equals },
      { question: "r", expect: equals },
    ]);
  });
});

describe("an assert of promptfoo's", () => {
  test("that is plain becomes an expectation of the same name", async () => {
    for (const name of plainAsserts) {
      const value =
        name === "word-count"
          ? "{min: 1}"
          : name.endsWith("json")
            ? "{type: object}"
            : name.includes("-a")
              ? "[a, b]"
              : "a";
      expect(await asserted(`{type: ${name}, value: ${value}, threshold: 1}`), name).toMatchObject([{ scorer: name }]);
      expect(await asserted(`{type: not-${name}, value: ${value}, threshold: 1}`), name).toMatchObject([
        { scorer: name, options: { not: true } },
      ]);
    }
  });

  test("has promptfoo's own reading of its value", async () => {
    const value = async (assert: string) => {
      const expectations = await asserted(assert);
      return Array.isArray(expectations) ? expectations[0]?.options : expectations;
    };
    expect(await value("{type: equals, value: 12}")).toEqual({ value: "12" });
    expect(await value("{type: equals, value: {a: 1}}")).toEqual({ value: { a: 1 } });
    expect(await value("{type: contains, value: 'to {{name}}'}")).toEqual({ value: "to Bob" });
    expect(await value(`{type: contains-any, value: 'a, "b, c" , d "e"'}`)).toEqual({ value: ["a", "b, c", 'd "e"'] });
    expect(await value('{type: is-json, value: "type: object"}')).toEqual({ value: { type: "object" } });
    expect(await value("{type: is-json}")).toEqual({});
    expect(await value("{type: levenshtein, value: a}")).toEqual({ value: "a", threshold: 5 });
    expect(await value("{type: rouge-n, value: a, metric: overlap}")).toEqual({
      value: "a",
      threshold: 0.75,
      metric: "overlap",
    });
    expect(await value("{type: word-count, value: '5'}")).toEqual({ value: 5 });
    expect(await value("{type: latency}")).toBe("`latency` has no threshold.");
    expect(await value("{type: regex, value: file://r.txt}")).toBe("regex");
    expect(await value("{type: contains, value: a, weight: 0}")).toBe("contains");
  });

  test("of a set, or with a threshold for the test, is judged with the others by their weighted mean", async () => {
    const a = { scorer: "contains", options: { value: "a" }, weight: 3 };
    const b = { scorer: "contains", options: { value: "b" }, weight: 1 };
    const members = "{type: contains, value: a, weight: 3}, {type: contains, value: b}";
    expect(await asserted(`{type: assert-set, threshold: 0.5, weight: 2, assert: [${members}]}`)).toEqual([
      { scorer: "set", options: { expect: [a, b], threshold: 0.5 }, weight: 2 },
    ]);
    expect(await lines(`tests:\n- vars: {question: q}\n  threshold: 0.7\n  assert: [${members}]`)).toMatchObject([
      { expect: [{ scorer: "set", options: { expect: [a, b], threshold: 0.7 } }] },
    ]);
  });
});
