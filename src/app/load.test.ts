import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { startChild } from "../../tests/children.ts";

const folder = mkdtempSync(join(tmpdir(), "pawl-load-"));
const child = startChild("load-child.ts", []);
afterAll(async () => {
  await child.kill();
  rmSync(folder, { recursive: true, force: true });
});

/** Writes the app's file and loads it in the child. */
async function load(text: string) {
  writeFileSync(join(folder, "app.ts"), text);
  const before = child.lines.length;
  child.process.send(folder);
  return JSON.parse(await child.line((line) => child.lines.indexOf(line, before) >= before));
}

const app = (...lines: string[]) =>
  [`import { defineApp } from "pawl";`, ``, `export default defineApp({`, ...lines, `});`, ``].join("\n");
const name = `  name: "small",`;
const instructions = `  instructions: "Answer.",`;

const broken: [string, string, { code: string; line: number; says: RegExp }][] = [
  ["does not parse", app(name, `  instructions: "Answer`), { code: "app-malformed", line: 5, says: /string/i }],
  [
    "has a property that there is not",
    app(name, instructions, `  modle: "local/default",`),
    { code: "app-malformed", line: 6, says: /modle/ },
  ],
  [
    "has a value of a wrong type",
    app(name, `  instructions: 7,`),
    { code: "app-malformed", line: 5, says: /instructions/ },
  ],
  [
    "has a wrong setting deep inside",
    app(
      name,
      instructions,
      `  knowledge: {`,
      `    docs: {`,
      `      sources: "./docs",`,
      `      chunkTokens: 9000,`,
      `    },`,
      `  },`,
    ),
    { code: "app-malformed", line: 9, says: /chunkTokens/ },
  ],
  [
    "has a sampling setting that there is not",
    app(name, instructions, `  sampling: {`, `    temprature: 0,`, `  },`),
    { code: "app-malformed", line: 7, says: /sampling\.temprature/ },
  ],
  [
    "has an unknown member deep inside",
    app(
      name,
      instructions,
      `  knowledge: {`,
      `    docs: { sources: "./docs",`,
      `      sum: { weight: 1, half: 20, haf: 2 } },`,
      `  },`,
    ),
    { code: "app-malformed", line: 8, says: /knowledge\.docs\.sum\.haf/ },
  ],
  ["has no name", app(instructions), { code: "app-malformed", line: 3, says: /name/ }],
  [
    "throws",
    `import { defineApp } from "pawl";\n\nconst key = undefined.key;\nexport default defineApp({ name: "x", instructions: key });\n`,
    { code: "app-malformed", line: 3, says: /key/ },
  ],
  [
    "imports what is not there",
    `import { x } from "./lost.ts";\n${app(name, instructions)}`,
    { code: "app-malformed", line: 1, says: /lost/ },
  ],
  ["names tools", app(name, instructions, `  tools: {},`), { code: "app-part-missing", line: 6, says: /tools/ }],
  [
    "names guards",
    app(name, instructions, ``, `  guards: { input: ["pii"] },`),
    { code: "app-part-missing", line: 7, says: /guards/ },
  ],
  ["names memory", app(name, `  memory: "user",`, instructions), { code: "app-part-missing", line: 5, says: /memory/ }],
];

describe("an app file that", () => {
  test.each(broken)("%s is refused with its line", async (_, text, { code, line, says }) => {
    const { problem } = await load(text);
    expect(problem).toMatchObject({ code, details: { file: join(folder, "app.ts"), line } });
    expect(problem.title).toMatch(says);
    expect(problem.title).toContain(`app.ts:${line}`);
  });

  test("is edited is loaded anew; its code's hash does not count comments and layout", async () => {
    writeFileSync(join(folder, "words.ts"), `export const words = "Answer.";\n`);
    const text = `import { words } from "./words.ts";\n${app(name, `  instructions: words,`)}`;
    const first = await load(text);
    const other = `// said otherwise\n\n${text.replace("  name", "      name")}`;
    expect((await load(other)).code).toBe(first.code);
    writeFileSync(join(folder, "words.ts"), `export const words = "Answer briefly.";\n`);
    const second = await load(other);
    expect(second.code).not.toBe(first.code);
    expect(second.instructions).toBe("Answer briefly.");
    expect(second.files.map((file: string) => file.slice(folder.length + 1))).toEqual([
      "app.ts",
      "words.ts",
      "pawl.learned.json",
    ]);
  });

  test("has learned one setting keeps its others", async () => {
    const learned = join(folder, "pawl.learned.json");
    writeFileSync(learned, JSON.stringify({ knowledge: { docs: { minSupport: 0.3 } } }));
    const text = app(name, instructions, `  knowledge: { docs: { sources: "./docs", chunkTokens: 64, passages: 3 } },`);
    expect((await load(text)).app.knowledge.docs.settings).toMatchObject({
      chunkTokens: 64,
      passages: 3,
      minSupport: 0.3,
    });
    rmSync(learned);
  });

  test("takes its instructions from a file fills in the variables", async () => {
    writeFileSync(join(folder, "prompt.md"), "Answer for {{ company }}.\r\n");
    const read = (variables: string) =>
      load(app(name, `  instructions: { file: "prompt.md", variables: ${variables} },`));
    expect((await read(`{ company: "Larkfield" }`)).instructions).toBe("Answer for Larkfield.");
    expect((await read(`{}`)).problem).toMatchObject({
      code: "app-malformed",
      title: expect.stringContaining("company"),
    });
    expect((await read(`{ company: "Larkfield", city: "Leeds" }`)).problem.title).toContain("city");
  });
});
