import { defineApp } from "pawl";

export default defineApp({
  name: "handbook",
  instructions:
    "Answer employees' questions from the handbook of Larkfield Instruments, in one or two plain sentences.",
  model: "local/default",
  knowledge: { handbook: "./docs/*.md" },
  questions: [
    "How many days of leave can I carry over?",
    "What may a hotel in London cost?",
    "How long is lost property kept?",
    "How much does a replacement key cost?",
  ],
  evals: { data: "./questions.jsonl" },
});
