import { expect, it } from "vitest";
import { KnowledgeSettings, type Turn } from "#schema";
import type { Case, Expected } from "./case.ts";
import { isRight, says } from "./case.ts";
import type { Gap } from "./remedies.ts";
import * as remedies from "./remedies.ts";
import { settingArms } from "./settings.ts";
import { subjectOf } from "./subject.ts";
import { schemaOf, type WordingArm } from "./wordings.ts";

const failed = (id: string, question: string, answer = "Yes.", more: Partial<Expected> = {}) => ({
  turn: { id, question, input: { messages: [{ role: "user", content: question }] } } as Turn, // what a remedy looks at
  expected: { answer, answers: [], places: [], missing: [], expect: [], ...more },
});
const three = [failed("trn_1", "a?"), failed("trn_2", "b?"), failed("trn_3", "c?")];
const arm = (name: string, more: Partial<WordingArm> = {}): WordingArm => ({
  name,
  advice: `Do ${name}`,
  settings: { name },
  specFor: (spec) => spec,
  ...more,
});

it("an answer says what a reference says word for word or in other words, marks aside", () => {
  expect(says("Up to five days move on. [1]", ["five days"])).toBe(true);
  expect(says("They lapse on 30 June", ["On 30 June they lapse."])).toBe(true);
  expect(says("In 15 days", ["5 days"])).toBe(false);
});

it("documents that are missing are named by their path where it is known, else by what was asked", () => {
  const causes = remedies.missing([
    { ...failed("trn_1", "When do leave days lapse?"), gap: { kind: "gone", path: "leave.md" } },
    { ...failed("trn_2", "May I bring my dog to the office?"), gap: { kind: "nowhere", unread: [] } },
    { ...failed("trn_3", "Which dogs are allowed at the office?"), gap: { kind: "nowhere", unread: [] } },
  ]);
  expect(causes.map(({ turns, remedy }) => [turns.length, remedy.kind])).toEqual([
    [1, "document"],
    [2, "document"],
  ]);
  expect(causes[0]?.remedy.text).toContain("Write leave.md again");
  expect(causes[1]?.remedy.text).toMatch(/^Write a document on office, /);
});

it("a scanned page is named, with what to do, where a document is known to hold the answer and where it is not", () => {
  const of = (gap: Gap) => remedies.missing([{ ...failed("trn_1", "When do leave days lapse?"), gap }])[0]?.remedy.text;
  expect(of({ kind: "unread", path: "policy.pdf", pages: [3] })).toMatch(
    /^Page 3 of policy\.pdf has no text: run text recognition over it/,
  );
  expect(of({ kind: "unread", path: "policy.pdf", pages: [2, 3, 5, 6, 7, 8] })).toMatch(
    /^Pages 2, 3, 5, 6, 7 and others of policy\.pdf have no text/,
  );
  const unread = [3, 4].map((page) => ({ path: `${page}.pdf`, pages: [page] }));
  expect(of({ kind: "nowhere", unread })).toMatch(
    /^Write a document on .+ Page 3 of 3\.pdf has no text \(so has 1 document more\): run/,
  );
});

it("a file that is there and was not read is not to be written again", () => {
  const gap = { kind: "not-read", path: "docs/leave.txt" } as const;
  const [cause] = remedies.missing([{ ...failed("trn_1", "When do leave days lapse?"), gap }]);
  expect(cause?.remedy.text).toMatch(/^docs\/leave\.txt is in the app's folder and not among its documents: name it/);
});

it("a reader's words are right where they are mostly an answer's, whatever else the sentence that it cites says", async () => {
  const read = (text: string) => {
    const citation = {
      documentId: "doc_1",
      title: "Errors",
      start: 0,
      end: 100,
      quote: "429 - limit. 500 - api.",
      support: 1,
    };
    const answer = { text: `${text} [1]`, abstained: false, citations: [citation] };
    return { answer, spans: [{ kind: "answer", name: "reader" }] } as unknown as Turn; // what is looked at
  };
  const { expected } = failed("trn_1", "?", "429 - limit, which is passed when too much is asked", {
    places: [{ documentId: "doc_1", start: 0, end: 100 }],
  });
  expect(await isRight(read("500 - api"), expected)).toBe(false);
  expect(await isRight(read("429"), expected)).toBe(true);
  expect(await isRight(read("429 - limit"), expected)).toBe(true);
});

it("a quote of a part of the place is right where it has the answer's words, not where the rest has them", async () => {
  const quoted = (quote: string, start: number, end: number) => {
    const citation = { documentId: "doc_1", title: "Stores", start, end, quote, support: 1 };
    const answer = { text: `${quote} [1]`, abstained: false, citations: [citation] };
    return { answer, spans: [{ kind: "answer", name: "sentence" }] } as unknown as Turn; // what is looked at
  };
  const { expected } = failed("trn_1", "?", "two hundred kilos", {
    places: [{ documentId: "doc_1", start: 0, end: 100 }],
  });
  expect(await isRight(quoted("Potatoes are kept in the cellar under sacking, and there are", 0, 60), expected)).toBe(
    false,
  );
  expect(await isRight(quoted("hundred kilos of them when the season starts", 60, 100), expected)).toBe(false);
  expect(await isRight(quoted("two hundred of them, in kilos, when the season starts", 50, 100), expected)).toBe(true);
  expect(await isRight(quoted("All of it, in words that the reference does not use", 0, 100), expected)).toBe(true);
});

it("the subject of questions is what most of them name", () => {
  expect(subjectOf(["Can I expense a taxi?", "Is a taxi paid at night?", "Who pays for taxis?"])).toMatch(/^taxi, /);
  expect(subjectOf(["Why?"])).toBe("this");
});

it("tuning is proposed only where cheaper arms were run and mend less than half, with their figures", () => {
  const of = (mended: number[]) =>
    remedies.wording({
      name: "form",
      cases: three,
      half: 0.5,
      outcomes: mended.map((one, i) => ({ arm: arm(`arm ${i}`), tried: 3, mended: one })),
    });
  expect(of([1, 0]).remedy).toMatchObject({ kind: "tune", text: expect.stringContaining("arm 0 mends 1 of 3") });
  expect(of([1, 2])).toMatchObject({ name: "form", remedy: { kind: "prompt", settings: { name: "arm 1" } } });
  expect(of([]).remedy.kind).toBe("none");
});

it("fewer than three turns are too few to tune for", () => {
  const outcomes = [{ arm: arm("rule"), tried: 2, mended: 0 }];
  expect(remedies.wording({ name: "prompt", cases: three.slice(1), half: 0.5, outcomes })).toMatchObject({
    name: "model-ability",
    remedy: { kind: "none" },
  });
});

it("another kind of app is taken only where no wording of this one is enough", () => {
  const other = { arm: arm("sentence", { isOtherApp: true }), tried: 3, mended: 3 };
  const wording = (mended: number) =>
    remedies.wording({
      name: "prompt",
      cases: three,
      half: 0.5,
      outcomes: [{ arm: arm("rule"), tried: 3, mended }, other],
    });
  expect(wording(2).remedy.settings).toEqual({ name: "rule" });
  expect(wording(1).remedy.settings).toEqual({ name: "sentence" });
});

it("of settings that mend the same, the one that mends most elsewhere is taken; one that breaks as much is not", () => {
  const [first, second] = settingArms(KnowledgeSettings.parse({ chunkTokens: 10 }));
  if (!first || !second) throw new Error("there are arms");
  const gold = { name: "gold", kind: "retrieval" as const, tried: 3, mended: 3 };
  const of = (outcomes: Parameters<typeof remedies.lost>[0]["outcomes"]) =>
    remedies.lost({ stage: "split", cases: three, tried: 3, gold, controls: 5, outcomes, headings: null }).remedy;
  expect(
    of([
      { arm: first, mended: 2, everywhere: 2, broken: 0 },
      { arm: second, mended: 2, everywhere: 5, broken: 0 },
    ]).settings,
  ).toEqual(second.change);
  expect(of([{ arm: first, mended: 2, broken: 2 }])).toMatchObject({ kind: "retrieval", text: /No setting/ });
});

it("a heading that outweighs its passage is to be shortened, whatever a setting mends", () => {
  const gold = { name: "gold", kind: "retrieval" as const, tried: 3, mended: 3 };
  const headings = { path: "hire.md", words: 486 };
  const what = { stage: "fused-out" as const, cases: three, tried: 3, gold, controls: 0, headings };
  expect(remedies.lost({ ...what, outcomes: [] }).remedy.text).toMatch(/^Shorten the heading in hire\.md: .+486 words/);
});

it("settings are tried back at their default first, and more support is asked for last", () => {
  const names = settingArms(KnowledgeSettings.parse({ chunkTokens: 10, pooling: "mean", passages: 3 })).map(
    ({ name }) => name,
  );
  expect(names.slice(0, 4)).toEqual(["passages: 5", "passages: 10", "passages: 20", "pooling: null"]);
  expect(names).toContain("chunkTokens: 160");
  expect(names.at(-1)).toBe("minSupport: 0.2");
});

it("a form's schema is what the checks say, else what the right answers have in common", () => {
  const value = { type: "object", properties: { a: { type: "string" } } };
  const checked: Case = failed("trn_1", "?", "{}", { expect: [{ scorer: "is-json", options: { value }, weight: 1 }] });
  expect(schemaOf([checked])).toEqual(value);
  const answers = [1, 2].map((floor) => failed(`trn_${floor}`, "?", JSON.stringify({ floor })));
  expect(schemaOf(answers)).toMatchObject({ properties: { floor: { type: "number" } } });
  expect(schemaOf([failed("trn_1", "?", "Five days.")])).toBeNull();
});
