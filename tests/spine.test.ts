import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startPawl, type TestServer } from "./server.ts";

// The spine, proved on a running pawl: what was acknowledged survives, a replay asks no model.
let pawl: TestServer;
beforeAll(async () => {
  pawl = await startPawl();
});
afterAll(() => pawl.stop());

const ask = (question: string, more: object = {}) => ({
  model: "app/small",
  messages: [{ role: "user" as const, content: question }],
  ...more,
});
const byModel = { pawl: { answer: "model" as const }, max_tokens: 48 };

describe("an answer", () => {
  test("is grounded: its citation is a verbatim range of the document's text", async () => {
    const completion = await pawl.client.chat({ body: ask("How many unused days of leave move into the next year?") });
    const [citation] = completion.pawl?.citations ?? [];
    expect(completion.choices[0]?.message.content).toContain("[1]");
    expect(completion.pawl?.abstained).toBe(false);
    expect(citation?.title).toBe("Annual leave › Carrying over");
    const text = await pawl.client.documentText({ params: { id: citation?.documentId ?? "" } });
    expect(text.slice(citation?.start, citation?.end)).toBe(citation?.quote);
  });

  test("abstains where the documents do not say", async () => {
    const completion = await pawl.client.chat({ body: ask("Who won the football world cup in 1974?") });
    expect(completion.pawl).toMatchObject({ abstained: true, citations: [] });
  });

  test("streams what was found first, and never inside the content", async () => {
    const chunks = [];
    for await (const chunk of pawl.client.stream(ask("How do I book a train?"))) chunks.push(chunk);
    expect(chunks[0]?.pawl).toHaveProperty("found.passages");
    expect(chunks[0]?.choices[0]?.delta.content).toBeUndefined();
    expect(chunks.at(-1)?.pawl).toHaveProperty("citations");
  });

  test("has its turn at once, each step a span", async () => {
    const completion = await pawl.client.chat({ body: ask("What may a hotel in London cost?", byModel) });
    const turn = await pawl.client.turn({ params: { id: completion.id } });
    expect(turn.spans.map((span) => span.path)).toEqual(["retrieve", "compose", "route", "model", "answer"]);
    expect(turn.spans.every((span) => span.endMs >= span.startMs && span.source === "work")).toBe(true);
    expect(turn.usage.outputTokens).toBeGreaterThan(0);
  });
});

describe("a replay", () => {
  test("under the turn's own release asks no model and gives the same answer", async () => {
    const first = await pawl.client.chat({ body: ask("What may a hotel in London cost?", byModel) });
    const again = await pawl.client.replay({ params: { id: first.id }, body: { faithful: true } });
    expect(again.spans.map((span) => span.source)).toEqual(Array(5).fill("replay"));
    expect(again.answer?.text).toBe(first.choices[0]?.message.content);
    expect(again.answer?.citations).toEqual(first.pawl?.citations);
    expect(again.usage.outputTokens).toBe(0);
  });
});

describe("feedback", () => {
  test("is attached to the turn; the same rater and kind replaces", async () => {
    const { id } = await pawl.client.chat({ body: ask("How do I book a train?") });
    const first = await pawl.client.feedback({ params: { id }, body: { kind: "thumb", value: 1, rater: "ann" } });
    const second = await pawl.client.feedback({
      params: { id },
      body: { kind: "thumb", value: -1, rater: "ann", reason: "too short" },
    });
    expect([first.replaced, second.replaced]).toEqual([false, true]);
    await pawl.client.outcome({ params: { id }, body: { kind: "resolved", value: true } });
    const turn = await pawl.client.turn({ params: { id } });
    expect(turn.feedback.map((found) => found.body)).toEqual([
      { kind: "thumb", value: -1, rater: "ann", reason: "too short" },
    ]);
    expect(turn.outcomes.map((found) => found.body.kind)).toEqual(["resolved"]);
    const { turns } = await pawl.client.turns({ query: { thumb: "down" } });
    expect(turns.map((found) => found.id)).toEqual([id]);
  });

  test("for a turn that is not there is a 404 with its code", async () => {
    const unknown = pawl.client.feedback({ params: { id: "trn_none" }, body: { kind: "thumb", value: 1 } });
    await expect(unknown).rejects.toMatchObject({ status: 404, code: "turn-unknown" });
  });
});

describe("after kill -9", () => {
  test("of the engine in mid-answer, that client gets a well-formed error and the next request works", async () => {
    const body = ask("What may a hotel in London cost? Tell me all about it.", {
      pawl: { answer: "model" as const },
      max_tokens: 400,
    });
    const read = async () => {
      let hasBegun = false;
      for await (const chunk of pawl.client.stream(body)) {
        if (hasBegun || !chunk.choices[0]?.delta.content) continue;
        hasBegun = true;
        execFileSync("pkill", ["-9", "-P", String(pawl.pid), "-f", "models/engine/main"]);
      }
    };
    await expect(read()).rejects.toMatchObject({ code: "engine-crashed" });
    const next = await pawl.client.chat({ body: ask("How do I book a train?", byModel) });
    expect(next.choices[0]?.finish_reason).toMatch(/stop|length/);
  });

  test("of the host while it streams, every turn whose last byte was sent is there", async () => {
    const acknowledged = new Set<string>();
    const asker = async (n: number) => {
      for (let i = 0; ; i++) {
        try {
          let id = "";
          for await (const chunk of pawl.client.stream(ask(`How do I book a train? ${n}-${i}`))) id = chunk.id;
          acknowledged.add(id); // the stream ended with its [DONE]
        } catch {
          return; // the server is gone
        }
      }
    };
    const askers = Promise.all([asker(1), asker(2), asker(3)]);
    await expect.poll(() => acknowledged.size, { timeout: 60_000 }).toBeGreaterThan(8);
    await pawl.stop("SIGKILL");
    await askers;
    pawl = await pawl.restart();
    for (const id of acknowledged)
      expect(await pawl.client.turn({ params: { id } })).toMatchObject({ id, status: "done" });
    const { documents } = await pawl.client.documents();
    expect(documents.map((document) => document.path)).toEqual(["docs/leave.md", "docs/travel.md"]);
  });
});
