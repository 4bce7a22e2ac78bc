import { expect, test } from "vitest";
import {
  type AnsweredLine,
  type AnswersLine,
  type AnswersOptions,
  benchAnswers,
  chatArm,
  readerArm,
} from "./answers.ts";

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

const world = (known: AnsweredLine[] = []): Omit<AnswersOptions, "lines" | "arms"> => ({
  recorded: (line) => known[line],
  record: async (line, answered) => {
    known[line] = answered;
  },
  report: () => {},
  signal: new AbortController().signal,
});

test("Figures are over the lines that they are about; who abstains from an answerable line gets 0 for it", async () => {
  const prompts: string[] = [];
  const saying = (texts: string[]) => {
    const left = [...texts];
    return chatArm({ instructions: "Be brief.", examples: [] }, async (messages) => {
      prompts.push(messages.at(-1)?.content ?? "");
      return { text: left.shift() ?? "" };
    });
  };
  const arms = await benchAnswers({
    lines,
    arms: {
      good: saying(["the five days [1]", "It is blue [1].", "The documents do not say."]),
      shy: saying(["The documents do not say.", "blue [2]", "yesterday [1]"]),
    },
    ...world(),
  });
  expect(arms.good).toMatchObject({ f1: 0.75, exact: 0.5, citation: 0.5, abstention: 1, falseAbstention: 0 });
  expect(arms.shy).toMatchObject({ f1: 0.5, exact: 0.5, citation: 1, abstention: 0, falseAbstention: 0.5 });
  expect(prompts[2]).toBe("<passages>\n[1] One.\n\n[2] The sky is blue.\n</passages>\n\nQuestion: What colour?");
});

test("Of a model and a reader beside it the surer one answers and cites; a reader alone says nothing that it doubts", async () => {
  const read = async () => [{ text: "blue", passage: 1, support: 0.95 }];
  const said = (text: string, logprob: number) => async () => ({ text, logprobs: [{ token: text, logprob, top: [] }] });
  const spec = { instructions: "", examples: [] };
  const line = lines[1]!;
  const readers = { abstained: false, answer: "blue", cited: 2 };
  expect(await chatArm(spec, said("green [1]", -2), read)(line)).toEqual(readers);
  expect(await chatArm(spec, said("green [1]", -0.01), read)(line)).toEqual({ ...readers, answer: "green", cited: 1 });
  expect(await chatArm(spec, said("green [1]", -2))(line)).toMatchObject({ answer: "green" });
  expect(await chatArm(spec, said("The documents do not say.", -0.01), read)(line)).toEqual(readers);
  expect(await readerArm(read)(line)).toEqual(readers);
  expect(await readerArm(async () => [{ text: "blue", passage: 1, support: 0.3 }])(line)).toMatchObject({
    abstained: true,
  });
});

test("What was answered before an interruption is not asked again, and counts", async () => {
  const known: AnsweredLine[] = [];
  let asked = 0;
  const arms = {
    once: async () => {
      asked += 1;
      if (asked === 2) throw new Error("The power is gone.");
      return { abstained: false, answer: "five", cited: 1 };
    },
  };
  await expect(benchAnswers({ lines, arms, ...world(known) })).rejects.toThrow("The power is gone.");
  const told = await benchAnswers({ lines, arms, ...world(known) });
  expect(asked).toBe(4);
  expect(told.once).toMatchObject({ exact: 0.5, abstention: 0 });
  expect(told.once?.exactInterval).toMatchObject({ low: 0, high: 1 });
});
