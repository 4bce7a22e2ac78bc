import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { nodeArguments, type PawlError, silent } from "#kernel";
import type { ChatRequest, ChatResponse } from "#schema";
import { modelsFolder } from "../files.ts";
import { type LocalProvider, localProvider } from "../local.ts";

const model = "smollm2-135m-instruct";
const signal = new AbortController().signal;
let local: LocalProvider;

beforeAll(async () => {
  local = localProvider({ folder: modelsFolder(process.env), env: process.env, report: silent, contextTokens: 2048 });
  await ask("Hello.", { maxTokens: 1 }); // fetched, rewritten and loaded before the clocks of the tests run
});
afterAll(() => local.close());

type Asked = Partial<ChatRequest["sampling"]> & Partial<Pick<ChatRequest, "format" | "topLogprobs">>;

function ask(
  text: string,
  { format, topLogprobs, ...sampling }: Asked = {},
  options: Partial<Parameters<LocalProvider["chat"]>[2]> = {},
): Promise<ChatResponse> {
  const request: ChatRequest = {
    model: `local/${model}`,
    messages: [{ role: "user", content: text }],
    sampling: { temperature: 0, maxTokens: 24, stop: [], ...sampling },
    format: format ?? { type: "text" },
    ...(topLogprobs === undefined ? {} : { topLogprobs }),
  };
  return local.chat(model, request, { signal, ...options });
}

const Answer = z.object({
  choices: z.array(z.unknown()).length(1),
  usage: z.object({ prompt_tokens_details: z.object({ cached_tokens: z.int() }) }),
});

const page = Array.from({ length: 30 }, (_, day) => `On day ${day} the office opens at ${8 + (day % 3)} o'clock.`).join(
  " ",
);

describe("the local engine", () => {
  test("gives the same digits from a known beginning as from none", async () => {
    const question = `${page}\nWhen does the office open on day 3?`;
    await ask("Something else, so that no sequence knows the page.");
    await ask("And again something else.");
    const cold = await ask(question, { topLogprobs: 3 });
    const warm = await ask(question, { topLogprobs: 3 });
    expect(cold.usage.cachedTokens).toBeLessThan(64);
    expect(warm.usage.cachedTokens).toBeGreaterThan(300);
    expect({ ...warm, usage: 0, firstTokenMs: 0 }).toEqual({ ...cold, usage: 0, firstTokenMs: 0 });
    expect(warm.firstTokenMs).toBeLessThan(cold.firstTokenMs ?? 0);
  });

  test("gives the same digits to background work, whose batches are smaller", async () => {
    const { baseURL, token } = await local.engine.address();
    const answer = async (priority: "interactive" | "background") => {
      await ask("Something else, so that no sequence knows the page.");
      await ask("And again something else.");
      const response = await fetch(`${baseURL}/chat/completions`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}` },
        body: JSON.stringify({
          model: `local/${model}`,
          messages: [{ role: "user", content: `${page}\nWhen does the office open on day 5?` }],
          temperature: 0,
          max_tokens: 24,
          logprobs: true,
          top_logprobs: 3,
          priority,
        }),
      });
      return Answer.parse(await response.json());
    };
    const background = await answer("background");
    expect(background.usage.prompt_tokens_details.cached_tokens).toBeLessThan(64);
    expect(background).toEqual(await answer("interactive"));
  });

  test("takes over what another question on the same page shares with it", async () => {
    await ask(`${page}\nWhen does the office open on day 4?`);
    const other = await ask(`${page}\nIs the office open at all on day 9?`);
    expect(other.usage.cachedTokens).toBeGreaterThan(300);
  });

  test("gives log-probabilities that belong to the tokens of the answer", async () => {
    const { text, logprobs, usage } = await ask("Say yes or no.", { topLogprobs: 5, maxTokens: 8 });
    expect(logprobs).toHaveLength(usage.outputTokens);
    expect(logprobs?.map(({ token }) => token).join("")).toBe(text);
    for (const { token, logprob, top } of logprobs ?? []) {
      expect(top).toHaveLength(5);
      expect(top[0]).toEqual({ token, logprob });
      expect(top.reduce((sum, { logprob }) => sum + Math.exp(logprob), 0)).toBeLessThanOrEqual(1.0001);
    }
  });

  test("repeats a sampled answer with its seed, and not with another", async () => {
    const sampled = (seed: number) => ask("Tell me a story.", { temperature: 1, seed, maxTokens: 16 });
    const [first, again, other] = [await sampled(1), await sampled(1), await sampled(2)];
    expect(again.text).toBe(first.text);
    expect(other.text).not.toBe(first.text);
  });

  test("holds an answer to a JSON schema, and its characters together", async () => {
    const size = "Größe 😀 日本語";
    const heard: string[] = [];
    const schema = {
      type: "object",
      properties: { size: { const: size }, count: { type: "integer" } },
      required: ["size", "count"],
    };
    const format = { type: "json_schema", name: "answer", schema } as const;
    const { text, finish } = await ask(
      "How big is it, and how many are there?",
      { format, maxTokens: 128 },
      {
        onDelta: async (delta) => void heard.push(delta),
      },
    );
    expect(JSON.parse(text)).toEqual({ size, count: expect.any(Number) });
    expect(finish).toBe("stop");
    expect(heard.join("")).toBe(text);
    expect(heard.join("")).not.toContain("\uFFFD");
  });

  test("stops at a stop string and keeps it to itself", async () => {
    const whole = await ask("Count from one to ten.", { maxTokens: 24 });
    const word = whole.text.slice(8, 12);
    const { text, finish } = await ask("Count from one to ten.", { maxTokens: 24, stop: [word] });
    expect(finish).toBe("stop");
    expect(text).toBe(whole.text.slice(0, whole.text.indexOf(word)));
  });

  test("refuses a prompt that is too long, with the counts", async () => {
    const error = await ask(page.repeat(10)).catch((caught: PawlError) => caught);
    expect(error).toMatchObject({ code: "context-overflow", details: { contextTokens: 2048 } });
  });

  test("leaves a request whose caller went away, and answers the next", async () => {
    const gone = new AbortController();
    const stopped = ask(
      "Tell me a very long story.",
      { maxTokens: 1500 },
      {
        signal: gone.signal,
        onDelta: async () => gone.abort(),
      },
    );
    await expect(stopped).rejects.toMatchObject({ code: "cancelled" });
    const startMs = performance.now();
    await ask("Hello.", { maxTokens: 1 });
    expect(performance.now() - startMs).toBeLessThan(10_000);
  });

  test("answers several at once as it answers each alone", async () => {
    const questions = ["Name a colour.", "Name a town.", "Name a river."];
    const alone: string[] = [];
    for (const question of questions) alone.push((await ask(question, { maxTokens: 8 })).text);
    const together = await Promise.all(questions.map((question) => ask(question, { maxTokens: 8 })));
    expect(together.map(({ text }) => text)).toEqual(alone);
  });

  test("embeds while it writes", async () => {
    const writing = ask("Tell me a story.", { maxTokens: 40 });
    const embedded = await local.embed(
      "bge-small-en-v1.5",
      { model: "local/bge-small-en-v1.5", texts: ["a", "b"], purpose: "query" },
      { signal },
    );
    expect(embedded.dimensions).toBe(384);
    expect((await writing).usage.outputTokens).toBeGreaterThan(0);
  });

  test("lets nobody in without its token", async () => {
    const { baseURL } = await local.engine.address();
    expect((await fetch(`${baseURL}/models`)).status).toBe(401);
  });

  test("that is killed in mid-answer costs that request and not the next", async () => {
    const { pid } = await local.engine.address();
    const crashed = ask(
      "Tell me a very long story.",
      { maxTokens: 500 },
      {
        onDelta: async () => void process.kill(pid, "SIGKILL"),
      },
    );
    await expect(crashed).rejects.toMatchObject({ code: "engine-crashed" });
    expect((await ask("Hello.", { maxTokens: 4 })).usage.outputTokens).toBeGreaterThan(0);
    expect((await local.engine.address()).pid).not.toBe(pid);
  });
});

test("An engine whose models have left memory ends, and the next question starts another", async () => {
  const quick = localProvider({
    folder: modelsFolder(process.env),
    env: process.env,
    report: silent,
    idleMs: 500,
  });
  const embed = () =>
    quick.embed("bge-small-en-v1.5", { model: "local/bge-small-en-v1.5", texts: ["a"], purpose: "query" }, { signal });
  try {
    await embed();
    const { pid } = await quick.engine.address();
    await expect.poll(() => isAlive(pid), { timeout: 15_000 }).toBe(false);
    expect((await embed()).dimensions).toBe(384);
    expect((await quick.engine.address()).pid).not.toBe(pid);
  } finally {
    await quick.close();
  }
});

test("The engine ends when its parent is killed", async () => {
  const program = `
    import { startEngine } from "#models";
    const { pid } = await startEngine({ modelsFolder: "/nowhere" }).address();
    console.log(pid);
    setInterval(() => {}, 1000);`;
  const parent = spawn(process.execPath, [...nodeArguments, "--input-type=module", "-e", program], {
    cwd: new URL("../../..", import.meta.url),
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [printed] = await once(parent.stdout, "data");
  const pid = Number(String(printed));
  expect(isAlive(pid)).toBe(true);
  parent.kill("SIGKILL");
  await expect.poll(() => isAlive(pid), { timeout: 10_000 }).toBe(false);
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
