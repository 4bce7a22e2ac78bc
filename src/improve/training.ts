import { type Message, notInDocuments, type Passage, type Turn } from "#schema";
import type { Correction } from "./corrections.ts";

/** A conversation that a model learns from: its last message is the answer. */
export type Conversation = Message[];

/**
 * What a model should have written in these turns: the prompt as it is composed in serving, and the corrected answer; with
 * passages the answer cites the one that the person pointed at. A turn whose passage was not found is left out: the model
 * could only have guessed.
 *
 * @param compose the prompt of a turn over these passages
 */
export function conversationsOf(
  corrections: readonly Correction[],
  compose: (turn: Turn, passages: readonly Passage[]) => Message[],
): Conversation[] {
  return corrections.flatMap((correction) => {
    const { turn } = correction;
    const passages = passagesOf(turn);
    const answer = answerOf(correction, passages);
    return answer === null ? [] : [[...compose(turn, passages), { role: "assistant" as const, content: answer }]];
  });
}

function answerOf({ wanted, passage }: Correction, passages: readonly Passage[]): string | null {
  if (wanted === null) return notInDocuments;
  if (passages.length === 0) return wanted;
  if (!passage) return null;
  const at = passages.findIndex(
    (one) => one.documentId === passage.documentId && one.start < passage.end && passage.start < one.end,
  );
  return at < 0 ? null : `${wanted} [${at + 1}]`;
}

/** The passages that a turn's retrieval gave, of all collections, best first. */
export function passagesOf(turn: Turn): Passage[] {
  return turn.spans
    .filter((span) => span.kind === "retrieve" && span.error === null)
    .flatMap((span) => (span.output as { passages: Passage[] }).passages) // the kind's output
    .sort((a, b) => b.score - a.score);
}
