/**
 * Speed of the local engine: `npm run bench -- engine [--json]`. Prompt and single tokens per second of the default chat
 * model on a 900-token prompt, time to the first token with and without a known beginning, and embeddings per second.
 * The median of `rounds`; run it on a machine that does nothing else.
 */
import { availableParallelism } from "node:os";
import { createModels } from "#gateway";
import type { ChatRequest, ChatResponse } from "#schema";

const rounds = 3;
const chatModel = "local/default";
const embedModel = "local/bge-small-en-v1.5";
const { signal } = new AbortController();

const models = createModels({
  report: ({ note }) => {
    if (note !== undefined) console.error(note);
  },
});

/** Some 900 tokens that begin unlike any other round's. */
function page(round: string): string {
  const lines = Array.from(
    { length: 45 },
    (_, at) => `Round ${round}, rule ${at}: rooms are booked ${at + 1} days ahead.`,
  );
  return lines.join("\n");
}

function ask(content: string, maxTokens: number): Promise<ChatResponse> {
  const request: ChatRequest = {
    model: chatModel,
    messages: [{ role: "user", content }],
    sampling: { temperature: 0, maxTokens, stop: [] },
    format: { type: "text" },
  };
  return models.chat(request, { signal });
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

async function timed<T>(work: () => Promise<T>): Promise<{ value: T; ms: number }> {
  const startMs = performance.now();
  const value = await work();
  return { value, ms: performance.now() - startMs };
}

const cold: number[] = [];
const known: number[] = [];
const prefill: number[] = [];
const decode: number[] = [];
let promptTokens = 0;
await ask("Hello.", 1);
for (let round = 0; round < rounds; round += 1) {
  const text = page(`${round}-${Date.now()}`);
  const first = await timed(() => ask(`${text}\nWhich rule is the first?`, 32));
  const { usage, firstTokenMs = Number.NaN } = first.value;
  promptTokens = usage.inputTokens;
  cold.push(firstTokenMs);
  prefill.push((usage.inputTokens - usage.cachedTokens) / (firstTokenMs / 1000));
  decode.push((usage.outputTokens - 1) / ((first.ms - firstTokenMs) / 1000));
  known.push((await ask(`${text}\nAnd which one is the last?`, 1)).firstTokenMs ?? Number.NaN);
}

const passages = Array.from(
  { length: 64 },
  (_, at) => `Rule ${at}: ${"a room is booked two days ahead, ".repeat(1 + (at % 8))}`,
);
await models.embed({ model: embedModel, texts: passages.slice(0, 4), purpose: "passage" }, { signal });
const embedded: number[] = [];
const query: number[] = [];
for (let round = 0; round < rounds; round += 1) {
  const all = await timed(() => models.embed({ model: embedModel, texts: passages, purpose: "passage" }, { signal }));
  embedded.push(passages.length / (all.ms / 1000));
  const one = [`When is rule ${round} applied?`];
  query.push((await timed(() => models.embed({ model: embedModel, texts: one, purpose: "query" }, { signal }))).ms);
}
await models.close();

const result = {
  cores: availableParallelism(),
  promptTokens,
  prefillTokensPerSecond: Math.round(median(prefill)),
  decodeTokensPerSecond: Math.round(median(decode)),
  firstTokenMs: Math.round(median(cold)),
  firstTokenKnownMs: Math.round(median(known)),
  passagesPerSecond: Math.round(median(embedded)),
  queryMs: Math.round(median(query)),
};
if (process.argv.includes("--json")) console.log(JSON.stringify(result));
else console.table(result);
