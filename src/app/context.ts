import { PawlError } from "#kernel";
import type { Passage, Sampling } from "#schema";
import type { Within } from "#trace";
import { composeMessages } from "./prompt.ts";
import type { Question, Serving } from "./turn.ts";

/** A token is at least this many characters on average in any prose pawl has met; used to skip counting short prompts. */
const charactersPerToken = 2;

/**
 * Indices of the passages that fit the context of every model of the route, together with the conversation and the
 * answer to come; the last ones are left out first, and the span says so.
 *
 * @throws PawlError `prompt-too-long` where not even the question fits
 */
export async function fitPassages(options: {
  serving: Serving;
  question: Question;
  passages: readonly Passage[];
  sampling: Sampling;
  within: Within;
}): Promise<number[]> {
  const { serving, question, passages, sampling, within } = options;
  const { spec } = serving.release;
  const primary = spec.route[0];
  const limit = primary ? (await serving.models.describe(primary.model)).contextTokens : null;
  const all = passages.map((_, i) => i);
  if (!primary || limit === null) return all;
  const room = limit - sampling.maxTokens;

  const textWith = (count: number) =>
    composeMessages({
      instructions: spec.instructions,
      examples: spec.examples,
      messages: question.messages,
      passages: passages.slice(0, count),
    })
      .map((message) => message.content)
      .join("\n");
  if (textWith(passages.length).length / charactersPerToken < room) return all;
  for (let count = passages.length; count >= 1; count--) {
    const [tokens = 0] = await serving.models.countTokens(primary.model, [textWith(count)], { signal: within.signal });
    if (tokens + 16 <= room) {
      if (count < passages.length)
        within.note(`${passages.length - count} passages left out: the context holds ${limit} tokens`);
      return all.slice(0, count);
    }
  }
  throw new PawlError(
    "prompt-too-long",
    `The question does not fit the ${limit} tokens that ${primary.model} can read.`,
    {
      hint: "Shorten the question or the conversation, lower maxTokens, or choose a model with a longer context.",
      details: { contextTokens: limit, maxTokens: sampling.maxTokens },
    },
  );
}
