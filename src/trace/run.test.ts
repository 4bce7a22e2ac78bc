import { describe, expect, test } from "vitest";
import { fixedClock, newId } from "#kernel";
import type { Span, Steps } from "#schema";
import { given, spansOf } from "./known.ts";
import { resolveSpans } from "./reference.ts";
import { type Known, startRun } from "./run.ts";

const passage = {
  chunkId: "chk_1",
  documentId: "doc_1",
  title: "Leave",
  path: "leave.md",
  start: 0,
  end: 18,
  text: "Five days move on.",
  score: 1,
  bm25: null,
  vector: null,
};
const found: Steps["retrieve"]["out"] = { passages: [passage], evidence: [] };
const settings = { ...({} as Steps["retrieve"]["in"]["settings"]) }; // the run does not look inside

function run(known: readonly Known[] = [], scope = "app") {
  const spans: Span[] = [];
  const started = startRun({
    id: newId("run"),
    signal: new AbortController().signal,
    clock: fixedClock(1_000),
    scope,
    known,
    record: (span) => spans.push(span),
  });
  return { run: started, spans };
}

/** Retrieve, then compose over what was found; counts how often work was really done. */
async function twoSteps({ run: started }: ReturnType<typeof run>, instructions = "Answer.") {
  let worked = 0;
  const retrieved = await started.step(
    "retrieve",
    "docs@1",
    { knowledge: "docs", query: "leave", settings },
    async () => {
      worked += 1;
      return found;
    },
  );
  const input = { instructions, examples: [], messages: [], passages: retrieved.passages };
  const composed = await started.step("compose", "passages", input, async () => {
    worked += 1;
    return {
      messages: [{ role: "user" as const, content: `${instructions} ${retrieved.passages[0]?.text}` }],
      used: [0],
    };
  });
  return { worked, composed };
}

describe("a run", () => {
  test("records each step once, with its path, its key and its parent", async () => {
    const recorded = run();
    await recorded.run.step("task", "outer", {}, async (within) => {
      await within.step("task", "first", { n: 1 }, async () => 1);
      await within.step("task", "second", { n: 2 }, async () => 2);
      within.note("took the long way");
      return "done";
    });
    const outer = recorded.spans.at(-1);
    expect(recorded.spans.map((span) => span.path)).toEqual(["task/task", "task/task#2", "task"]);
    expect(recorded.spans[0]?.parent).toBe(outer?.id);
    expect(outer?.notes).toEqual(["took the long way"]);
    expect(new Set(recorded.spans.map((span) => span.key)).size).toBe(3);
  });

  test("stores an input that is another span's output as a reference, and gives the whole value back", async () => {
    const recorded = run();
    await twoSteps(recorded);
    const [retrieve, compose] = recorded.spans;
    expect(compose?.input).toMatchObject({ passages: { $span: retrieve?.id, at: ["passages"] } });
    expect(resolveSpans(recorded.spans)[1]?.input).toMatchObject({ passages: [passage] });
  });

  test("records a step that failed, and why", async () => {
    const recorded = run();
    const failing = recorded.run.step("task", "broken", {}, async () => {
      throw new TypeError("secret inside");
    });
    await expect(failing).rejects.toThrow();
    expect(recorded.spans[0]?.error?.code).toBe("internal");
    expect(recorded.spans[0]?.error?.message).not.toContain("secret");
  });
});

describe("what is known", () => {
  test("a replay of the same steps does no work and gives the same outputs", async () => {
    const first = run();
    const { composed } = await twoSteps(first);
    const again = run([spansOf(first.spans, { faithful: true })]);
    const second = await twoSteps(again);
    expect(second).toEqual({ worked: 0, composed });
    expect(again.spans.map((span) => span.source)).toEqual(["replay", "replay"]);
  });

  test("under other instructions only the step that differs is done", async () => {
    const first = run();
    await twoSteps(first);
    const again = run([spansOf(first.spans)]);
    const { worked } = await twoSteps(again, "Be brief.");
    expect(worked).toBe(1);
    expect(again.spans.map((span) => span.source)).toEqual(["replay", "work"]);
  });

  test("a faithful replay refuses a step that differs", async () => {
    const first = run();
    await twoSteps(first);
    const again = run([spansOf(first.spans, { faithful: true })]);
    await expect(twoSteps(again, "Be brief.")).rejects.toMatchObject({ code: "replay-mismatch" });
  });

  test("nothing crosses a scope: another tenant's equal step is done again", async () => {
    const first = run([], "tenant-a");
    await twoSteps(first);
    const again = run([spansOf(first.spans)], "tenant-b");
    expect((await twoSteps(again)).worked).toBe(2);
  });

  test("a step is replayed up to the one that is asked to run again", async () => {
    const first = run();
    await twoSteps(first);
    const again = run([spansOf(first.spans, { before: "compose" })]);
    expect((await twoSteps(again)).worked).toBe(1);
    expect(() => spansOf(first.spans, { before: "model" })).toThrow(/no step at model/);
  });

  test("a given output takes the place of the step's work", async () => {
    const better = { ...found, passages: [{ ...passage, text: "Ten days move on." }] };
    const { composed } = await twoSteps(run([given("retrieve", better)]));
    expect(composed.messages[0]?.content).toContain("Ten days");
  });

  test("a given output of another kind's shape is refused", async () => {
    const wrong = { passages: "none" } as unknown as Steps["retrieve"]["out"]; // what a user without types could write
    await expect(twoSteps(run([given("retrieve", wrong)]))).rejects.toMatchObject({ code: "bad-request" });
  });
});
