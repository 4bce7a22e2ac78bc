import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { steps } from "#schema";
import { startPawl, type TestServer } from "./server.ts";

// What pawl ships in skills/, as users have it: on by default.
let server: TestServer;
beforeAll(async () => {
  server = await startPawl({ env: { PAWL_SKILLS: "" } }); // no folder is named: pawl's own
});
afterAll(() => server.stop());

const ask = async (content: string, answer?: "model") => {
  const { choices, pawl } = await server.client.chat({
    body: { model: "app/small", messages: [{ role: "user", content }], ...(answer ? { pawl: { answer } } : {}) },
  });
  expect(choices[0]?.logprobs).toBeNull(); // nobody asked for them
  return { text: choices[0]?.message.content ?? "", ...pawl };
};

describe("an app with documents, as pawl is installed", () => {
  test("answers with the words that the reader finds, and cites the statement that they stand in", async () => {
    const { text, mode, abstained, citations, turn } = await ask(
      "How many unused days of leave move into the next year?",
    );
    expect({ mode, abstained }).toEqual({ mode: "reader", abstained: false });
    expect(text).toMatch(/^(up to )?five[\w ]* \[1\]$/i);
    expect(citations?.[0]?.quote).toBe("Up to five unused days move into the next leave year.");
    expect(citations?.[0]?.support).toBeGreaterThan(0.5);
    const { spans } = await server.client.turn({ params: { id: turn ?? "" } });
    expect(spans.map(({ kind }) => kind)).toEqual(["retrieve", "read", "answer"]);
    expect(spans[1]?.name).toMatch(/^local\/minilm-reader@[0-9a-f]{64}\+[0-9a-f]{64}$/);
  });

  test("says so where the documents do not", async () => {
    const { mode, abstained, citations } = await ask("Which airline does the company fly with?");
    expect({ mode, abstained, citations }).toEqual({ mode: "reader", abstained: true, citations: [] });
  });
});

describe("the same app, asked for the model's words", () => {
  test("answers with a few words of the right passage, and cites the sentence that holds them", async () => {
    const { text, mode, abstained, citations, turn } = await ask(
      "How many unused days of leave move into the next year?",
      "model",
    );
    expect({ mode, abstained }).toEqual({ mode: "model", abstained: false });
    // The reader beside it says the same; what both would be compared by is in the trace.
    const { spans } = await server.client.turn({ params: { id: turn ?? "" } });
    const outputs = Object.fromEntries(spans.map(({ kind, output }) => [kind, output]));
    expect(steps.read.out.parse(outputs.read).others).toHaveLength(20);
    expect(steps.model.out.parse(outputs.model).logprobs?.length).toBeGreaterThan(2);
    expect(text).toMatch(/^(up to )?five[\w ]* \[1\]$/i);
    expect(citations?.[0]?.quote).toContain("Up to five unused days move into the next leave year.");
  });

  test("says so where the documents do not", async () => {
    const { abstained, citations } = await ask("Which airline does the company fly with?", "model");
    expect({ abstained, citations }).toEqual({ abstained: true, citations: [] });
  });
});
