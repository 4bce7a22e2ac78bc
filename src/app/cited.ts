import type { Cite } from "#knowledge";
import type { Citation, TurnAnswer, TurnEvent } from "#schema";

/**
 * A sentence's end: closing punctuation, perhaps a quote or bracket, then white space and no small letter (`e.g. in`);
 * or a line's end.
 */
const sentenceEnd = /(?:[.!?]["'”’)\]]*(?=\s+[^\s\p{Ll}])|\n)/gu;

/** Takes a model's words as they come and tells the reader the answer. */
export type Writer = {
  write(delta: string): Promise<void>;
  /** The whole answer, when the model has ended; `text` is all it said, whether it came by `write` or not. */
  finish(text: string): Promise<TurnAnswer>;
  /** Sends what of the final text the reader has not got: all of it where the answer was known or quoted. */
  complete(text: string): Promise<void>;
};

/**
 * Passes a model's words on as they come, and puts `[n]` behind each sentence that a passage supports.
 * The words are never held back: when a sentence ends, its support is looked up before the next word leaves.
 */
export function citedWriter(options: {
  /** Being prepared while the model begins; null where no model is asked. */
  cite: Promise<Cite> | null;
  /** False for JSON and the like: a mark inside would break it. */
  isMarked: boolean;
  emit: (event: TurnEvent) => Promise<void>;
}): Writer {
  options.cite?.catch(() => {}); // awaited at the first sentence; a rejection before that is not unhandled
  const citations: Citation[] = [];
  const plain = options.isMarked ? stripMarks : (text: string) => text;
  /** What the model said so far; its sentence that is still open begins at `settled`; the reader was passed it up to `passed`. */
  let said = "";
  let settled = 0;
  let passed = 0;
  /** What the reader got: the words passed on, with marks. */
  let sent = "";

  async function send(text: string): Promise<void> {
    if (text === "") return;
    sent += text;
    await options.emit({ type: "delta", text });
  }

  /** The mark for a finished sentence, or nothing. */
  async function mark(sentence: string): Promise<string> {
    const cite = await options.cite;
    const citation = await cite?.(sentence);
    if (!citation) return "";
    const known = citations.findIndex((c) => c.documentId === citation.documentId && c.start === citation.start);
    const number = known >= 0 ? known + 1 : citations.push(citation);
    return options.isMarked ? ` [${number}]` : "";
  }

  async function write(delta: string): Promise<void> {
    said += delta;
    for (;;) {
      sentenceEnd.lastIndex = settled;
      const end = sentenceEnd.exec(said);
      if (!end) break;
      const newline = end[0] === "\n";
      const at = newline ? end.index : end.index + end[0].length;
      await send(plain(said.slice(passed, at)) + (await mark(said.slice(settled, at))) + (newline ? "\n" : ""));
      settled = passed = newline ? at + 1 : at;
    }
    // The open sentence goes on as it comes, but for what may be the beginning of a mark or of an end.
    const held = /(?:[.!?]["'”’)\]]*)?\s*(?:\[\d*)?$/.exec(said.slice(passed))?.[0].length ?? 0;
    await send(plain(said.slice(passed, said.length - held)));
    passed = said.length - held;
  }

  return {
    write,
    async finish(text) {
      if (text.length > said.length) await write(text.slice(said.length));
      const sentence = said.slice(settled);
      await send(plain(said.slice(passed)) + (await mark(sentence)));
      settled = passed = said.length;
      if (citations.length === 0 && options.isMarked) {
        await send(`${sent === "" ? "" : "\n\n"}Nothing in the documents supports this answer.`);
        return { text: sent, abstained: true, citations };
      }
      return { text: sent, abstained: false, citations };
    },
    async complete(text) {
      if (text.startsWith(sent)) await send(text.slice(sent.length));
    },
  };
}

/** A model that writes `[n]` of its own means passages, not citations: its marks are left out. */
function stripMarks(text: string): string {
  return text.replace(/\s*\[\d+\]/g, "");
}
