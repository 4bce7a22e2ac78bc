import { afterAll, expect, test } from "vitest";
import { createModels } from "#gateway";
import type { ReadSpan } from "#schema";

const models = createModels({ env: { ...process.env, PAWL_SKILLS: "" } }); // no folder is named: pawl's own skills
afterAll(() => models.close());
const { signal } = new AbortController();

/** A page of some hundred tokens, so that it is read by itself. */
const page = (heading: string, first: string, about: string) =>
  `${heading}\n${first} ${Array.from({ length: 9 }, (_, at) => `Rule ${at + 1} about ${about} is kept by the team that it is about.`).join(" ")}`;
const passages = [
  page("Annual leave", "Up to five unused days of leave move into the next year.", "leave"),
  page("Badges", "A lost badge is reported to Facilities the same day.", "badges"),
  page("Parking", "Bicycles stand in the basement of the office.", "bicycles"),
];

test("a reader tells what it found so far while it reads on, and at last the best of each passage", async () => {
  const { reader, note } = await models.findReader();
  expect(note).toBeNull();
  const request = { model: reader?.model ?? "", question: "How many unused days move into the next year?", passages };
  const soFar: ReadSpan[][] = [];
  const { spans, others, inputTokens } = await models.read(request, {
    signal,
    onSpans: async (found) => void soFar.push(found),
  });
  expect(soFar.map((found) => found.map(({ passage }) => passage).toSorted())).toEqual([[0], [0, 1]]);
  expect(spans.map(({ passage }) => passage).toSorted()).toEqual([0, 1, 2]);
  for (const [best] of [...soFar, spans]) {
    expect(best?.passage).toBe(0);
    expect(passages[0]?.slice(best?.start, best?.end)).toMatch(/^(up to )?five( unused days)?( of leave)?$/i);
    expect(best?.support).toBeGreaterThan(0.5);
  }
  expect(inputTokens).toBeGreaterThan(300);
  expect(others).toHaveLength(20);
  expect(Math.max(...others.map(({ support }) => support))).toBeLessThanOrEqual(spans[0]?.support ?? 0);
  expect(await models.read(request, { signal })).toEqual({ spans, others, inputTokens });
});

test("of no passages nothing is asked, and a model that is no reader says so", async () => {
  expect(await models.read({ model: "local/default-reader", question: "Where?", passages: [] }, { signal })).toEqual({
    spans: [],
    others: [],
    inputTokens: 0,
  });
  const asked = models.read({ model: "local/default", question: "Where?", passages }, { signal });
  await expect(asked).rejects.toMatchObject({ code: "model-kind-wrong" });
});
