import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";

const scratch = mkdtempSync(join(import.meta.dirname, "scratch-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

writeFileSync(join(scratch, "vitest.config.ts"), configOf("../tally.ts"));
writeFileSync(
  join(scratch, "good.spec.ts"),
  'import { test } from "vitest"; test("one", () => {}); test("two", () => {});',
);
writeFileSync(
  join(scratch, "skip.spec.ts"),
  'import { test } from "vitest"; test("one", () => {}); test("two", (t) => t.skip("no data"));',
);
writeFileSync(
  join(scratch, "bad.spec.ts"),
  'import { test, expect, describe, beforeAll } from "vitest"; test("one", () => {}); test("two", () => expect(1).toBe(2));' +
    'describe("hook", () => { beforeAll(() => { throw new Error("no") }); test("three", () => {}); });',
);
writeFileSync(join(scratch, "broken.spec.ts"), 'import "./nowhere.ts";');

test("the last line counts what passed", () => {
  expect(run(["good"])).toMatchObject({ code: 0, last: "2 passed, 0 failed" });
});

test("what could not run counts as failed", () => {
  const { code, last } = run(["good", "bad", "broken"]);
  expect(code).toBe(1);
  expect(last).toMatch(/^3 passed, 3 failed/);
});

test("skipped tests are named with their reason", () => {
  const { code, last, output } = run(["skip"]);
  expect({ code, last }).toEqual({ code: 0, last: "1 passed, 0 failed, 1 skipped" });
  expect(output).toContain("skip.spec.ts › two (no data)");
});

test("a skipped test fails the run in CI", () => {
  const { code, last, output } = run(["skip"], { CI: "true" });
  expect({ code, last }).toEqual({ code: 1, last: "1 passed, 0 failed, 1 skipped" });
  expect(output).toContain("Skipped, which fails the run in CI:\n  skip.spec.ts › two (no data)");
});

function run(filters: string[], env: Record<string, string> = { CI: "" }) {
  const { status, stdout } = spawnSync(
    process.execPath,
    ["../../../node_modules/vitest/vitest.mjs", "run", ...filters],
    {
      cwd: scratch,
      env: { ...process.env, VITEST: "", ...env },
      encoding: "utf8",
    },
  );
  return { code: status, output: stdout, last: stdout.trimEnd().split("\n").at(-1) };
}

function configOf(reporter: string): string {
  return `import { TallyReporter } from "${reporter}";
export default { test: { include: ["*.spec.ts"], reporters: ["default", new TallyReporter()] } };`;
}
