import { expect, test } from "vitest";
import { type AnswersLine, benchAnswers, chatArm } from "./answers.ts";

const lines: AnswersLine[] = [
  {
    passages: ["Five days move."],
    question: "How many?",
    answer: "Five days",
    citation: 1,
    answers: ["Five days", "five"],
  },
  { passages: ["One.", "The sky is blue."], question: "What colour?", answer: "blue", citation: 2, answers: [] },
  { passages: ["One."], question: "When?", answer: null, answers: [] },
];

test("Figures are over the lines that they are about; who abstains from an answerable line gets 0 for it", async () => {
  const prompts: string[] = [];
  const saying = (texts: string[]) => {
    const left = [...texts];
    return chatArm({ instructions: "Be brief.", examples: [] }, async (messages) => {
      prompts.push(messages.at(-1)?.content ?? "");
      return left.shift() ?? "";
    });
  };
  const arms = await benchAnswers({
    lines,
    arms: {
      good: saying(["the five days [1]", "It is blue [1].", "The documents do not say."]),
      shy: saying(["The documents do not say.", "blue [2]", "yesterday [1]"]),
    },
    report: () => {},
    signal: new AbortController().signal,
  });
  expect(arms.good).toMatchObject({ f1: 0.75, exact: 0.5, citation: 0.5, abstention: 1, falseAbstention: 0 });
  expect(arms.shy).toMatchObject({ f1: 0.5, exact: 0.5, citation: 1, abstention: 0, falseAbstention: 0.5 });
  expect(prompts[2]).toBe("<passages>\n[1] One.\n\n[2] The sky is blue.\n</passages>\n\nQuestion: What colour?");
});
