import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { AppInput } from "#app";
import { codes } from "#kernel";
import { catalog } from "#models";
import { Kind, KnowledgeSettings, Sampling } from "#schema";
import { contract } from "#server";
import { loaders } from "../src/knowledge/load/index.ts";
import { pawl } from "./command.ts";
import { lines } from "./rooms.ts";

/** As much of a route as its row in docs/api.md shows. */
type RouteShape = {
  method: string;
  path: string;
  summary: string;
  query?: z.ZodType;
  body?: z.ZodType;
  upload?: true;
};

const read = (path: string) => readFileSync(path, "utf8");

describe("docs/architecture.md", () => {
  const map = /```rooms\n(.*?)```/s.exec(read("docs/architecture.md"))?.[1] ?? "";

  test("has the room map that the room rule enforces, line by line", () => {
    const drawn = map
      .trim()
      .split("\n")
      .map((line) => [...line.matchAll(/\b([a-z]+)\//g)].map((found) => found[1]));
    expect(drawn).toEqual(lines);
  });

  test("names every room there is", () => {
    const rooms = readdirSync("src", { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(rooms.map((room) => room.name).filter((name) => !map.includes(`${name}/`))).toEqual([]);
  });
});

test("docs/errors.md has every error code with its status, and no other", () => {
  const rows = [...read("docs/errors.md").matchAll(/^\| `([a-z-]+)`\s+\| (\d{3})\s+\| .+\|$/gm)];
  const documented = Object.fromEntries(rows.map(([, code, status]) => [code, Number(status)]));
  expect(documented, "add or correct the row in docs/errors.md").toEqual(codes);
});

describe("docs/app.md", () => {
  const page = read("docs/app.md");
  const settings = Object.entries({ ...KnowledgeSettings.parse({}), ...Sampling.parse({}) });

  test("has every field of an app, of sampling and of knowledge, and no other", () => {
    const rows = [...page.matchAll(/^\| `([a-zA-Z]+)` +\| /gm)].map((row) => row[1]);
    const fields = [AppInput, Sampling, KnowledgeSettings].flatMap((schema) => Object.keys(schema.shape));
    expect(rows.sort()).toEqual(fields.sort());
  });

  test.each(settings)("states the default of %s", (name, value) => {
    const stated = new RegExp(`^\\| \`${name}\` +\\| \`(.+?)\` +\\|`, "m").exec(page)?.[1];
    expect(JSON.parse(stated ?? '"nothing"')).toEqual(value);
  });
});

test("docs/api.md has every request of the contract, with what it takes", () => {
  const names = (schema: z.ZodType | undefined): string[] => {
    if (schema instanceof z.ZodObject) return Object.keys(schema.shape);
    // Members of a union, each an object.
    return schema instanceof z.ZodUnion ? [...new Set(schema.options.flatMap((one) => names(one as z.ZodType)))] : [];
  };
  const list = (label: string, schema: z.ZodType | undefined) =>
    schema
      ? [
          `${label} ${names(schema)
            .map((name) => `\`${name}\``)
            .join(", ")}`,
        ]
      : [];
  const rows = Object.values<RouteShape>(contract).map(({ method, path, query, body, upload, summary }) => {
    const takes = [...list("query", query), ...list("body", body), ...(upload ? ["the file"] : [])].join("; ");
    return `| \`${method}\` | \`${path}\` | ${takes} | ${summary} |`;
  });
  const written = [...read("docs/api.md").matchAll(/^\| `(?:GET|POST|PUT|DELETE)` .*$/gm)].map(([row]) =>
    row.replace(/ +/g, " "),
  );
  expect(written, "correct the table in docs/api.md").toEqual(rows.map((row) => row.replace(/ +/g, " ")));
});

describe("docs/cli.md", () => {
  const page = read("docs/cli.md");
  const section = (verb: string) => page.split(/^## /m).find((part) => part.startsWith(`\`${verb}\``)) ?? "";

  test("has every verb of `pawl --help`, with every argument's option and the help's own example", async () => {
    const verbs = [...(await help()).matchAll(/^ {2}([a-z]+) .*$/gm)].map((found) => found[1] ?? "");
    const documented = [...page.matchAll(/^## `([a-z]+)`$/gm)].map((found) => found[1]);
    expect(documented).toEqual(verbs.filter((verb) => verb !== "help"));
    for (const verb of documented) {
      const text = await help(verb ?? "");
      const example = /^ {2}\$ (.+)$/m.exec(text)?.[1];
      expect(section(verb ?? "")).toContain(example);
      for (const [, option = ""] of text.matchAll(/^ {2}(--[a-z-]+)/gm)) {
        const isCommon = option === "--app" || option === "--json";
        expect(isCommon ? page : section(verb ?? ""), `${verb} ${option}`).toContain(option);
      }
    }
  });

  async function help(...verb: string[]): Promise<string> {
    const { stdout } = await pawl([...verb, "--help"]);
    return stdout;
  }
});

test("docs/models.md has every local model with its other name", () => {
  const page = read("docs/models.md");
  for (const { id, kind, aliases, licence } of catalog) {
    const row = new RegExp(
      `^\\| \`${id}\` +\\| ${kind} +\\| ${aliases.map((alias) => `\`${alias}\``).join(", ")} *\\| ${licence} `,
      "m",
    );
    expect(page).toMatch(row);
  }
});

test("docs/knowledge.md has every extension that a loader reads", () => {
  const page = read("docs/knowledge.md");
  expect(loaders.flatMap(({ extensions }) => extensions).filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});

test("docs/store.md has every table", () => {
  const page = read("docs/store.md");
  const declared = [...read("src/store/tables.ts").matchAll(/pgTable\(\s*"(\w+)"/g)].map((found) => found[1]);
  expect(declared.length).toBeGreaterThan(10);
  expect(declared.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});

test("docs/trace.md has every kind of step", () => {
  const kinds = [...read("docs/trace.md").matchAll(/^\| `([a-z]+)` +\| /gm)].map((found) => found[1]);
  expect(kinds.sort()).toEqual(Kind.options.toSorted());
});

test("links between the documents lead somewhere", () => {
  const pages = [
    "README.md",
    "CONTRIBUTING.md",
    ...readdirSync("docs", { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".md"))
      .map((name) => `docs/${name.replaceAll("\\", "/")}`),
  ];
  const broken = pages.flatMap((page) =>
    [...read(page).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)]
      .map((found) => found[1] ?? "")
      .filter((target) => !existsSync(resolve(page, "..", target)))
      .map((target) => `${page} → ${target}`),
  );
  expect(broken).toEqual([]);
});

describe("the repository knows no machine", () => {
  const tracked = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { encoding: "utf8" });
  const files = tracked
    .split("\n")
    .filter(
      (file) =>
        existsSync(file) &&
        /\.(ts|tsx|mjs|js|json|jsonl|md|css|html|sql|py|yaml|yml|toml|sh)$|^\.npmrc$|^\.ci\/run$/.test(file),
    );

  test("no file has a path of the machine it was written on", () => {
    const own = [resolve("."), homedir()].filter((path) => path.length > 5);
    const found = files.filter((file) => {
      const text = read(file);
      return /(?<![\w./:-])\/(?:root|home|Users|work)\/[\w.-]/.test(text) || own.some((path) => text.includes(path));
    });
    expect(found.filter((file) => file !== "tests/docs.test.ts")).toEqual([]);
  });

  test("no file has the host of a registry, mirror or proxy", () => {
    const open =
      /^(registry\.npmjs\.org|pypi\.org|files\.pythonhosted\.org|repo1?\.maven\.(apache\.)?org|localhost|127\.0\.0\.1)$/;
    const hosts = Object.entries(process.env).flatMap(([name, value]) =>
      /registry|index_url|proxy|mirror/i.test(name) && URL.canParse(value ?? "") ? [new URL(value ?? "").hostname] : [],
    );
    const own = hosts.filter((host) => host !== "" && !open.test(host));
    expect(files.filter((file) => own.some((host) => read(file).includes(host)))).toEqual([]);
    expect(read("package-lock.json").match(/"resolved": "https?:.*/g) ?? []).toEqual([]);
  });
});
