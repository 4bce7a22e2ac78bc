import { readFileSync } from "node:fs";
import { join } from "node:path";

/** One question whose answer is known and stands in a passage, word for word. */
export type Fact = {
  source: "wiki" | "reviews" | "rules" | "tables";
  /** What belongs to one document: whole titles go to one split. */
  title: string;
  /** What a reader would see above the passage. */
  heading: string;
  passage: string;
  question: string;
  /** The answer to learn: the one that agrees best with the others. */
  answer: string;
  /** All accepted answers. */
  answers: string[];
};

/** Every question of the given data that has an answer to copy; see README.md for what is left out. */
export function readFacts(folder: string): Fact[] {
  const lines = (name: string): Record<string, unknown>[] =>
    readFileSync(join(folder, "qa", name), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
  return [
    ...lines("wiki.train.jsonl").flatMap((line) => spanFact("wiki", line)),
    ...lines("reviews.jsonl").flatMap((line) => spanFact("reviews", line)),
    ...lines("conditional.jsonl").flatMap(ruleFact),
    ...lines("tables.jsonl").flatMap(tableFacts),
  ];
}

/** A line of the SQuAD form. */
function spanFact(source: "wiki" | "reviews", line: Record<string, unknown>): Fact[] {
  const title = String(line.title);
  const passage = tidy(String(line.passage));
  const answers = strings(line.answers)
    .map(tidy)
    .filter((answer) => answer !== "" && passage.includes(answer));
  if (answers.length === 0) return [];
  const heading = source === "wiki" ? decodeURIComponent(title).replaceAll("_", " ") : "Customer review";
  return [{ source, title, heading, passage, question: tidy(String(line.question)), answer: middle(answers), answers }];
}

/** A question on government rules with one unconditional answer that stands in its passage, whatever its capitals. */
function ruleFact(line: Record<string, unknown>): Fact[] {
  const passage = tidy(String(line.passage));
  const given = Array.isArray(line.answers) ? line.answers : [];
  const [only] = given;
  if (given.length !== 1 || only.conditions.length > 0 || /^(yes|no)$/i.test(only.text)) return [];
  const text = tidy(String(only.text));
  const at = passage.toLowerCase().indexOf(text.toLowerCase());
  if (at < 0) return [];
  const answer = passage.slice(at, at + text.length);
  const title = String(line.url);
  const name = title.split("/").at(-1)?.replaceAll("-", " ") ?? "";
  const heading = name.charAt(0).toUpperCase() + name.slice(1);
  const question = tidy(String(line.question));
  return [{ source: "rules", title, heading, passage, question, answer, answers: [answer] }];
}

/** Questions on a table that one of its cells answers. */
function tableFacts(line: Record<string, unknown>): Fact[] {
  const rows = (Array.isArray(line.table) ? line.table : []).map((row) => strings(row).map(tidy));
  const passage = rows.map((row) => `| ${row.join(" | ")} |`).join("\n");
  const paragraphs = strings(line.paragraphs);
  const heading = tidy(paragraphs[0] ?? "").slice(0, 60);
  const questions = Array.isArray(line.questions) ? line.questions : [];
  return questions
    .filter((one) => one.answer_type === "span" && one.answer_from === "table")
    .flatMap((one) => {
      const answer = tidy(String(one.answer[0]));
      if (answer === "" || !passage.includes(answer)) return [];
      const question = tidy(String(one.question));
      return [
        { source: "tables" as const, title: String(line.id), heading, passage, question, answer, answers: [answer] },
      ];
    });
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

/** Runs of blanks are one; line breaks stay. Reviews hold characters as HTML writes them. */
function tidy(text: string): string {
  return text
    .replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)))
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&")
    .replace(/[^\S\n]+/g, " ")
    .replace(/ ?\n[\s]*/g, "\n")
    .trim();
}

/** The answer with the highest mean F1 over words against the others; of equals the shortest. */
function middle(answers: readonly string[]): string {
  const score = (one: string) => answers.reduce((sum, other) => sum + wordF1(one, other), 0);
  return answers.toSorted((a, b) => score(b) - score(a) || a.length - b.length)[0] ?? "";
}

function wordF1(a: string, b: string): number {
  const [left, right] = [words(a), words(b)];
  const rest = [...right];
  let same = 0;
  for (const word of left) {
    const at = rest.indexOf(word);
    if (at < 0) continue;
    rest.splice(at, 1);
    same += 1;
  }
  return same === 0 ? 0 : (2 * same) / (left.length + right.length);
}

/** Lower-case words and numbers. */
export function words(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}
