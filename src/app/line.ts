import { type Message, notInDocuments, type ReleaseSpec, type TuneLine } from "#schema";
import { composeMessages } from "./prompt.ts";

/** What is asked of a model about a line: the prompt of a grounded answer over its passages, in their order. */
export function lineMessages(
  spec: Pick<ReleaseSpec, "instructions" | "examples">,
  line: Pick<TuneLine, "passages" | "question">,
): Message[] {
  return composeMessages({
    instructions: spec.instructions,
    examples: spec.examples,
    messages: [{ role: "user", content: line.question }],
    passages: line.passages.map((text) => ({ title: "", text })),
  });
}

/** What a model should write to a line: the answer, with the number of its passage; or that it is not there. */
export function lineAnswer({ answer, citation }: Pick<TuneLine, "answer" | "citation">): string {
  if (answer === null) return notInDocuments;
  return citation === undefined ? answer : `${answer} [${citation}]`;
}
