import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { parseDataset } from "#data";
import { judgeAll } from "#evaluate";
import { Expectation, Turn } from "#schema";
import { startNode } from "./command.ts";
import { promptfooCommand, promptfooEnvironment, promptfooVersion } from "./promptfoo.ts";

/** What the app says, and the asserts that this is held against. */
type Case = { said: string; assert: Record<string, unknown>[]; threshold?: number };
const one = (type: string, said: string, value?: unknown, more: Record<string, unknown> = {}): Case => ({
  said,
  assert: [{ type, ...(value === undefined ? {} : { value }), ...more }],
});
const person = { type: "object", required: ["age"], properties: { age: { type: "number", minimum: 1 } } };
const mat = "The cat sat on the mat.";

/** Cases that hold and cases that do not, for each plain assert; each is tried as `not-` too. */
const plain: Case[] = [
  one("equals", "Paris", "Paris"),
  one("equals", "Paris ", "Paris"),
  one("equals", "12", 12),
  one("equals", '{"a": [1, 2], "b": null}', { b: null, a: [1, 2] }),
  one("equals", '{"a": 1}', { a: 2 }),
  one("equals", "a: 1", { a: 1 }),
  one("contains", "It is Paris.", "Paris"),
  one("contains", "It is Paris.", "paris"),
  one("contains", "7 of 12", 12),
  one("icontains", "It is Paris.", "PARIS"),
  one("icontains", "It is Paris.", "Rome"),
  one("contains-all", "Paris, then Rome", ["Paris", "Rome"]),
  one("contains-all", "Paris", ["Paris", "Rome"]),
  one("contains-all", "a, b and c", 'c, "a, b"'),
  one("icontains-all", "Paris, then Rome", ["PARIS", "rome"]),
  one("icontains-all", "Paris", ["paris", "rome"]),
  one("contains-any", "Paris", ["Rome", "Paris"]),
  one("contains-any", "Paris", "rome, paris"),
  one("icontains-any", "Paris", ["rome", "paris"]),
  one("icontains-any", "Paris", ["rome", "oslo"]),
  one("starts-with", "Paris it is", "Paris"),
  one("starts-with", " Paris", "Paris"),
  one("regex", "Order 4711 is sent", "\\b\\d{4}\\b"),
  one("regex", "Order 471 is sent", "\\b\\d{4}\\b"),
  one("is-json", '{"age": 3}'),
  one("is-json", 'Here: {"age": 3}'),
  one("is-json", '{"age": 3}', person),
  one("is-json", '{"age": 0}', person),
  one("is-json", "[]", "type: array"),
  one("is-json", '{"when": "tomorrow"}', { properties: { when: { type: "string", format: "date" } } }),
  one("contains-json", 'Here: {"age": 3}. Bye.'),
  one("contains-json", "No object [1, 2]"),
  one("contains-json", "A brace { in prose"),
  one("contains-json", 'First {"age": 0}, then {"age": 5}', person),
  one("contains-json", 'First {"age": 0}', person),
  one("contains-json", "Loose {age: 3, // years\n name: 'x',}", person),
  one("contains-json", 'Cut off: {"age": 3', person),
  one("levenshtein", "kitten", "sitting"),
  one("levenshtein", "kitten", "sitting", { threshold: 2 }),
  one("levenshtein", "kitten", "a long sentence"),
  one("rouge-n", mat, mat),
  one("rouge-n", "the cat sat on a mat", mat),
  one("rouge-n", "A dog ran.", mat),
  one("rouge-n", "It can't be: the price is $1,200.50 (net)!", "It cannot be, the price is 1,200.50 net.", {
    threshold: 0.6,
  }),
  one("rouge-n", 'He said "gonna go" at 10:30 in the U.S.A.', "He said he is going to go at 10:30.", {
    threshold: 0.5,
  }),
  one("word-count", "one two three", 3),
  one("word-count", "one two three", "4"),
  one("word-count", "one  two\nthree", { min: 2, max: 3 }),
  one("word-count", "one two three", { min: 4 }),
  one("word-count", "one two three", { max: 2 }),
  one("latency", "fast", undefined, { threshold: 100_000 }),
  one("latency", "fast", undefined, { threshold: -1 }),
  one("cost", "free", undefined, { threshold: 0.01 }),
  one("cost", "free", undefined, { threshold: -1 }),
];

const members = [
  { type: "contains", value: "a", weight: 3 },
  { type: "contains", value: "b" },
];
const together: Case[] = [
  { said: "a", assert: members },
  { said: "a b", assert: members },
  { said: "a", assert: members, threshold: 0.75 },
  { said: "b", assert: members, threshold: 0.75 },
  { said: "a", assert: [{ type: "assert-set", threshold: 0.5, assert: members }] },
  { said: "b", assert: [{ type: "assert-set", threshold: 0.5, assert: members }] },
  {
    said: "a",
    assert: [
      { type: "assert-set", weight: 2, assert: members },
      { type: "contains", value: "a" },
    ],
  },
  {
    said: "a",
    assert: [
      { type: "assert-set", weight: 2, assert: members },
      { type: "contains", value: "a" },
    ],
    threshold: 0.8,
  },
  {
    said: mat,
    assert: [
      { type: "rouge-n", value: "the cat", weight: 2 },
      { type: "contains", value: "cat" },
    ],
    threshold: 0.6,
  },
  { said: "a", assert: [{ type: "contains", value: "{{said}}" }] },
];

const negated = plain.map(({ said, assert }) => ({
  said,
  assert: assert.map((member) => ({ ...member, type: `not-${member.type}` })),
}));
const cases: Case[] = [...plain, ...negated, ...together];
const nameOf = ({ said, assert, threshold }: Case) => JSON.stringify({ said, assert, threshold });

type Verdict = { passed: boolean; score: number };

const folder = mkdtempSync(join(tmpdir(), "pawl-promptfoo-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const suite = stringify({
  prompts: ["{{said}}"],
  providers: ["echo"],
  tests: cases.map(({ said, ...test }) => ({ vars: { said }, ...test })),
});

/** The same suite judged by promptfoo, in order. */
async function byPromptfoo(command: string): Promise<Verdict[]> {
  const [config, output] = [join(folder, "suite.yaml"), join(folder, "out.json")];
  writeFileSync(config, suite);
  const run = startNode(
    [command, "eval", "-c", config, "-o", output, "--no-cache", "--no-table", "--no-progress-bar"],
    {
      cwd: folder,
      env: { ...promptfooEnvironment(join(folder, "home")), NODE_OPTIONS: undefined },
    },
  );
  await run.ended; // its exit code tells of failed tests
  const { results } = JSON.parse(readFileSync(output, "utf8"));
  return results.results
    .sort((a: { testIdx: number }, b: { testIdx: number }) => a.testIdx - b.testIdx)
    .map(({ success, score }: { success: boolean; score: number }) => ({ passed: success, score }));
}

function turnThatSaid(text: string): Turn {
  return Turn.parse({
    id: "trn_1",
    session: "ses_1",
    app: "echo",
    release: "none",
    status: "done",
    startMs: 0,
    endMs: 1,
    firstContentMs: null,
    question: text,
    input: { messages: [{ role: "user", content: text }] },
    answer: { text, abstained: false, citations: [] },
    error: null,
    usage: { inputTokens: 0, outputTokens: 0, cachedTokens: 0 },
    spans: [],
  });
}

async function byPawl(): Promise<(Verdict | null)[]> {
  const parsed = await parseDataset({ file: "suite.yaml", text: suite });
  expect(parsed.refused).toEqual([]);
  return Promise.all(
    parsed.lines.map(({ line }) => judgeAll(Expectation.array().parse(line.expect), turnThatSaid(line.question ?? ""))),
  );
}

describe(`the same suite by pawl and by promptfoo ${promptfooVersion}`, () => {
  test("has the same verdict and score, example by example", { timeout: 600_000 }, async ({ skip }) => {
    const command = await promptfooCommand();
    if (command === null) return skip("npm could not install promptfoo");
    const theirs = await byPromptfoo(command);
    const ours = await byPawl();
    const rounded = (verdicts: readonly (Verdict | null)[]) =>
      cases.map((example, i) => {
        const verdict = verdicts[i];
        return [nameOf(example), verdict?.passed, verdict?.score.toFixed(3)];
      });
    expect(rounded(ours)).toEqual(rounded(theirs));
    expect(new Set(theirs.map(({ passed }) => passed)).size).toBe(2);
  });
});

describe("a check that is broken", () => {
  const broken: [string, Record<string, unknown>, RegExp][] = [
    ["regex", { value: "(" }, /not a regular expression/],
    ["is-json", { value: { type: "nonsense" } }, /its schema/],
    ["contains-json", { value: { required: 3 } }, /its schema/],
    ["word-count", { value: { min: 3, max: 1 } }, /neither a number nor a range/],
    ["set", { expect: [] }, /no checks/],
    ["unheard-of", {}, /There is no check/],
  ];
  test.each(broken)("%s %o is an error of its example, and no zero", async (scorer, options, message) => {
    const expectation = Expectation.parse({ scorer, options });
    await expect(judgeAll([expectation], turnThatSaid('{"a": 1}'))).rejects.toThrow(message);
  });
});
