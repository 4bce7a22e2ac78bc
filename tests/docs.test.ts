import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { codes } from "#kernel";
import { lines } from "./rooms.ts";

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

test("links between the documents lead somewhere", () => {
  const pages = [
    "README.md",
    "CONTRIBUTING.md",
    ...readdirSync("docs")
      .filter((name) => name.endsWith(".md"))
      .map((name) => `docs/${name}`),
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
