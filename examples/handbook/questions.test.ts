import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import { z } from "zod";

const split = z.enum(["development", "gate", "report"]);
const kind = z.enum(["plain", "table", "two-sections", "unanswerable"]);
const question = z.strictObject({
  id: z.string().regex(/^handbook-\d{3}$/),
  question: z.string().min(10),
  answer: z.string().min(2).nullable(),
  answers: z.array(z.string().min(1)).max(3),
  group: z.string(),
  groups: z.array(z.string()).optional(),
  split,
  kind,
  lexical: z.boolean(),
  sources: z.array(
    z.strictObject({
      path: z.string(),
      start: z.number().int().nonnegative(),
      end: z.number().int().positive(),
      quote: z.string().min(1),
    }),
  ),
});
type Question = z.infer<typeof question>;

/** A `##` section of a page: `start` inclusive, `end` exclusive, in UTF-16 code units of the page. */
type Section = { readonly group: string; readonly path: string; readonly start: number; readonly end: number };

const read = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");
const pages = new Map(readdirSync(new URL("docs/", import.meta.url)).map((path) => [path, read(`docs/${path}`)]));
const sections = [...pages].flatMap(([path, text]) => sectionsOf(path, text));
const questions = read("questions.jsonl")
  .trimEnd()
  .split("\n")
  .map((line) => question.parse(JSON.parse(line)));
const answerable = questions.filter(({ kind }) => kind !== "unanswerable");

function sectionsOf(path: string, text: string): Section[] {
  const headings = [...text.matchAll(/^## (.+)$/gm)];
  return headings.map((heading, index) => ({
    group: `${path.replace(/\.md$/, "")}#${slug(heading[1] ?? "")}`,
    path,
    start: heading.index,
    end: headings[index + 1]?.index ?? text.length,
  }));
}

function slug(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .replace(/^-|-$/g, "");
}

function page(path: string): string {
  const text = pages.get(path);
  if (text === undefined) throw new Error(`no page ${path}`);
  return text;
}

function section(group: string): Section {
  const found = sections.find((each) => each.group === group);
  if (found === undefined) throw new Error(`no section ${group}`);
  return found;
}

const groupsOf = ({ group, groups }: Question) => groups ?? [group];

/** The sections in which a question's sources lie, each once. */
function sourceGroups({ sources }: Question): string[] {
  const groups = sources.map(
    ({ path, start, end }) =>
      sections.find((each) => each.path === path && each.start <= start && end <= each.end)?.group ?? `outside ${path}`,
  );
  return [...new Set(groups)];
}

// snowball-stemmers ships no types; this is the one function used.
const snowball: { newStemmer(language: "english"): { stem(word: string): string } } = createRequire(import.meta.url)(
  "snowball-stemmers",
);
const stemmer = snowball.newStemmer("english");

const stopWords = new Set(
  `a about above after again against all am an and any are aren as at be because been before being below between both but
  by cannot could couldn d did didn do does doesn doing don down during each few for from further had hadn has hasn have
  haven having he her here hers herself him himself his how i if in into is isn it its itself let ll m me more most mustn
  my myself no nor not of off on once only or other ought our ours ourselves out over own re s same shan she should
  shouldn so some such t than that the their theirs them themselves then there these they this those through to too under
  until up ve very was wasn we were weren what when where which while who whom why with won would wouldn you your yours
  yourself yourselves many much get long often one may must can will us`.split(/\s+/),
);

/** Stems of the words that carry meaning; figures count as words. */
function contentStems(text: string): Set<string> {
  const words = text.toLowerCase().split(/[^\p{L}\p{N}]+/u);
  return new Set(words.filter((word) => word !== "" && !stopWords.has(word)).map((word) => stemmer.stem(word)));
}

function sharedStems(each: Question): string[] {
  const passages = groupsOf(each).map((group) => {
    const { path, start, end } = section(group);
    return page(path).slice(start, end);
  });
  const passage = contentStems(passages.join("\n"));
  return [...contentStems(each.question)].filter((stem) => passage.has(stem));
}

describe("The handbook's pages", () => {
  it("are 25, each with one title and 5 to 7 sections of different names", () => {
    expect(pages.size).toBe(25);
    for (const [path, text] of pages) {
      expect(text, path).toMatch(/^# .+\n/);
      expect([...text.matchAll(/^# /gm)], path).toHaveLength(1);
      const groups = sectionsOf(path, text).map(({ group }) => group);
      expect(groups.length, path).toBeGreaterThanOrEqual(5);
      expect(groups.length, path).toBeLessThanOrEqual(7);
      expect(new Set(groups).size, path).toBe(groups.length);
    }
  });

  it("have at least twelve tables, every row as wide as its header", () => {
    const tables = [...pages].flatMap(([path, text]) =>
      [...text.matchAll(/^(?:\|.*\|\n)+/gm)].map(([table]) => ({ path, rows: table.trimEnd().split("\n") })),
    );
    expect(tables.length).toBeGreaterThanOrEqual(12);
    for (const { path, rows } of tables) {
      expect(new Set(rows.map((row) => row.split("|").length)).size, `${path}: ${rows[0]}`).toBe(1);
    }
  });

  it("refer to each other only by titles that exist, and never to themselves", () => {
    const titles = new Set([...pages.values()].map((text) => text.slice(2, text.indexOf("\n"))));
    for (const [path, text] of pages) {
      const references = [...text.matchAll(/(?<!\*)\*([^*\n]+)\*(?!\*)/g)].map((match) => match[1] ?? "");
      for (const title of references) {
        expect(titles.has(title), `${path}: *${title}*`).toBe(true);
        expect(text.startsWith(`# ${title}\n`), `${path} refers to itself`).toBe(false);
      }
      const quoted = [...text.matchAll(/"([^"\n]+)"/g)].map((match) => match[1] ?? "");
      expect(
        quoted.filter((words) => titles.has(words)),
        `${path}: a title in quotation marks`,
      ).toEqual([]);
    }
  });
});

describe("The handbook's questions", () => {
  it("are 300, numbered in order and all different", () => {
    expect(questions.map(({ id }) => id)).toEqual(
      Array.from({ length: 300 }, (_, index) => `handbook-${String(index + 1).padStart(3, "0")}`),
    );
    const asked = questions.map(({ question }) => [...contentStems(question)].sort().join(" "));
    expect(new Set(asked).size).toBe(300);
  });

  it.each(split.options)("hold 45 plain, 15 table, 15 two-section and 25 unanswerable ones in %s", (name) => {
    const ofSplit = questions.filter(({ split }) => split === name);
    const counts = Object.fromEntries(
      kind.options.map((option) => [option, ofSplit.filter(({ kind }) => kind === option).length]),
    );
    expect(counts).toEqual({ plain: 45, table: 15, "two-sections": 15, unanswerable: 25 });
    const wordless = ofSplit.filter(({ kind, lexical }) => kind !== "unanswerable" && !lexical);
    expect(wordless.length).toBeGreaterThanOrEqual(25);
  });

  it("keep every section in one split", () => {
    const splits = new Map<string, string>();
    for (const each of questions) {
      for (const group of groupsOf(each)) {
        section(group);
        expect(splits.get(group) ?? each.split, `${each.id}: ${group}`).toBe(each.split);
        splits.set(group, each.split);
      }
    }
    expect(sections.filter(({ group }) => !splits.has(group))).toEqual([]);
  });

  it("quote their pages verbatim at the stated offsets, inside the stated sections", () => {
    for (const each of questions) {
      for (const { path, start, end, quote } of each.sources) {
        expect(page(path).slice(start, end), each.id).toBe(quote);
      }
      if (each.kind !== "unanswerable") expect(sourceGroups(each).sort(), each.id).toEqual([...groupsOf(each)].sort());
    }
  });

  it("have an answer and a source exactly when they are answerable", () => {
    for (const { id, kind, answer, answers, sources } of questions) {
      const has = kind !== "unanswerable";
      expect([answer !== null, answers.length > 0, sources.length > 0], id).toEqual([has, has, has]);
    }
    for (const { id, answer } of answerable) expect((answer ?? "").split(/\s+/).length, id).toBeLessThanOrEqual(15);
  });

  it("are `lexical` exactly when they share a content word with their sections", () => {
    for (const each of questions) {
      const shared = sharedStems(each);
      expect(each.lexical, `${each.id} shares [${shared.join(", ")}]`).toBe(shared.length > 0);
    }
  });

  it("that need a table point to one whole row below a header, and a cell of it says the answer", () => {
    for (const { id, answers, sources } of questions.filter(({ kind }) => kind === "table")) {
      expect(sources, id).toHaveLength(1);
      for (const { path, start, end, quote } of sources) {
        const text = page(path);
        expect(text.slice(0, start), id).toMatch(/(?:^|\n)\|.*\|\n\|[ |:-]+\|\n(?:\|.*\|\n)*$/);
        expect(text.slice(end), id).toMatch(/^\n/);
        const cells = quote.slice(1, -1).split("|").slice(1);
        const said = answers.filter((answer) =>
          cells.some((cell) => cell.toLowerCase().includes(answer.toLowerCase())),
        );
        expect(said, `${id}: ${answers.join(" / ")} in ${quote}`).not.toEqual([]);
      }
    }
  });

  it("that need two sections name two, with a source in each; the others name one", () => {
    for (const { id, kind, group, groups } of questions) {
      if (kind !== "two-sections") expect(groups, id).toBeUndefined();
      else {
        expect(groups?.[0], id).toBe(group);
        expect(new Set(groups).size, id).toBe(2);
      }
    }
  });
});
