import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { silent } from "#kernel";
import type { ChatRequest } from "#schema";
import { writeAdapter } from "../../../tests/adapter-file.ts";
import { addAdapter } from "../adapters.ts";
import { modelsFolder } from "../files.ts";
import { type LocalProvider, localProvider } from "../local.ts";

const model = "smollm2-135m-instruct";
const signal = new AbortController().signal;
let folder: string;
let local: LocalProvider;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pawl-adapters-"));
  const store = modelsFolder(process.env);
  const fetched = localProvider({ folder: store, env: process.env, report: silent });
  await fetched.chat(model, request("Hello.", 1), { signal }); // fetched and rewritten before it is looked at
  await fetched.close();
  await symlink(join(store, `local_${model}`), join(folder, `local_${model}`));
  local = localProvider({ folder, env: process.env, report: silent, contextTokens: 512 });
});
afterAll(async () => {
  await local.close();
  await rm(folder, { recursive: true });
});

function request(text: string, maxTokens = 16, adapter?: string): ChatRequest {
  return {
    model: `local/${model}`,
    messages: [{ role: "user", content: text }],
    sampling: { temperature: 0, maxTokens, stop: [] },
    format: { type: "text" },
    topLogprobs: 2,
    ...(adapter === undefined ? {} : { adapter }),
  };
}

/** What the model says, and how sure it is; without what depends on earlier requests. */
async function said(text: string, adapter?: string) {
  const { text: words, logprobs } = await local.chat(model, request(text, 16, adapter), { signal });
  return { words, logprobs };
}

/** An adapter in the model store. */
async function made(options: Parameters<typeof writeAdapter>[1]): Promise<string> {
  const path = join(folder, `made-${options.strength}.gguf`);
  await writeAdapter(path, options);
  return (await addAdapter(folder, path)).sha256;
}

describe("an adapter", () => {
  test("changes what is said where it is asked for, and nothing to the digit elsewhere", async () => {
    const question = "Name three colours of the rainbow.";
    const bare = await said(question);
    const [strong, weak] = [await made({ strength: 0.5 }), await made({ strength: 0.25 })];
    const adapted = await said(question, strong);
    expect(adapted).not.toEqual(bare);
    expect(await said(question)).toEqual(bare);
    expect(await said(question, weak)).not.toEqual(adapted);
    expect(await said(question, strong)).toEqual(adapted);
    expect(await said(question)).toEqual(bare);
  });

  test("of which more are asked for than stay in memory still answers, also at once with the others", async () => {
    const all = [undefined, ...(await Promise.all([0.1, 0.2, 0.3].map(async (strength) => made({ strength }))))];
    const alone = [];
    for (const adapter of all) alone.push(await said("Name a town.", adapter));
    const together = await Promise.all([...all, ...all].map((adapter) => said("Name a town.", adapter)));
    expect(together).toEqual([...alone, ...alone]);
  });

  test("that the model store does not have is refused with what to do", async () => {
    const asked = local.chat(model, request("Hello.", 1, "0".repeat(64)), { signal });
    await expect(asked).rejects.toMatchObject({ code: "adapter-missing", hint: expect.any(String) });
  });

  test("for another base is refused with both names, and the model answers on", async () => {
    const foreign = await made({ strength: 1, outer: 960, base: "SmolLM2 360M" });
    const error = await local.chat(model, request("Hello.", 1, foreign), { signal }).catch((caught) => caught);
    expect(error).toMatchObject({ code: "adapter-wrong-base", status: 422 });
    expect(error.message).toMatch(/SmolLM2 360M.*Smollm2 135M/);
    expect((await said("Hello.")).words).not.toBe("");
  });
});
