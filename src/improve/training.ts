import { type Message, notInDocuments, type Passage, steps, type Turn } from "#schema";
import type { Correction } from "./corrections.ts";
import { foundOf } from "./lost.ts";

/** A conversation that a model learns from: its last message is the answer. */
export type Conversation = Message[];

/** Letters of passages before a question, where no prompt was composed: with the rest of it some 800 tokens of English. */
const mostLetters = 2800;

/**
 * What a model should have written in these turns: the prompt as it is composed in serving, and the corrected answer; with
 * passages the answer cites the one that the person pointed at. A turn whose passage was not shown is left out: the model
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
    const passages = shownOf(turn);
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

/** The passages of a turn's prompt; where none was composed, the best that one would hold. */
function shownOf(turn: Turn): Passage[] {
  const found = foundOf(turn).passages;
  const composed = turn.spans.find(({ kind, error }) => kind === "compose" && error === null);
  if (composed) return steps.compose.out.parse(composed.output).used.flatMap((at) => found[at] ?? []);
  let letters = 0;
  const first = found.findIndex(({ text }) => {
    letters += text.length;
    return letters > mostLetters;
  });
  return first < 0 ? found : found.slice(0, first);
}
