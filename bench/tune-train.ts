/**
 * Trains an adapter from files, without a host:
 *
 *   node --conditions=pawl-source bench/tune-train.ts --data train.jsonl --validation validation.jsonl --out FOLDER \
 *     [--base MODEL.gguf] [--from adapter.gguf] [--minutes N] [--recipe '{"rank":16}'] [--checkpoint SECONDS]
 *
 * A line is `{"messages": [{"role", "content"}, …]}`, the last the assistant's. Started again with the same arguments it
 * goes on from its last checkpoint. Progress on stderr, the result as JSON on stdout.
 */
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import * as z from "zod";
import { PawlError, sha256 } from "#kernel";
import { importNative, openChatTokens } from "#models";
import { Message } from "#schema";
import { Recipe, trainLora } from "#tune";
import { chatModelFile } from "../tests/chat-model.ts";

const { values: flags } = parseArgs({
  options: {
    data: { type: "string" },
    validation: { type: "string" },
    out: { type: "string" },
    base: { type: "string" },
    from: { type: "string" },
    minutes: { type: "string" },
    threads: { type: "string", default: "2" },
    recipe: { type: "string", default: "{}" },
    checkpoint: { type: "string", default: "60" },
  },
});
const { data, validation, out } = flags;
if (data === undefined || out === undefined) throw new Error("--data and --out are needed.");
const stop = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const)
  process.once(name, () => stop.abort(new PawlError("cancelled", "Stopped; run it again to go on.")));

const base = await baseOf(flags.base);
const recipe = Recipe.parse({
  ...JSON.parse(flags.recipe),
  ...(flags.minutes === undefined ? {} : { length: { minutes: Number(flags.minutes) } }),
});
const chat = await openChatTokens(base.path);
const result = await trainLora({
  base,
  ...(flags.from === undefined ? {} : { from: flags.from }),
  tokens: chat.tokens,
  examples: await examplesOf(data),
  validation: validation === undefined ? [] : await examplesOf(validation),
  recipe,
  folder: out,
  ort: await importNative("onnxruntime-node"),
  threads: Number(flags.threads),
  checkpointSeconds: Number(flags.checkpoint),
  signal: stop.signal,
  report: ({ step, steps, loss, validationLoss, tokensPerSecond, secondsLeft }) => {
    const said = validationLoss === null ? "" : ` validation ${validationLoss.toFixed(4)}`;
    console.error(
      `${step}/${steps} loss ${loss?.toFixed(4) ?? "–"}${said} ${tokensPerSecond.toFixed(0)} tokens/s ${secondsLeft} s left`,
    );
  },
});
console.log(JSON.stringify(result));
await chat.close();

async function examplesOf(path: string) {
  const Line = z.object({ messages: z.array(Message) });
  return (await readFile(path, "utf8"))
    .trim()
    .split("\n")
    .map((line) => Line.parse(JSON.parse(line)));
}

async function baseOf(path: string | undefined) {
  const file = path ?? (await chatModelFile());
  return { path: file, sha256: sha256(await readFile(file)), name: path ?? "HuggingFaceTB/SmolLM2-135M-Instruct" };
}
