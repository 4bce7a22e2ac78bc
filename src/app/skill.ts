import { type Message, notInDocuments } from "#schema";
import { composeMessages } from "./prompt.ts";

/**
 * How an adapter is trained to answer from passages, and how what it says is read: some words of a passage and that
 * passage's number, `Five days [2]`, or exactly {@link notInDocuments}.
 */
export function skilledAnswer({ answer, citation }: { answer: string | null; citation?: number | undefined }): string {
  if (answer === null) return notInDocuments;
  return citation === undefined ? answer : `${answer} [${citation}]`;
}

/**
 * The prompt over passages that are given, as serving makes it. A passage is what stands behind its number: its text,
 * or a heading, a line break and its text.
 */
export function skillPrompt(options: {
  instructions: string;
  examples: readonly Message[];
  passages: readonly string[];
  question: string;
}): Message[] {
  const { passages, question, ...rest } = options;
  return composeMessages({
    ...rest,
    messages: [{ role: "user", content: question }],
    passages: passages.map((text) => ({ title: "", text })),
  });
}

/** A mark that the model wrote itself, with the blanks before it. */
export const ownMark = /\s*\[(\d{1,3})\]/g;

/** Whether an answer says that the passages hold none. */
export function isAbstention(text: string): boolean {
  return /^the (?:documents|passages) do not say\b/i.test(text.trim());
}
