import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openPawl } from "#host";
import { appFolder, startNode } from "./command.ts";

// Every block of docs/how-to that is marked `run` is run as a script beside an app, with the id of a stored turn.
const guides = join(import.meta.dirname, "..", "docs", "how-to");
const blocks = readdirSync(guides)
  .filter((name) => name.endsWith(".md"))
  .flatMap((name) =>
    [...readFileSync(join(guides, name), "utf8").matchAll(/^```ts run\n(.*?)^```$/gms)].map(
      ([, code = ""], i) => [`${name.replace(".md", "")}${i > 0 ? `-${i + 1}` : ""}`, code] as const,
    ),
  );

let folder: string;
let turn: string;
beforeAll(async () => {
  folder = await appFolder();
  await using pawl = await openPawl({ app: folder });
  turn = (await pawl.ask("When do unused days of leave lapse?")).id;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each(blocks)("%s runs as it stands", async (name, code) => {
  writeFileSync(join(folder, `${name}.ts`), code);
  const { code: exit, stdout, stderr } = await startNode([`${name}.ts`, turn], { cwd: folder }).ended;
  expect(stderr.replace(/^.*ExperimentalWarning.*\n/gm, "")).toBe("");
  expect(exit).toBe(0);
  expect(stdout).toContain("abstained: false");
});

test("perfect retrieval is five lines", () => {
  const [, code = ""] = blocks.find(([name]) => name === "perfect-retrieval") ?? [];
  expect(code.split("\n").filter((line) => line !== "")).toHaveLength(5);
});
