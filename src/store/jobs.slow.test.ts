import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { startChild } from "../../tests/children.ts";
import { embeddedFolder } from "../../tests/homes.ts";
import { openJobs, openStore } from "./index.ts";

describe("a job whose process was killed", () => {
  const root = mkdtempSync(join(tmpdir(), "pawl-jobs-"));
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  test("goes on at once from its last recorded step when the store is opened again", { timeout: 120_000 }, async () => {
    const folder = await embeddedFolder(join(root, "home"));
    const first = startChild("store-child.ts", ["job", folder]);
    await first.line((line) => line === "step 2");
    await first.kill("SIGKILL");
    const second = startChild("store-child.ts", ["job", folder]);
    await second.line((line) => line === "step 6");
    const id = second.lines[0]?.split(" ")[1] ?? "";
    expect(first.lines[0]).toBe(`enqueued ${id}`); // the same key, the same job
    const redone = second.lines.filter((line) => line.startsWith("step"));
    expect(["step 3", "step 4"]).toContain(redone[0]); // a step may have been recorded and not yet said
    await new Promise((resolve) => setTimeout(resolve, 1000));
    await second.kill("SIGKILL");
    const store = await openStore({ kind: "embedded", folder });
    const jobs = await openJobs(store);
    expect(await jobs.get(id)).toMatchObject({ status: "done", result: 21, attempts: 2 });
    await jobs.close();
    await store.close();
  });
});
