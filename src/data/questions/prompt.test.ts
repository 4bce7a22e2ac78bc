import { expect, test } from "vitest";
import { questionExample } from "./prompt.ts";

const passage = "Badges\nA lost badge is reported the same day. A new badge costs £8 and is ready after two days.";
const line = (question: string, answer: string) => questionExample({ passages: [passage], question, answer });

test("a line of the answering data is turned around: passage, sentence and answer in, question out", () => {
  const [system, asked, said] = line("How much does a new badge cost?", "£8")?.messages ?? [];
  expect(system?.role).toBe("system");
  expect(asked?.content).toContain("Sentence: A new badge costs £8 and is ready after two days.\nAnswer: £8");
  expect(said).toEqual({ role: "assistant", content: "How much does a new badge cost?" });
  expect(line("How much does a new badge cost?", "£9")).toBeNull();
});

test.each([
  ["How much does a new badge cost?", "£8", null],
  ["How much do gym visits cost?", "£8", "names what its sentence does not"],
  ["When is a new badge ready?", "£8", "asks for another kind of answer"],
])("a question that would not be kept says why: %s", (question, answer, fault) => {
  expect(line(question, answer)?.fault).toBe(fault);
});
