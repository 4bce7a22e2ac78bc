import { hashOf, PawlError } from "#kernel";
import type { Message } from "#schema";
import type { Sequence } from "#tensor";

/** One chat to learn from: its last message is the assistant's, and only that is trained. */
export type ChatExample = { messages: readonly Message[] };

/** How chats become tokens: what serving uses (`openChatTokens` of #models), handed in. */
export type Tokens = {
  prompt(messages: readonly Message[]): readonly number[];
  answer(text: string): readonly number[];
};

/**
 * Examples as tokens, the prompt only read, the answer predicted.
 *
 * @throws PawlError `dataset-empty`, `example-malformed`, `example-too-long`; details.example, or .examples, is the index (from 0)
 */
export function sequencesOf(
  examples: readonly ChatExample[],
  { tokens, maxTokens, contextTokens }: { tokens: Tokens; maxTokens: number; contextTokens: number },
): Sequence[] {
  if (examples.length === 0) {
    throw new PawlError("dataset-empty", "There is no example to train on.", {
      hint: "Give at least one chat that ends with the assistant's answer.",
    });
  }
  const longest = Math.min(maxTokens, contextTokens);
  const sequences = examples.map(({ messages }, at) => {
    const malformed = (what: string, hint: string) =>
      new PawlError("example-malformed", `Example ${at + 1} ${what}.`, { hint, details: { example: at } });
    const last = messages.at(-1);
    if (last === undefined) throw malformed("has no message", "Remove it, or give it a question and an answer.");
    if (last.role !== "assistant") {
      throw malformed(`ends with a ${last.role} message`, "The last message is what is learnt: it is the assistant's.");
    }
    if (last.content.trim() === "") throw malformed("has an empty answer", "Write the answer, or remove the example.");
    const before = messages.slice(0, -1);
    if (!before.some(({ role }) => role === "user")) {
      throw malformed("has no user message before its answer", "Put the question before the answer.");
    }
    const system = before.findIndex(({ role }, index) => role === "system" && index > 0);
    if (system !== -1) throw malformed(`has a system message at place ${system + 1}`, "A system message comes first.");
    const turns = before.filter(({ role }) => role === "user" || role === "assistant");
    if (turns.some(({ role }, index) => role !== (index % 2 === 0 ? "user" : "assistant")) || turns.length % 2 === 0) {
      throw malformed("has roles out of order", "User and assistant take turns; the user begins.");
    }
    const prompt = tokens.prompt(before);
    const all = [...prompt, ...tokens.answer(last.content)];
    return { tokens: all, trainedFrom: prompt.length };
  });
  refuseLong(examples, sequences, longest);
  return sequences;
}

/** All that are too long are told at once: they may be a handful of thousands. */
function refuseLong(examples: readonly ChatExample[], sequences: readonly Sequence[], longest: number): void {
  const long = sequences.flatMap(({ tokens }, at) => (tokens.length > longest ? [{ at, tokens: tokens.length }] : []));
  const worst = long.toSorted((a, b) => b.tokens - a.tokens)[0];
  if (worst === undefined) return;
  const asked = examples[worst.at]?.messages.findLast(({ role }) => role === "user")?.content ?? "";
  throw new PawlError(
    "example-too-long",
    `${long.length} of ${examples.length} examples have more than ${longest} tokens; the longest has ${worst.tokens} and ends "${asked.slice(-shownLetters)}".`,
    {
      hint: "Shorten their passages, leave them out, or raise the recipe's maxTokens (memory grows with it).",
      details: { examples: long.slice(0, shownExamples).map(({ at }) => at), tokens: worst.tokens, maxTokens: longest },
    },
  );
}

const shownLetters = 80;
const shownExamples = 100;

/** Throws `splits-overlap` where an example that validates is also trained on: its score would mean nothing. */
export function checkSplits(train: readonly ChatExample[], validation: readonly ChatExample[]): void {
  const keyOf = ({ messages }: ChatExample) => hashOf(messages.map(({ role, content }) => ({ role, content })));
  const trained = new Map(train.map((example, at) => [keyOf(example), at]));
  validation.forEach((example, at) => {
    const same = trained.get(keyOf(example));
    if (same === undefined) return;
    throw new PawlError("splits-overlap", `Validation example ${at + 1} is training example ${same + 1}.`, {
      hint: "Split by title or source, so that no example is on both sides.",
      details: { validation: at, train: same },
    });
  });
}
