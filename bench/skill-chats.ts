/**
 * Turns lines of the answering skill into the chats that a model is trained on, in the prompt of serving, each under one
 * of several instructions, so that the skill holds whatever an app says.
 *
 *   node --conditions=pawl-source bench/skill-chats.ts LINES.jsonl --out CHATS.jsonl [--count N] [--most TOKENS]
 *
 * `--most` leaves out chats of more tokens: a row of the trainer's graph holds one then.
 */
import { readFile, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { skill } from "#app";
import { openChatTokens } from "#models";
import { TuneLine } from "#schema";
import { seededRandom } from "#stats";
import { chatModelFile } from "../tests/chat-model.ts";

const instructions = [
  "Answer questions from the documents. Cite the passage you used.",
  "Answer employees' questions from the handbook. Cite the section you used.",
  "You answer questions about our documents.",
  "Answer in a few words.",
  "You are the assistant of a support desk. Answer from the manual and say where it stands.",
  "Help readers to find what they look for. Be brief.",
  "Answer the question. Quote the document.",
  "You are a careful assistant. Answer only what the documents say, with a citation.",
  "Answer customers' questions about the product.",
  "Give the shortest right answer and the number of its passage.",
  "You answer questions of colleagues about rules and procedures.",
  "Answer truthfully from the given text.",
];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    out: { type: "string" },
    count: { type: "string" },
    most: { type: "string" },
    seed: { type: "string", default: "1" },
  },
});
const [path] = positionals;
if (path === undefined || values.out === undefined) throw new Error("LINES.jsonl and --out are needed.");
const random = seededRandom(Number(values.seed));
const lines = (await readFile(path, "utf8"))
  .trim()
  .split("\n")
  .slice(0, values.count === undefined ? undefined : Number(values.count));
const { skillPrompt, skilledAnswer } = await skill();
const saidOf = new Map<string, string>();
const chats = lines.map((text) => {
  const line = TuneLine.parse(JSON.parse(text));
  // One for all questions on the same passages: what they begin with is then read once.
  const family = line.passages.join("\n");
  const said = saidOf.get(family) ?? instructions[Math.floor(random() * instructions.length)] ?? "";
  saidOf.set(family, said);
  const prompt = skillPrompt({ instructions: said, examples: [], passages: line.passages, question: line.question });
  return { prompt, answer: skilledAnswer(line) };
});
const most = Number(values.most ?? Number.POSITIVE_INFINITY);
const { tokens, close } = await openChatTokens(await chatModelFile());
const kept = chats.filter(({ prompt, answer }) => tokens.prompt(prompt).length + tokens.answer(answer).length <= most);
await close();
const written = kept.map(({ prompt, answer }) =>
  JSON.stringify({ messages: [...prompt, { role: "assistant", content: answer }] }),
);
await writeFile(values.out, `${written.join("\n")}\n`);
process.stderr.write(`${kept.length} of ${chats.length} chats\n`);
