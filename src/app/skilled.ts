import type { Citation, TurnAnswer, TurnEvent } from "#schema";
import { notInDocuments } from "#schema";
import type { Writer } from "./cited.ts";
import { isAbstention, ownMark } from "./skill.ts";

/**
 * Passes on the words of a model that was trained to cite: its `[n]` names a passage of the prompt. Each becomes the
 * number of a citation of that passage. Words are never held back longer than what may be the beginning of a mark.
 */
export function skilledWriter(options: {
  /** Which of the passages found stand in the prompt, in order. */
  used: readonly number[];
  /** The place in a passage (one of `used`) that holds these words or supports them best. */
  citeIn: (words: string, passage: number) => Promise<Citation | null>;
  /** The place in any passage that supports these words, for an answer without a mark. */
  cite: (words: string) => Promise<Citation | null>;
  emit: (event: TurnEvent) => Promise<void>;
}): Writer {
  const citations: Citation[] = [];
  /** What the model said; what of it was passed on, up to `passed`; the words since the last mark begin at `begun`. */
  let said = "";
  let passed = 0;
  let begun = 0;
  let sent = "";

  async function send(text: string): Promise<void> {
    if (text === "") return;
    sent += text;
    await options.emit({ type: "delta", text });
  }

  function numberOf(citation: Citation): number {
    const known = citations.findIndex((c) => c.documentId === citation.documentId && c.start === citation.start);
    return known >= 0 ? known + 1 : citations.push(citation);
  }

  /** Passes on what is whole of `said`, up to `end`. */
  async function pass(end: number): Promise<void> {
    for (const mark of said.slice(passed, end).matchAll(ownMark)) {
      const at = passed + mark.index;
      await send(said.slice(passed, at));
      const passage = options.used[Number(mark[1]) - 1];
      const words = said.slice(begun, at).trim();
      const citation = passage === undefined || words === "" ? null : await options.citeIn(words, passage);
      if (citation !== null) await send(` [${numberOf(citation)}]`);
      passed = begun = at + mark[0].length;
      return pass(end);
    }
    await send(said.slice(passed, end));
    passed = end;
  }

  const write = async (delta: string) => {
    said += delta;
    const held = /\s*(?:\[\d{0,3})?$/.exec(said.slice(passed))?.[0].length ?? 0;
    await pass(said.length - held);
  };

  return {
    write,
    async finish(text): Promise<TurnAnswer> {
      if (text.length > said.length) await write(text.slice(said.length));
      await pass(said.length);
      if (isAbstention(said)) return { text: notInDocuments, abstained: true, citations: [] };
      if (citations.length === 0) {
        const citation = sent.trim() === "" ? null : await options.cite(sent);
        if (citation !== null) await send(` [${numberOf(citation)}]`);
        else await send(`${sent === "" ? "" : "\n\n"}Nothing in the documents supports this answer.`);
      }
      return { text: sent, abstained: citations.length === 0, citations };
    },
    async complete(text) {
      if (text.startsWith(sent)) await send(text.slice(sent.length));
    },
  };
}
