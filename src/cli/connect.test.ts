import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { connect } from "./connect.ts";

it("where there is no app is an error that names --app, and leaves no store behind", async () => {
  const folder = mkdtempSync(join(tmpdir(), "pawl-no-app-"));
  await expect(connect(folder, { isReady: false })).rejects.toMatchObject({
    code: "app-file-missing",
    hint: expect.stringContaining("--app"),
  });
  expect(existsSync(join(folder, ".pawl"))).toBe(false);
});
