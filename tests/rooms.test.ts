import { readFileSync } from "node:fs";
import { globSync } from "tinyglobby";
import { describe, expect, test } from "vitest";
import { breach, type Import, importsOf, resolved } from "./rooms.ts";

const files = globSync(["src/**/*.ts", "{web,examples,recipes}/**/*.{ts,tsx}"], {
  ignore: ["**/node_modules/**", "**/dist/**", "**/.pawl/**"],
}).sort();

const imported = (specifier: string): Import => ({ specifier, line: 1, atLoad: true });

test("every import keeps the order of rooms and goes through a door", () => {
  const breaches = files.flatMap((file) =>
    importsOf(file, readFileSync(file, "utf8")).flatMap((one) => {
      const why = breach(file, one);
      return why === undefined ? [] : [`${file}:${one.line} imports ${one.specifier}: ${why}`];
    }),
  );
  expect(breaches).toEqual([]);
});

test("no source names a .ts file by URL: the built package has .js (kernel's `sibling` knows which)", () => {
  const named = files.filter((file) => file.startsWith("src/") && !file.includes(".test."));
  expect(named.filter((file) => /new URL\(["'`][^"'`]*\.ts["'`]/.test(readFileSync(file, "utf8")))).toEqual([]);
});

describe("the rule itself", () => {
  test("finds every way to import", () => {
    const source = [
      'import { a } from "#store";',
      'import type { B } from "#trace";',
      'export * from "./c.ts";',
      'export type { D } from "./d.ts";',
      'const e = await import("#models");',
      'type F = import("#app").Turn;',
      `const g = await import(\`./verbs/\${e}.ts\`);`,
      'import "./effect.ts";',
    ].join("\n");
    expect(importsOf("src/app/x.ts", source)).toEqual(
      expect.arrayContaining([
        { specifier: "#store", line: 1, atLoad: true },
        { specifier: "#trace", line: 2, atLoad: false },
        { specifier: "./c.ts", line: 3, atLoad: true },
        { specifier: "./d.ts", line: 4, atLoad: false },
        { specifier: "#models", line: 5, atLoad: false },
        { specifier: "#app", line: 6, atLoad: false },
        { specifier: "./verbs/*.ts", line: 7, atLoad: false },
        { specifier: "./effect.ts", line: 8, atLoad: true },
      ]),
    );
  });

  test.each([
    ["src/app/turn.ts", "#knowledge", true],
    ["src/app/turn.ts", "./prompt.ts", true],
    ["src/app/turn.ts", "zod", true],
    ["src/app/turn.ts", "#app", false],
    ["src/app/turn.ts", "#host", false],
    ["src/app/turn.ts", "../trace/run.ts", false],
    ["src/app/turn.ts", "#trace/run", false],
    ["src/app/deep/turn.ts", "../prompt.ts", true],
    ["src/app/turn.ts", "./verbs/*.ts", false],
    ["src/guard/check.ts", "#memory", false],
    ["src/nowhere/x.ts", "#kernel", false],
    ["src/index.ts", "#app", true],
    ["web/src/App.tsx", "pawl/client", true],
    ["web/src/App.tsx", "pawl", false],
    ["web/src/App.tsx", "../../src/schema/turn.ts", false],
    ["web/src/App.tsx", "#schema", false],
    ["examples/handbook/app.ts", "pawl", true],
    ["examples/handbook/app.ts", "../../src/index.ts", false],
  ])("%s importing %s is allowed: %s", (file, specifier, allowed) => {
    expect(breach(file, imported(specifier)) === undefined).toBe(allowed);
  });
});

/** Engines, parsers, databases and servers: a door must not load them; who needs one imports it where it is used. */
const heavy = [
  ...["@electric-sql/", "pg", "pg-boss", "node-llama-cpp", "onnxruntime-node", "ai", "@ai-sdk/", "@huggingface/"],
  ...["pdfjs-dist", "linkedom", "@mozilla/readability", "mdast-util-from-markdown", "tinyld", "oxc-parser"],
  ...["@hono/node-server", "swagger-ui-dist", "chokidar", "vite"],
];

test("no door loads a heavy package", () => {
  expect(loadedFrom(/^src\/\w+\/index\.ts$/, heavy)).toEqual([]);
});

test("`pawl --help` loads no heavy package, no web framework and no SQL", () => {
  expect(loadedFrom(/^src\/cli\/main\.ts$/, [...heavy, "hono", "drizzle-orm", "zod-openapi"])).toEqual([]);
});

/** The packages among `names` that are loaded, by static imports alone, when the matching files are. */
function loadedFrom(starts: RegExp, names: readonly string[]): string[] {
  const seen = new Map(files.filter((file) => starts.test(file)).map((file) => [file, ""]));
  const loaded: string[] = [];
  for (const file of seen.keys()) {
    for (const { specifier, atLoad } of importsOf(file, readFileSync(file, "utf8"))) {
      if (!atLoad) continue;
      const next = specifier.startsWith("#")
        ? `src/${specifier.slice(1)}/index.ts`
        : specifier.startsWith(".")
          ? resolved(file, specifier)
          : undefined;
      if (next !== undefined) {
        if (!seen.has(next)) seen.set(next, file);
      } else if (
        names.some((name) => specifier === name || specifier.startsWith(name.endsWith("/") ? name : `${name}/`))
      ) {
        loaded.push(`${specifier} by ${pathTo(file, seen)}`);
      }
    }
  }
  return loaded;
}

/** How a file came to be loaded, for the message: `a.ts < b.ts < main.ts`. */
function pathTo(file: string, seen: ReadonlyMap<string, string>): string {
  const from = seen.get(file);
  return from === undefined || from === "" ? file : `${file} < ${pathTo(from, seen)}`;
}
