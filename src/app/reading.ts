import { PawlError } from "#kernel";
import { type Evidence, type ReadSpan, readerSupport, type Steps, type TurnAnswer } from "#schema";
import type { Run, Within } from "#trace";
import type { Found } from "./found.ts";
import { isReaderSurer, otherwiseRead, type Said } from "./instead.ts";
import { isAbstention, ownMark } from "./skill.ts";
import type { Serving } from "./turn.ts";

/** Passages with a reader's best words of each as the evidence, and its next best of any. */
export type Read = Found & { others: Evidence[] };

/**
 * The passages with the words that a reader finds in them, most supported first, as the evidence. Words that it is sure of
 * are shown while it reads on.
 */
export async function readIn(serving: Serving, question: string, { passages }: Found, run: Run): Promise<Read> {
  const { reader } = serving.release.spec;
  if (reader === undefined)
    throw new PawlError("bad-request", "The app has no reader to answer with.", {
      hint: 'Set `answer: "reader"` in the app file, or ask for `sentence` or `model`.',
    });
  // A section's heading says what its text is about; the answer is looked for in the text alone.
  const heads = passages.map(({ title }) => `${title.split(" › ").at(-1) ?? ""}\n`);
  const texts = passages.map(({ text }, at) => `${heads[at]}${text}`);
  const evidenceOf = (spans: readonly ReadSpan[]) =>
    spans.flatMap(({ passage, start, end, support }) => {
      const [of, head = ""] = [passages[passage], heads[passage]];
      if (of === undefined || start < head.length) return [];
      const text = of.text.slice(start - head.length, end - head.length);
      return [{ passage, start: of.start + start - head.length, end: of.start + end - head.length, text, support }];
    });
  let shown: string | undefined;
  const onSpans = async (spans: readonly ReadSpan[]) => {
    const evidence = evidenceOf(spans);
    const [best] = evidence;
    if (best === undefined || best.support < readerSupport || best.text === shown) return;
    shown = best.text;
    await run.emit({ type: "found", passages, evidence });
  };
  const { spans, others } = await run.step(
    "read",
    `${reader.model}@${reader.version}`,
    { question, passages: texts },
    async () => {
      const request = { model: reader.model, question, passages: texts };
      const { spans, others } = await serving.models.read(request, { signal: run.signal, onSpans });
      return { spans, others };
    },
  );
  const read = { passages, evidence: evidenceOf(spans) };
  await run.emit({ type: "found", ...read });
  return { ...read, others: evidenceOf(others) };
}

/** Says on the span what a reader finds, where an answer is not that. */
export function noteReader({ text, abstained }: TurnAnswer, read: Read | null, within: Pick<Within, "note">): void {
  if (read === null) return;
  const [best] = read.evidence;
  const where = read.passages[best?.passage ?? -1]?.title ?? "";
  const note = otherwiseRead(abstained ? null : text.replace(ownMark, ""), best, where);
  if (note !== null) within.note(note);
}

/** What a model with the answering skill said, as {@link isReaderSurer} compares it. */
export function wordsOf({ text, logprobs }: Steps["model"]["out"]): Said {
  return { words: isAbstention(text) ? null : text.replace(ownMark, "").trim(), logprobs };
}

/** The reader's best words, where they are likelier right than what a model said. */
export function surer(said: Said, { evidence, others }: Read): Evidence | null {
  const [best] = evidence;
  return best !== undefined && isReaderSurer(said, [...evidence, ...others]) ? best : null;
}
