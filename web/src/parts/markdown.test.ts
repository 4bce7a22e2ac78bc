import { expect, test } from "vitest";
import { parseMarkdown } from "./markdown.ts";

test("paragraphs, emphasis, code and citation marks are told apart", () => {
  expect(parseMarkdown("Use **Perch**, not `mail`, *always* [2].")).toEqual([
    {
      kind: "paragraph",
      children: [
        { kind: "text", text: "Use " },
        { kind: "strong", children: [{ kind: "text", text: "Perch" }] },
        { kind: "text", text: ", not " },
        { kind: "code", text: "mail" },
        { kind: "text", text: ", " },
        { kind: "em", children: [{ kind: "text", text: "always" }] },
        { kind: "text", text: " " },
        { kind: "cite", n: 2 },
        { kind: "text", text: "." },
      ],
    },
  ]);
});

test("markup, links and names with underscores stay text", () => {
  const text = "<script>x</script> [a](javascript:b) snake_case_name 2 * 3 * 4";
  expect(parseMarkdown(text)).toEqual([{ kind: "paragraph", children: [{ kind: "text", text }] }]);
});

test("a list keeps its numbers and its continued lines", () => {
  expect(parseMarkdown("3. one\n   more\n4. two")).toEqual([
    {
      kind: "list",
      ordered: true,
      start: 3,
      items: [[{ kind: "text", text: "one more" }], [{ kind: "text", text: "two" }]],
    },
  ]);
});

test("a citation behind a table's row belongs to its last cell", () => {
  expect(parseMarkdown("| a | b |\n| --- | --- |\n| 1 | 2 | [1]")).toEqual([
    {
      kind: "table",
      head: [[{ kind: "text", text: "a" }], [{ kind: "text", text: "b" }]],
      rows: [
        [
          [{ kind: "text", text: "1" }],
          [
            { kind: "text", text: "2 " },
            { kind: "cite", n: 1 },
          ],
        ],
      ],
    },
  ]);
});

test("an unclosed fence, as in the middle of a stream, is code to the end", () => {
  expect(parseMarkdown("```ts\nconst a")).toEqual([{ kind: "code", text: "const a" }]);
});

test("a long text of signs is parsed in no time", () => {
  const started = performance.now();
  parseMarkdown("*a _b **c `d | ".repeat(20_000));
  parseMarkdown(`|${"-|".repeat(20_000)}x`);
  expect(performance.now() - started).toBeLessThan(1000);
});
