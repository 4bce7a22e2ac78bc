import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Citation, TurnEvent } from "#schema";
import { citedWriter } from "./cited.ts";

function citation(start: number): Citation {
  return { documentId: "doc_1", title: "Leave", start, end: start + 1, quote: "q", support: 0.9 };
}

/** A writer whose support is by the words of the sentence, and what its reader got. */
function writing(supports: Record<string, number>) {
  const events: TurnEvent[] = [];
  const cite = async (sentence: string) => {
    const start = Object.entries(supports).find(([word]) => sentence.includes(word))?.[1];
    return start === undefined ? null : citation(start);
  };
  const writer = citedWriter({
    cite: Promise.resolve(cite),
    isMarked: true,
    emit: async (event) => void events.push(event),
  });
  const text = () => events.map((event) => (event.type === "delta" ? event.text : "")).join("");
  return { writer, text };
}

describe("a cited answer", () => {
  test("gets a mark behind each supported sentence, the same one for the same quote", async () => {
    const { writer, text } = writing({ five: 10, June: 20, days: 10 });
    const answer = await writer.finish("You keep five. They lapse in June. So five days. Enjoy!");
    expect(answer.text).toBe("You keep five. [1] They lapse in June. [2] So five days. [1] Enjoy!");
    expect(answer.citations.map((found) => found.start)).toEqual([10, 20]);
    expect(text()).toBe(answer.text);
  });

  test("is the same however the model's words are cut into deltas", async () => {
    const said = "Up to five days move [3]. They must be used by 30 June, e.g. in spring!\nNobody asks? Fine";
    const whole = (await writing({ five: 1, June: 2 }).writer.finish(said)).text;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 40 }), async (sizes) => {
        const { writer, text } = writing({ five: 1, June: 2 });
        let at = 0;
        for (const size of sizes) {
          await writer.write(said.slice(at, at + size));
          at = Math.min(at + size, said.length);
        }
        const answer = await writer.finish(said);
        expect(answer.text).toBe(whole);
        expect(text()).toBe(whole);
      }),
      { numRuns: 60 },
    );
  });

  test("passes words on before the sentence ends", async () => {
    const { writer, text } = writing({});
    await writer.write("Up to five");
    expect(text()).toBe("Up to five");
  });

  test("that must be JSON keeps its lists of one number", async () => {
    const writer = citedWriter({ cite: Promise.resolve(async () => null), isMarked: false, emit: async () => {} });
    const json = '{"rooms": [12], "days": [3]}';
    expect((await writer.finish(json)).text).toBe(json);
  });

  test("says so when nothing supports it", async () => {
    const { writer } = writing({});
    const answer = await writer.finish("The moon is cheese.");
    expect(answer.abstained).toBe(true);
    expect(answer.text).toContain("Nothing in the documents supports this answer.");
  });
});
