import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { startChild, type TestChild } from "../../tests/children.ts";
import { embeddedFolder } from "../../tests/homes.ts";
import { openStore, ownerOf } from "./index.ts";

const root = mkdtempSync(join(tmpdir(), "pawl-lock-"));
const children: TestChild[] = [];
afterAll(async () => {
  await Promise.all(children.map((child) => child.kill()));
  rmSync(root, { recursive: true, force: true });
});

const start = (mode: string, folder: string) => {
  const child = startChild("store-child.ts", [mode, folder]);
  children.push(child);
  return child;
};

test("a second process is refused and told where the owner listens; kill -9 frees the folder, SIGSTOP does not", {
  timeout: 120_000,
}, async () => {
  const folder = await embeddedFolder(join(root, "held"));
  const owner = start("hold", folder);
  await owner.line((line) => line === "open");
  const refused = {
    code: "store-locked",
    details: { folder, pid: owner.process.pid, url: "http://127.0.0.1:4321" },
    hint: expect.stringContaining("http://127.0.0.1:4321"),
  };
  await expect(openStore({ kind: "embedded", folder })).rejects.toMatchObject(refused);
  owner.process.kill("SIGSTOP");
  await expect(openStore({ kind: "embedded", folder })).rejects.toMatchObject(refused);
  await owner.kill("SIGKILL");
  const store = await openStore({ kind: "embedded", folder });
  expect(ownerOf(folder)).toEqual({ pid: process.pid });
  await expect(openStore({ kind: "embedded", folder })).rejects.toMatchObject({ code: "store-locked" });
  await store.close();
  await store.close();
  expect(ownerOf(folder)).toBeUndefined();
  await expect(store.query({ sql: "select 1", params: [] })).rejects.toMatchObject({ code: "store-failed" });
});

test("kill -9 while writing loses no acknowledged row and leaves no half batch", { timeout: 120_000 }, async () => {
  const folder = await embeddedFolder(join(root, "written"));
  for (const rounds of [25, 140]) {
    const writer = start("write", folder);
    await writer.line((line) => line === String(rounds));
    await writer.kill("SIGKILL");
    const acknowledged = writer.lines.length;
    const store = await openStore({ kind: "embedded", folder });
    const [row] = await store.query({
      sql: `select count(*) filter (where id like '%-0') as first, count(*) filter (where id like '%-1') as second,
        (select count(distinct id) from spans) as all from spans`,
      params: [],
    });
    expect(row?.first).toBe(row?.second);
    expect(Number(row?.first)).toBeGreaterThanOrEqual(acknowledged);
    expect(Number(row?.all)).toBe(Number(row?.first) * 2);
    await store.query({ sql: "delete from spans", params: [] });
    await store.close();
  }
});

test("a folder that cannot be written is a clear error", async () => {
  await expect(openStore({ kind: "embedded", folder: "/dev/null/here" })).rejects.toMatchObject({
    code: "store-failed",
  });
});
