import { describe, expect, it } from "vitest";
import { sentences } from "./sentences.ts";

const cut = (text: string) => sentences(text).map(({ start, end }) => text.slice(start, end));

describe("sentences", () => {
  it("end at full stops, not at abbreviations, initials, decimals or wrapped lines", () => {
    expect(cut("Ask Mr. J. Smith, e.g. by mail (No. 4). It costs 3.5 euro\nper day. Approx. 20 people came.")).toEqual([
      "Ask Mr. J. Smith, e.g. by mail (No. 4).",
      "It costs 3.5 euro\nper day.",
      "Approx. 20 people came.",
    ]);
  });

  it("end after an abbreviation where a new sentence follows", () => {
    expect(cut("We open at 9 a.m. The door is locked before.")).toEqual([
      "We open at 9 a.m.",
      "The door is locked before.",
    ]);
    expect(cut("Is it allowed? No. It is not.")).toEqual(["Is it allowed?", "No.", "It is not."]);
  });

  it("take list items and table rows as units", () => {
    expect(cut("You may:\n- bring a dog\n- stay late\n\n| A | B |\n| --- | --- |\n| 1 | 2 |\n| 3 | 4 |")).toEqual([
      "You may:",
      "- bring a dog",
      "- stay late",
      "| A | B |",
      "| 1 | 2 |",
      "| 3 | 4 |",
    ]);
  });

  it("work without spaces between sentences", () => {
    expect(cut("休暇は四月に始まります。申請は一週間前です。")).toHaveLength(2);
  });
});
