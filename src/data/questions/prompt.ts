import type { Message, Range, TuneLine } from "#schema";
import { faultIn } from "./form.ts";

const instructions =
  "Write the question that the answer below answers. Whoever asks it has not seen the passage, so the question names what it is about.";

/**
 * The prompt that a question is written from: the passage first (the same for all its answers, so that it is read once),
 * then the sentence and the words of it that are to be asked for. An adapter's training makes its prompts here too: what is
 * changed here is to be trained again.
 */
export function questionPrompt({
  passage,
  answer,
  sentence: given,
}: {
  passage: string;
  answer: Range;
  /** As it is to be read; none: the sentence or the row around the answer. */
  sentence?: string;
}): Message[] {
  const text = passage.replace(/<(\/?)passage>/gi, "‹$1passage›"); // of the same length
  const { start, end } = sentenceAround(text, answer);
  const sentence = (given ?? text.slice(start, end)).replace(/\s+/g, " ").trim();
  const words = text.slice(answer.start, answer.end);
  return [
    { role: "system", content: instructions },
    { role: "user", content: `<passage>\n${text}\n</passage>\n\nSentence: ${sentence}\nAnswer: ${words}` },
  ];
}

/**
 * A line of the answering data, inverted: passage and answer in, question out. Null where its answer is not in a passage.
 * With `fault` the question is one that would not be kept of a writer, so none should learn to write it.
 */
export function questionExample({
  passages,
  question,
  answer,
  citation,
}: TuneLine): { messages: Message[]; fault: string | null } | null {
  const passage = passages[(citation ?? 1) - 1];
  const start = answer === null ? -1 : (passage?.indexOf(answer) ?? -1);
  if (passage === undefined || answer === null || start < 0) return null;
  const place = { start, end: start + answer.length };
  const around = sentenceAround(passage, place);
  const line = passage.slice(around.start, around.end);
  const statement = line.trim();
  return {
    messages: [...questionPrompt({ passage, answer: place }), { role: "assistant", content: question }],
    // A row without its columns' names says too little to be judged by.
    fault: statement.startsWith("|")
      ? null
      : faultIn(question, {
          statement,
          isRow: false,
          named: null,
          answer,
          at: start - around.start - line.indexOf(statement),
        }),
  };
}

const sentences = new Intl.Segmenter("en", { granularity: "sentence" });

/** The sentence that a range begins in, never over a line's end: a table's row, an item of a list. */
function sentenceAround(text: string, { start, end }: Range): Range {
  const lineStart = text.lastIndexOf("\n", start - 1) + 1;
  const lineEnd = text.indexOf("\n", end) < 0 ? text.length : text.indexOf("\n", end);
  const line = text.slice(lineStart, lineEnd);
  const found = sentences.segment(line).containing(start - lineStart);
  if (found === undefined) return { start: lineStart, end: lineEnd };
  const from = lineStart + found.index;
  return { start: from, end: Math.max(end, from + found.segment.length) };
}
