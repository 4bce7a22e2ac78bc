import { defineApp } from "pawl";

export default defineApp({
  name: "handbook",
  instructions:
    "Answer employees' questions from the handbook of Larkfield Instruments, in one or two plain sentences.",
  model: "local/default",
  knowledge: { handbook: "./docs/*.md" },
  questions: [
    "How many days of leave can I carry over?",
    "My laptop was stolen on a train. What do I do?",
    "How much notice do I give in my first months?",
    "May I bring my dog to the office?",
  ],
  evals: { data: "./questions.jsonl" },
});
