import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Citation, TurnEvent } from "#schema";
import { skilledWriter } from "./skilled.ts";

/** Each passage is one document; what is cited of it begins where the words' length says. */
function writing(used: number[], supports = true) {
  const events: TurnEvent[] = [];
  const citation = (words: string, passage: number): Citation => ({
    documentId: `doc_${passage}`,
    title: "Leave",
    start: words.length,
    end: words.length + 1,
    quote: words,
    support: 1,
  });
  const writer = skilledWriter({
    used,
    citeIn: async (words, passage) => citation(words, passage),
    cite: async (words) => (supports ? citation(words, 9) : null),
    emit: async (event) => void events.push(event),
  });
  const text = () => events.map((event) => (event.type === "delta" ? event.text : "")).join("");
  return { writer, text };
}

describe("a model that was trained to cite", () => {
  test("names a passage of the prompt; the reader gets the citation's own number", async () => {
    const { writer, text } = writing([0, 3, 4]);
    const answer = await writer.finish("five days [3]");
    expect(answer).toMatchObject({ text: "five days [1]", abstained: false });
    expect(answer.citations).toMatchObject([{ documentId: "doc_4", quote: "five days" }]);
    expect(text()).toBe(answer.text);
  });

  test("may cite several passages, each for the words before it", async () => {
    const answer = await writing([0, 1]).writer.finish("five days [2], until June [1]");
    expect(answer.text).toBe("five days [1], until June [2]");
    expect(answer.citations.map(({ documentId }) => documentId)).toEqual(["doc_1", "doc_0"]);
  });

  test("abstains by its own sentence", async () => {
    const { writer, text } = writing([0]);
    expect(await writer.finish("The documents do not say.")).toEqual({
      text: "The documents do not say.",
      abstained: true,
      citations: [],
    });
    expect(text()).toBe("The documents do not say.");
  });

  test("and forgets the number, or names a passage that was not given, is cited by what supports its words", async () => {
    expect((await writing([0]).writer.finish("five days")).citations).toMatchObject([{ documentId: "doc_9" }]);
    const answer = await writing([0]).writer.finish("five days [7]");
    expect(answer).toMatchObject({ text: "five days [1]", citations: [{ documentId: "doc_9" }] });
  });

  test("and says what nothing supports is told so", async () => {
    const answer = await writing([], false).writer.finish("five days");
    expect(answer.abstained).toBe(true);
    expect(answer.text).toContain("Nothing in the documents supports this answer.");
  });

  test("is read the same however its words are cut into deltas", async () => {
    const said = "five [days [2], until 30 June [1].";
    const whole = (await writing([0, 1]).writer.finish(said)).text;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 40 }), async (sizes) => {
        const { writer, text } = writing([0, 1]);
        let at = 0;
        for (const size of sizes) {
          await writer.write(said.slice(at, at + size));
          at = Math.min(at + size, said.length);
        }
        expect((await writer.finish(said)).text).toBe(whole);
        expect(text()).toBe(whole);
      }),
      { numRuns: 60 },
    );
  });
});
