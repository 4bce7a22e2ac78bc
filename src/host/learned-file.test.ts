import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { createModels } from "#gateway";
import { writeAdapter } from "../../tests/adapter-file.ts";
import { dropAdapterFile, withAdapterFile } from "./learned-file.ts";

const root = mkdtempSync(join(tmpdir(), "pawl-learned-"));
const models = createModels({ folder: join(root, "models") });
afterAll(async () => {
  await models.close();
  rmSync(root, { recursive: true, force: true });
});

test("a learned adapter lies beside the app under a name of its own, and the one it replaces is removed", async () => {
  const app = mkdtempSync(join(root, "app-"));
  const [first, second] = await Promise.all(
    [0.1, 0.2].map(async (strength) => {
      const path = join(root, `${strength}.gguf`);
      await writeAdapter(path, { strength });
      return { path, ...(await models.addAdapter(path)) };
    }),
  );
  if (!first || !second) throw new Error("Two were written.");
  const before = await withAdapterFile(app, { adapter: first.sha256, by: "lop_1" }, models);
  expect(before).toEqual({ adapter: `./pawl.learned-${first.sha256.slice(0, 8)}.gguf`, by: "lop_1" });
  expect(readFileSync(join(app, before.adapter ?? ""))).toEqual(readFileSync(first.path));
  const after = await withAdapterFile(app, { ...before, adapter: second.sha256 }, models);
  await dropAdapterFile(app, before, before);
  expect(readdirSync(app)).toHaveLength(2);
  await dropAdapterFile(app, before, after);
  expect(readdirSync(app)).toEqual([`pawl.learned-${second.sha256.slice(0, 8)}.gguf`]);
  expect(await withAdapterFile(app, after, models)).toEqual(after);
  await dropAdapterFile(app, { adapter: "./own.gguf" }, null);
  await expect(withAdapterFile(app, { adapter: "0".repeat(64) }, models)).rejects.toMatchObject({
    code: "adapter-missing",
  });
});
