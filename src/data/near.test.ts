import fc from "fast-check";
import { expect, test } from "vitest";
import { nearlySame } from "./near.ts";

test("texts that differ in a word of many are one bunch, others are not", () => {
  expect(
    nearlySame([
      "how many days of annual leave can i carry over into the next year",
      "where do i book trains",
      "how many days of annual leave can i carry over into next year",
      "how many hotels are there",
    ]),
  ).toEqual([[0, 2]]);
});

test("the filter misses nothing that a comparison with each bunch's first would find", () => {
  const text = fc
    .array(fc.constantFrom("a", "b", "c", "d", "e", "f", "g"), { maxLength: 12 })
    .map((words) => words.join(" "));
  fc.assert(
    fc.property(fc.array(text, { maxLength: 20 }), fc.constantFrom(0.5, 0.8, 1), (texts, threshold) => {
      const found = nearlySame(texts, threshold);
      const members = new Set(found.flat());
      const firsts = texts.map((_, index) => index).filter((index) => !found.some((bunch) => bunch.indexOf(index) > 0));
      for (const [place, a] of firsts.entries())
        for (const b of firsts.slice(place + 1))
          expect(similarity(texts[a] ?? "", texts[b] ?? "")).toBeLessThan(threshold);
      for (const [first = 0, ...others] of found)
        for (const other of others)
          expect(similarity(texts[first] ?? "", texts[other] ?? "")).toBeGreaterThanOrEqual(threshold);
      expect(members.size).toBe(found.flat().length);
    }),
  );
});

function similarity(a: string, b: string): number {
  const features = (text: string) => {
    const words = text.split(" ").filter(Boolean);
    return new Set([...words, ...words.slice(1).map((word, at) => `${words[at]} ${word}`)]);
  };
  const [x, y] = [features(a), features(b)];
  return x.size === 0 || y.size === 0 ? 0 : x.intersection(y).size / x.union(y).size;
}
