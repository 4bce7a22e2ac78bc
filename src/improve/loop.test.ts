import { describe, expect, test } from "vitest";
import { PawlError } from "#kernel";
import type { Cause, Example, Feedback, FeedbackBody, Release, Turn, TurnAnswer } from "#schema";
import { closeness } from "./closeness.ts";
import { type Correction, correctionsOf, divided, likedOf } from "./corrections.ts";
import { improve, type LoopParts } from "./loop.ts";
import { conversationsOf } from "./training.ts";
import { correctionShare, simulateUsers, thumbShare } from "./users.ts";

const said = (text: string, abstained = false): TurnAnswer => ({ text, abstained, citations: [] });

function turnOf(id: string, question: string, answer: TurnAnswer): Turn {
  const messages = [{ role: "user" as const, content: question }];
  return {
    id,
    session: "s",
    app: "desk",
    release: "rel_1",
    status: "done",
    startMs: 0,
    endMs: 1,
    firstContentMs: 0,
    question,
    input: { messages },
    answer,
    error: null,
    usage: { inputTokens: 0, outputTokens: 0, cachedTokens: 0 },
    spans: [],
  };
}

function exampleOf(n: number, answer: string): Example {
  const question = `Question ${n}?`;
  return {
    id: `q${n}`,
    hash: `h${n}`,
    messages: [{ role: "user", content: question }],
    answer,
    answers: [],
    groups: [`g${n}`],
    split: "development",
    sources: [],
    expect: [],
    tags: {},
    provenance: { source: "jsonl", at: "1", importedAt: "2026-01-01T00:00:00.000Z" },
  } as Example;
}

/** 300 turns of 100 questions, all answered wrong; the reference of each has a word of its own. */
const asked = Array.from({ length: 100 }, (_, n) =>
  Array.from({ length: 3 }, (_, round) => ({
    turn: turnOf(`trn_${n}_${round}`, `Question ${n}?`, said("Nobody knows.")),
    example: exampleOf(n, `secret${n}`),
  })),
).flat();

function withFeedback(bodies: readonly { turn: string; body: FeedbackBody }[]): (Turn & { feedback: Feedback[] })[] {
  return asked.map(({ turn }) => ({
    ...turn,
    feedback: bodies
      .filter((one) => one.turn === turn.id)
      .map(({ body }, i) => ({
        id: `fbk_${i}`,
        turn: turn.id,
        release: turn.release,
        rater: body.rater ?? "",
        createdAt: "2026-01-01T00:00:00.000Z",
        body,
      })),
  }));
}

describe("simulated users", () => {
  const bodies = simulateUsers(asked, { seed: 1, documentId: () => undefined });
  const of = (kind: string) => bodies.filter(({ body }) => body.kind === kind);

  test("give thumbs on at most 30 % of the turns and corrections on at most 20 %, each question once", () => {
    expect(of("thumb").length).toBeGreaterThan(0);
    expect(of("thumb").length).toBeLessThanOrEqual(asked.length * thumbShare);
    expect(of("correction").length).toBeGreaterThan(0);
    expect(of("correction").length).toBeLessThanOrEqual(asked.length * correctionShare);
    const questions = of("correction").map(({ turn }) => turn.split("_")[1]);
    expect(new Set(questions).size).toBe(questions.length);
  });

  test("are the same for the same seed, and others for another", () => {
    expect(simulateUsers(asked, { seed: 1, documentId: () => undefined })).toEqual(bodies);
    expect(simulateUsers(asked, { seed: 2, documentId: () => undefined })).not.toEqual(bodies);
  });

  test("are the only way by which a reference reaches what is learned from", () => {
    const corrections = correctionsOf(withFeedback(bodies));
    const learned = JSON.stringify(conversationsOf(corrections, (turn) => [{ role: "user", content: turn.question }]));
    const secrets = new Set(learned.match(/secret\d+/g));
    const told = new Set(JSON.stringify(of("correction")).match(/secret\d+/g));
    expect(secrets).toEqual(told);
    expect(secrets.size).toBeLessThan(100);
  });
});

test("corrections are divided the same way whatever their order, and no part shares one with the held-back", () => {
  const corrections = correctionsOf(withFeedback(simulateUsers(asked, { seed: 1, documentId: () => undefined })));
  const parts = divided(corrections);
  expect(divided([...corrections].reverse())).toEqual(parts);
  const ids = (list: readonly Correction[]) => list.map(({ turn }) => turn.question);
  const all = [...ids(parts.held), ...ids(parts.validation), ...ids(parts.train)];
  expect(new Set(all).size).toBe(corrections.length);
  expect(ids(parts.held).filter((id) => ids(parts.shown).includes(id))).toEqual([]);
});

test("closeness counts members of a JSON object, words of a text, and abstentions", () => {
  expect(closeness(said('{"a":"x","b":"y"}'), '{"a": "x", "b": "z"}')).toBe(0.5);
  expect(closeness(said("no JSON"), '{"a": "x"}')).toBe(0);
  expect(closeness(said("Five days [2]"), "five days")).toBe(1);
  expect(closeness(said("", true), null)).toBe(1);
  expect(closeness(said("", true), "five days")).toBe(0);
});

test("liked is what has more thumbs up than down and was not corrected, its newest turn", () => {
  const reacted = (id: string, question: string, startMs: number, ...bodies: FeedbackBody[]) => ({
    ...turnOf(id, question, said(`${id} [1]`)),
    startMs,
    feedback: bodies.map((body, i) => ({
      ...{ id: `fb_${id}_${i}`, turn: id, release: "rel_1", rater: "a", createdAt: "2026-01-01T00:00:00.000Z" },
      body,
    })),
  });
  const up: FeedbackBody = { kind: "thumb", value: 1 };
  const liked = likedOf([
    reacted("newer", "When?", 2, up),
    reacted("older", "When?", 1, up),
    reacted("both", "Where?", 3, up, { kind: "thumb", value: -1 }),
    reacted("corrected", "Who?", 4, up, { kind: "correction", value: "Ada" }),
  ]);
  expect(liked).toMatchObject([{ turn: { id: "newer" }, wanted: "newer" }]);
});

test("of several corrections of a question the newest counts, whatever turn it was said of", () => {
  const corrected = (id: string, value: string, createdAt: string) => ({
    ...turnOf(id, "When?", said("Never.")),
    feedback: [
      {
        id: `fb_${id}`,
        turn: id,
        release: "rel_1",
        rater: "a",
        createdAt,
        body: { kind: "correction" as const, value },
      },
    ],
  });
  const turns = [
    corrected("trn_1", "At noon.", "2026-01-02T00:00:00.000Z"),
    corrected("trn_2", "At ten.", "2026-01-01T00:00:00.000Z"),
  ];
  expect(correctionsOf(turns)).toMatchObject([{ wanted: "At noon.", turn: { id: "trn_1" } }]);
});

describe("the loop", () => {
  const ability: Cause = {
    name: "model-ability",
    lostAt: null,
    turns: ["trn_1"],
    remedy: { kind: "tune", text: "Train it." },
    trials: [],
  };
  const spec = { knowledge: {}, route: [{ model: "local/default", version: "1" }] };
  const live = { id: "rel_live", app: "desk", createdAt: "2026-01-01T00:00:00.000Z", spec } as unknown as Release; // what the loop reads of it

  /** A world where the tuned release answers as people want, and the live one never does. */
  function world(change: Partial<LoopParts> = {}): { parts: LoopParts; calls: string[] } {
    const calls: string[] = [];
    const corrections = correctionsOf(withFeedback(simulateUsers(asked, { seed: 1, documentId: () => undefined })));
    const wantedOf = (turn: Turn) => corrections.find((one) => one.turn.id === turn.id)?.wanted ?? "";
    const parts: LoopParts = {
      app: "desk",
      live,
      minutes: 60,
      left: () => 60,
      signal: new AbortController().signal,
      step: (name, work) => {
        calls.push(name);
        return work();
      },
      say: () => {},
      users: async () => ({ turns: 300, questions: 100, thumbs: 90, areSimulated: true }),
      corrections: async () => corrections,
      liked: async () => [],
      estimate: async () => null,
      causes: async () => [ability],
      candidate: async ({ adapter }) => ({ ...live, id: adapter ? "rel_tuned" : "rel_prompt" }),
      answer: async ({ id }, turn) => said(id === "rel_tuned" ? wantedOf(turn) : "Nobody knows."),
      gateExamples: async () => 100,
      train: async () => ({ adapter: "a".repeat(64), note: "Trained." }),
      gate: async () => ({ passed: true, reason: "Gain on f1.", metrics: [], release: "rel_tuned" }),
      report: async () => ({ metrics: [], story: ["On the report split: better."] }),
      ...change,
    };
    return { parts, calls };
  }

  test("promotes what the gate lets through, and tells each step", async () => {
    const report = await improve(world().parts);
    expect(report).toMatchObject({ verdict: "promoted", candidate: "rel_tuned", areUsersSimulated: true });
    expect(report.arms.map(({ kind }) => kind)).toEqual(["live", "prompt", "tune"]);
    expect(report.story.join("\n")).toMatch(/Simulated users.*tuned: 100 %.*Promoted: Gain on f1/s);
  });

  test("refuses what the gate refuses, with its reason", async () => {
    const gate = async () => ({
      passed: false,
      reason: "Refused, worse: abstention.",
      metrics: [],
      release: "rel_tuned",
    });
    const report = await improve(world({ gate }).parts);
    expect(report).toMatchObject({ verdict: "refused", reason: "Refused, worse: abstention.", report: [] });
  });

  test("refuses before anything is trained where the gate's examples could not show the gain", async () => {
    const { parts, calls } = world({ gateExamples: async () => 4 });
    const near: LoopParts = {
      ...parts,
      corrections: async () => (await parts.corrections(await parts.users())).map((one) => ({ ...one, wanted: "x" })),
      answer: async () => said("x"),
    };
    const report = await improve(near);
    expect(report.verdict).toBe("refused");
    expect(report.reason).toMatch(/More examples are needed before anything is trained/);
    expect(calls).not.toContain("tune");
  });

  test("never trains where the cause is one that a person must mend", async () => {
    const missing: Cause = {
      ...ability,
      name: "document-missing",
      remedy: { kind: "document", text: "Write about leave." },
    };
    const { parts, calls } = world({ causes: async () => [missing] });
    const report = await improve(parts);
    expect(report).toMatchObject({ verdict: "refused", todo: ["Write about leave."] });
    expect(report.reason).toMatch(/not the app's to mend/);
    expect(calls).not.toContain("tune");
  });

  test("keeps what the gate needs of its minutes: then no arm is tried and nothing is trained", async () => {
    const { parts, calls } = world({ left: () => 0.5, answer: async () => said("Nobody knows.") });
    const report = await improve(parts);
    expect(report.verdict).toBe("refused");
    expect(report.reason).toMatch(/give the loop more with --minutes/);
    expect(report.story.join("\n")).toMatch(/Nothing is trained: the minutes that are left are needed for the gate/);
    expect(calls).not.toContain("tune");
  });

  test("an instruction that mended turns when causes were looked for is an arm before training", async () => {
    const settings = { instructions: "Answer in the words of the passages.", answer: "model" };
    const prompt: Cause = { ...ability, name: "prompt", remedy: { kind: "prompt", text: "Add it.", settings } };
    const changes: unknown[] = [];
    const { parts } = world({ causes: async () => [prompt] });
    const report = await improve({
      ...parts,
      candidate: async (change) => {
        changes.push(change);
        return parts.candidate(change);
      },
    });
    expect(report.arms.map(({ name }) => name)).toEqual(["live", "instructions, answer: model", "3 examples", "tuned"]);
    expect(changes[0]).toEqual(settings);
  });

  test("what the trainer refuses ends the training, not the loop", async () => {
    const train = () => Promise.reject(new PawlError("memory-short", "It would take 9 GB, and 2 are free."));
    const report = await improve(world({ train, answer: async () => said("Nobody knows.") }).parts);
    expect(report).toMatchObject({ verdict: "refused", reason: expect.stringContaining("No remedy that was tried") });
    expect(report.story).toContain("Nothing is trained: It would take 9 GB, and 2 are free.");
    const crashed = () => Promise.reject(new PawlError("engine-crashed", "The engine is gone."));
    await expect(improve(world({ train: crashed }).parts)).rejects.toThrow("The engine is gone.");
  });

  test("an arm that mends some answers and spoils more that were liked is not chosen", async () => {
    const liked = asked.slice(0, 30).map(({ turn }) => ({ turn, wanted: "Nobody knows.", passage: null }));
    const release = { release: "rel_live", turns: 300, thumbs: 90, low: 0.7, high: 0.9 };
    const estimate = async () => ({ ...release, raw: 0.8, corrected: 0.8 }) as never; // what the loop reads of it
    const { parts } = world({ liked: async () => liked, estimate });
    const report = await improve(parts);
    expect(report).toMatchObject({
      verdict: "refused",
      reason: expect.stringContaining("what they liked included"),
      todo: [expect.stringMatching(/^Name a larger model .+ 1 turn is more than this model can do\.$/)],
    });
    expect(report.story.join("\n")).toMatch(/tuned: 100 %, and 0 % of what was liked/);
    expect((await improve({ ...parts, liked: async () => [] })).verdict).toBe("promoted");
  });

  test("an app that quotes its documents hears what was trained only in the model's words", async () => {
    const quoting = {
      ...live,
      spec: { ...live.spec, answer: "reader", knowledge: { docs: {} } },
    } as unknown as Release; // what the loop reads of it
    const changes: unknown[] = [];
    const { parts } = world();
    const report = await improve({
      ...parts,
      live: quoting,
      candidate: async (change) => {
        changes.push(change);
        return parts.candidate(change);
      },
    });
    expect(report.verdict).toBe("promoted");
    expect(changes.at(-1)).toEqual({ adapter: "a".repeat(64), answer: "model" });
  });

  test("where nothing that failed can be mended it says so, and points at nobody", async () => {
    const none: Cause = { ...ability, name: "none", remedy: { kind: "none", text: "Nobody said what was right." } };
    const report = await improve(world({ causes: async () => [none] }).parts);
    expect(report).toMatchObject({ verdict: "refused", todo: [] });
    expect(report.reason).toMatch(/No cause was found/);
  });

  test("says when there is too little to choose by", async () => {
    const { parts } = world();
    const report = await improve({
      ...parts,
      corrections: async () => (await parts.corrections(await parts.users())).slice(0, 3),
    });
    expect(report.reason).toMatch(/3 corrections are too few/);
  });
});
