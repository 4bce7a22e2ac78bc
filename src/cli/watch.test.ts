import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Host } from "#host";
import { watchApps } from "./watch.ts";

test("a watch that is closed before it has begun ends, and loads nothing any more", async () => {
  const folder = mkdtempSync(join(tmpdir(), "pawl-watch-"));
  try {
    const served = { name: "small", path: folder, loaded: null };
    const host = { apps: new Map([["small", served]]), config: { folder: join(folder, ".pawl") } } as unknown as Host; // what a watch reads of it
    let loads = 0;
    const watching = watchApps(host, async () => {
      loads += 1;
    });
    await new Promise((resolve) => setTimeout(resolve, 0)); // chokidar has been told, and is not ready
    await watching.close();
    expect(loads).toBe(0);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
