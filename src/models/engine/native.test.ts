import { existsSync } from "node:fs";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { silent } from "#kernel";
import { ensureNatives, importNative, installNatives } from "./native.ts";

const { signal } = new AbortController();
let store: string;

beforeEach(async () => {
  store = await mkdtemp(join(tmpdir(), "pawl-natives-"));
});
afterEach(() => rm(store, { recursive: true, force: true }));

test("Where the project has the native packages, nothing is fetched", async () => {
  await ensureNatives({ store, env: process.env, signal, report: silent });
  expect(existsSync(join(store, "engines"))).toBe(false);
  expect((await importNative("onnxruntime-node")).InferenceSession).toBeDefined();
});

test("Without npm, the error says how to install the engine by hand", async () => {
  const error = await installNatives({ store, env: { PATH: store }, signal, report: silent }).catch((caught) => caught);
  expect(error).toMatchObject({ code: "engine-unavailable", hint: expect.stringContaining("npm install") });
});

test.skipIf(process.platform === "win32")(
  "An npm that fails is heard: its reason, and the end of its output",
  async () => {
    const npm = join(store, "npm");
    await writeFile(npm, "#!/bin/sh\necho 'npm error notarget No matching version found.' >&2\nexit 1\n");
    await chmod(npm, 0o755);
    const env = { PATH: `${store}:${process.env.PATH}` };
    const error = await installNatives({ store, env, signal, report: silent }).catch((caught) => caught);
    expect(error).toMatchObject({
      code: "engine-unavailable",
      message: "npm could not fetch the local engine: notarget No matching version found.",
      details: { output: expect.stringContaining("npm error notarget") },
    });
  },
);
