import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PawlError } from "#kernel";
import { formats, parseDataset } from "./index.ts";

const parse = (file: string, text: string) => parseDataset({ file, text });
const lines = async (file: string, text: string) => (await parse(file, text)).lines.map(({ line }) => line);
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (error: unknown) => (error instanceof PawlError ? error.code : error),
  );

describe("any format", () => {
  test("ends in lines, refusals or a PawlError, whatever the text", async () => {
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(fc.json(), { maxLength: 5 }).map((values) => values.join("\n")),
      fc
        .array(fc.constantFrom('"', ",", "\n", "tests:", "  - vars: {a: b}", "{{", "}}", "question", "[", "{", ": "))
        .map((parts) => parts.join("")),
    );
    await fc.assert(
      fc.asyncProperty(text, fc.constantFrom(...formats), async (given, { name }) => {
        const parsed = await parseDataset({ text: given, file: "x", format: name }).catch((error: unknown) => {
          expect(error).toBeInstanceOf(PawlError);
          return null;
        });
        if (parsed) expect(parsed.lines.length + parsed.refused.length).toBeGreaterThan(0);
      }),
      { numRuns: 300 },
    );
  });

  test("is found by name and by content", async () => {
    const found = async (file: string, text: string) => (await parse(file, text)).lines[0]?.source;
    const chat = '{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a"}]}';
    expect(await found("a.jsonl", '{"question":"q"}')).toBe("jsonl");
    expect(await found("a.json", '[\n{"question":"q"}\n]')).toBe("jsonl");
    expect(await found("a.jsonl", chat)).toBe("openai");
    expect(await found("a.csv", "question\nq")).toBe("csv");
    expect(await found("a.yaml", "tests:\n- vars: {question: q}")).toBe("promptfoo");
    expect(await found("promptfooconfig.json", '{\n "tests": [{"vars": {"question": "q"}}]\n}')).toBe("promptfoo");
  });

  test("refuses a file without examples, or of no format", async () => {
    expect(await codeOf(parse("a.jsonl", " \n\n"))).toBe("dataset-empty");
    expect(await codeOf(parse("a.yaml", "tests: []"))).toBe("dataset-empty");
    expect(await codeOf(parse("a.bin", "what is this"))).toBe("dataset-unreadable");
    expect(await codeOf(parse("a.csv", "colour,shape\nred,round"))).toBe("dataset-unreadable");
    expect(await codeOf(parse("a.csv", "question,input,Question\na,b,c"))).toBe("dataset-unreadable");
    expect(await codeOf(parse("a.yaml", "tests:\n  - a: [\n"))).toBe("dataset-unreadable");
  });
});

describe("JSON lines", () => {
  test("are read with what else they hold as tags; every bad line is refused with its number", async () => {
    const text = [
      '\uFEFF{"id":"a","question":"q1","answer":null,"group":"g","split":"gate","level":3,"answers":["x"]}',
      "",
      "{nope",
      '{"input":"q2","expected":42,"split":"dev","extra":{"deep":1}}',
      '{"question":"q3","split":"holdout"}',
      '{"answer":"no question"}',
      '{"question":" "}',
      "[1]",
      '{"question":"q4","sources":[{"path":"a.md","start":5,"end":5}]}',
    ].join("\r\n");
    const parsed = await parse("f.jsonl", text);
    expect(parsed.lines.map(({ at, line }) => ({ at, ...line }))).toMatchObject([
      {
        at: "f.jsonl:1",
        id: "a",
        question: "q1",
        answer: null,
        group: "g",
        split: "gate",
        answers: ["x"],
        tags: { level: 3 },
      },
      { at: "f.jsonl:4", question: "q2", answer: "42", split: "development" },
    ]);
    expect(parsed.refused.map(({ at }) => at)).toEqual([3, 5, 6, 7, 8, 9].map((line) => `f.jsonl:${line}`));
    expect(parsed.refused[1]?.message).toContain('There is no split "holdout"; the splits are development, gate');
    expect(parsed.notCarried).toEqual([{ at: "f.jsonl:4", name: "extra", message: expect.any(String) }]);
  });

  test("keep every line or say why not", async () => {
    const record = fc.record(
      {
        question: fc.oneof(fc.string(), fc.integer()),
        answer: fc.option(fc.string()),
        split: fc.string(),
        other: fc.jsonValue(),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(record, { minLength: 1 }), async (records) => {
        const parsed = await parse("f.jsonl", records.map((one) => JSON.stringify(one)).join("\n"));
        expect(parsed.lines.length + parsed.refused.length).toBe(records.length);
      }),
    );
  });

  test("of OpenAI's evals have a list of messages as input and of answers as ideal", async () => {
    expect(await lines("f.jsonl", '{"input":[{"role":"user","content":"q"}],"ideal":["a","b"]}')).toMatchObject([
      { messages: [{ role: "user", content: "q" }], answer: "a", answers: ["b"] },
    ]);
  });
});

describe("CSV", () => {
  const cell = (text: string) => `"${text.replaceAll('"', '""')}"`;

  test("gives back what was written, whatever stands in the cells", async () => {
    const text = fc
      .string({ unit: "grapheme", minLength: 1, maxLength: 80 })
      .filter((one) => one.trim() !== "" && !one.includes("\r"));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(text, text), { minLength: 1 }),
        fc.constantFrom(",", ";", "\t"),
        async (rows, delimiter) => {
          const file =
            ["question", "reference"].join(delimiter) +
            rows.map((row) => `\r\n${row.map(cell).join(delimiter)}`).join("");
          expect(await lines("f.csv", file)).toEqual(
            rows.map(([question, answer]) => ({ question, answer: answer === "null" ? null : answer })),
          );
        },
      ),
    );
  });

  test("has columns by name, tags, lists, and lines that count the breaks inside of cells", async () => {
    const text =
      'Input,Expected Output,answers,topic,\n"two\nlines",a,"b|c",x,\n\nq2,null,,,\nq3,,"[""d"",""e""]",y,\nq4,a\n,a,,,\n';
    const parsed = await parse("f.csv", text);
    expect(parsed.lines.map(({ at, line }) => ({ at, ...line }))).toEqual([
      { at: "f.csv:2", question: "two\nlines", answer: "a", answers: ["b", "c"], tags: { topic: "x" } },
      { at: "f.csv:5", question: "q2", answer: null },
      { at: "f.csv:6", question: "q3", answers: ["d", "e"], tags: { topic: "y" } },
    ]);
    expect(parsed.refused).toEqual([
      { at: "f.csv:7", message: "It has 2 cells, the header has 5." },
      { at: "f.csv:8", message: "There is neither `question` nor `messages`." },
    ]);
    expect(parsed.notCarried.map(({ name }) => name)).toEqual(["column 5"]);
  });

  test("that ends inside of a quote is refused from there", async () => {
    const parsed = await parse("f.csv", 'question,answer\na,b\nc "quoted" d,e\n"f,g\nh,i\n');
    expect(parsed.lines.map(({ line }) => line.question)).toEqual(["a", 'c "quoted" d']);
    expect(parsed.refused).toEqual([{ at: "f.csv:4", message: expect.stringContaining("Quote Not Closed") }]);
  });
});

describe("OpenAI's chat form", () => {
  test("asks the messages before the assistant's last one; calls of tools are named", async () => {
    const parsed = await parse(
      "f.jsonl",
      [
        '{"messages":[{"role":"developer","content":"s"},{"role":"user","content":[{"type":"text","text":"q"}]},{"role":"assistant","content":"a","weight":1}],"tools":[{"type":"function"}]}',
        '{"messages":[{"role":"user","content":"q2"},{"role":"assistant","content":null,"tool_calls":[{"id":"1"}]}]}',
        '{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{}}]},{"role":"assistant","content":"a"}]}',
        '{"messages":[{"role":"user","content":"q4"},{"role":"assistant","content":""}]}',
        '{"messages":[{"role":"user","content":"q5"}]}',
      ].join("\n"),
    );
    expect(parsed.lines.map(({ line }) => line)).toEqual([
      {
        messages: [
          { role: "system", content: "s" },
          { role: "user", content: "q" },
        ],
        answer: "a",
      },
      { messages: [{ role: "user", content: "q2" }] },
      { messages: [{ role: "user", content: "q5" }] },
    ]);
    expect(parsed.refused.map(({ at }) => at)).toEqual(["f.jsonl:3", "f.jsonl:4"]);
    expect(parsed.notCarried.map(({ at, name }) => `${at} ${name}`)).toEqual([
      "f.jsonl:1 tools",
      "f.jsonl:2 tool_calls",
    ]);
  });
});
