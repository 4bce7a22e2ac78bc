import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Fact, readFacts, words } from "./facts.ts";
import { aloneWith, type Library, type Line, makeFamily, makeLine, type Plan, pieces } from "./line.ts";
import { Neighbours } from "./neighbours.ts";
import { Random } from "./random.ts";

/*
 * Makes the lines that the answering skill is trained and judged with:
 *   npx node recipes/answering/make.ts --data FOLDER --out FOLDER [--seed 1]
 * README.md says what is in them.
 */
const { values } = parseArgs({
  options: {
    data: { type: "string", default: process.env.PAWL_DATA ?? "../shared/data" },
    out: { type: "string" },
    seed: { type: "string", default: "1" },
  },
});
if (values.out === undefined) throw new Error("Say where the lines go: --out FOLDER");
const out = values.out;
const seed = Number(values.seed);

/** Titles kept apart, of each source. */
const apart = {
  heldout: { wiki: 6, reviews: 30, rules: 60, tables: 40 },
  validation: { wiki: 2, reviews: 12, rules: 20, tables: 15 },
};
/** What lines to learn from are like: how often 1, 2, … 5 passages are given, and the words of all passages together. */
const training = { counts: [2, 8, 3, 2, 2], words: [180, 330] } as const;
/** How many families (questions on the same passages), or single lines, are taken from each source at most. */
const most = { wiki: 1000, reviews: 350, rules: 250, tables: 60 };
const unanswerable = 0.25;
/** The same of the lines to learn from: a quarter taught to abstain too often (11 % of what has an answer). */
const learnedUnanswerable = 0.17;
/** Lines of a family. More would save more, and show the same passages for longer. */
const familyLines = 12;
/** The reader's: it sees each line once, and four in ten without an answer. */
const readerMost = { wiki: 6000, reviews: 6000, rules: 600, tables: 400 };
const readerUnanswerable = 0.4;
const longestAnswer = 30;
/** Words, digits and signs of a line to learn from: its prompt then has fewer than about 600 tokens. */
const mostPieces = 440;
/** What only the passage can tell: whom a question is about, or that there is a text. */
const pointing =
  /\b(he|she|him|her|his|they|them|their|it|its|this|these|those|passage|paragraph|article|author|writer|reviewer|customer|user|person)\b/i;
/** Words of a passage as serving has it: a chunk of 160 tokens (`chunkTokens`). */
const servedWords = 120;

const libraries = new Map<readonly Fact[], Map<string, Library>>();
const facts = readFacts(values.data);
const splits = splitTitles(facts);
mkdirSync(out, { recursive: true });

write("train", linesOf(splits.train, new Random(seed)));
write("validation", linesOf(splits.validation, new Random(seed + 1)).slice(0, 300));
write("reader-train", readerLines(splits.train, new Random(seed + 10)));
write("reader-validation", readerLines(splits.validation, new Random(seed + 1)).slice(0, 1000));
write("writer-train", writerLines(splits.train, new Random(seed + 20)));
write("writer-validation", writerLines(splits.validation, new Random(seed + 20)).slice(0, 300));
for (const count of [1, 2, 3, 4, 5]) {
  const plan = (words: number | null) => (random: Random) => ({
    passages: count,
    isAnswerable: random.next() >= unanswerable,
    words,
    hasHeadings: false,
  });
  const served = plan(count * servedWords);
  write(count === 2 ? "heldout" : `heldout-${count}`, sample(count === 2 || count === 3 ? 800 : 200, served, "wiki"));
  if (count === 2) write("heldout-whole", sample(800, plan(null), "wiki"));
}
for (const source of ["reviews", "rules", "tables"] as const)
  write(
    `heldout-${source}`,
    sample(200, (random) => ({ ...drawn(random), passages: 2 }), source),
  );

function drawn(random: Random): Plan {
  const [least, most] = training.words;
  return {
    passages: random.weighted(training.counts) + 1,
    isAnswerable: random.next() >= learnedUnanswerable,
    words: least + random.below(most - least),
    hasHeadings: random.next() < 0.5,
  };
}

/** Lines to learn from, families in a random order. */
function linesOf(split: readonly Fact[], random: Random): Line[] {
  const short = split.filter(({ answer }) => answer.split(" ").length <= longestAnswer);
  const of = (source: Fact["source"]) => short.filter((fact) => fact.source === source);
  const single = (fact: Fact) => {
    const line = makeLine(fact, drawn(random), libraryOf(split, fact), random);
    return line === null ? [] : [line];
  };
  const found = [
    ...random.shuffled(families(of("wiki"), split, random)).slice(0, most.wiki),
    ...random.shuffled(families(of("reviews"), split, random)).slice(0, most.reviews),
    ...random.shuffled(of("rules")).slice(0, most.rules).map(single),
    ...random.shuffled(of("tables")).slice(0, most.tables).map(single),
  ];
  return random.shuffled(found).flat().filter(isShort);
}

/** Long lines are few (tables, mostly), and the longest decides how much memory a training takes. */
function isShort({ passages, question, answer }: Line): boolean {
  const pieces = [...passages, question, answer ?? ""].join("\n").match(/\p{L}+|\d|[^\s\p{L}\d]/gu) ?? [];
  return pieces.length <= mostPieces;
}

/**
 * Lines for the reader, which reads each passage by itself: a question once, with one to three passages. A question that
 * has no word to tell its passage by stands alone with it, so that other words are not taken for "not here".
 */
function readerLines(split: readonly Fact[], random: Random): Line[] {
  const short = split.filter(({ answer }) => answer.split(" ").length <= longestAnswer);
  const of = (source: Fact["source"]) => random.shuffled(short.filter((fact) => fact.source === source));
  const { wiki, reviews, rules, tables } = readerMost;
  const facts = [
    ...of("wiki").slice(0, wiki),
    ...of("reviews").slice(0, reviews),
    ...of("rules").slice(0, rules),
    ...of("tables").slice(0, tables),
  ];
  return random.shuffled(facts).flatMap((fact) => {
    const passages = random.weighted([3, 4, 3]) + 1;
    const plan = {
      passages,
      isAnswerable: random.next() >= readerUnanswerable,
      words: passages * (70 + random.below(60)),
      hasHeadings: random.next() < 0.5,
    };
    const library = libraryOf(split, fact);
    return makeLine(fact, plan, library, random) ?? aloneWith(fact, plan, library, random);
  });
}

/**
 * Lines for the question writer: a passage as serving's chunks are, under its heading, and what was asked of it. Questions
 * that cannot be understood without their passage would teach to write such ones.
 */
function writerLines(split: readonly Fact[], random: Random): Line[] {
  const of = (source: Fact["source"]) => split.filter((fact) => fact.source === source);
  const all = [...of("wiki"), ...of("reviews").map(asWritten), ...of("rules"), ...of("tables")];
  const byPassage = Map.groupBy(all, ({ passage }) => passage);
  const chunks = [...byPassage].flatMap(([passage, facts]) =>
    pieces(passage, servedWords).map((piece) =>
      facts.flatMap((fact): Line[] =>
        piece.includes(fact.answer) && standsAlone(fact, libraryOf(split, fact))
          ? [
              {
                passages: [`${fact.heading}\n${piece}`],
                question: fact.question,
                answer: fact.answer,
                citation: 1,
                answers: fact.answers,
              },
            ]
          : [],
      ),
    ),
  );
  return random.shuffled(chunks).flat();
}

/** Many questions on reviews begin small and end with no mark. */
function asWritten(fact: Fact): Fact {
  const { question } = fact;
  return { ...fact, question: `${question.charAt(0).toUpperCase()}${question.slice(1).replace(/[\s?.]*$/, "?")}` };
}

/** A question of a good length that names what it is about, and asks for an answer of a few words. */
function standsAlone({ source, question, answer, passage }: Fact, library: Library): boolean {
  const asked = words(question);
  const held = new Set(words(passage));
  const telling = asked.filter((word) => held.has(word) && library.near.weight(word) > 3);
  return (
    /^[A-Z"“].*\?$/.test(question) &&
    asked.length >= 5 &&
    asked.length <= 25 &&
    answer.split(" ").length <= 15 &&
    telling.length >= 2 &&
    (source === "rules" || source === "tables" || !pointing.test(question))
  );
}

/** Every question of a source once, in families: passages of a title are drawn together until each question had its turn. */
function families(facts: readonly Fact[], split: readonly Fact[], random: Random): Line[][] {
  const found: Line[][] = [];
  for (const ofTitle of Map.groupBy(facts, ({ title }) => title).values()) {
    let left = [...Map.groupBy(ofTitle, ({ passage }) => passage).values()].map((questions) =>
      random.shuffled(questions),
    );
    while (left.length > 0) {
      const { passages: count, ...plan } = drawn(random);
      const golds = random.shuffled(left).slice(0, count);
      const first = golds[0]?.[0];
      if (first === undefined) break;
      const lines = makeFamily(
        golds,
        { ...plan, unanswerable: learnedUnanswerable, most: familyLines },
        libraryOf(split, first),
        random,
      );
      const asked = new Set([...lines.map(({ question }) => question), ...golds.map(([tried]) => tried?.question)]);
      left = left
        .map((questions) => questions.filter(({ question }) => !asked.has(question)))
        .filter((questions) => questions.length > 0);
      if (lines.length > 0) found.push(lines);
    }
  }
  return found;
}

/** Lines of titles that are not trained on. */
function sample(count: number, plan: (random: Random) => Plan, source: Fact["source"]): Line[] {
  const random = new Random(seed + 1);
  const lines: Line[] = [];
  for (const fact of random.shuffled(splits.heldout.filter((one) => one.source === source))) {
    if (lines.length === count) break;
    const line = makeLine(fact, plan(random), libraryOf(splits.heldout, fact), random);
    if (line !== null) lines.push(line);
  }
  return lines;
}

/** Whole titles to one split. */
function splitTitles(all: readonly Fact[]): Record<"train" | "validation" | "heldout", Fact[]> {
  const found = { train: [] as Fact[], validation: [] as Fact[], heldout: [] as Fact[] };
  for (const source of ["wiki", "reviews", "rules", "tables"] as const) {
    const own = all.filter((fact) => fact.source === source);
    const titles = new Random(seed).shuffled([...new Set(own.map(({ title }) => title))]);
    const heldout = new Set(titles.splice(0, apart.heldout[source]));
    const validation = new Set(titles.splice(0, apart.validation[source]));
    for (const fact of own)
      found[heldout.has(fact.title) ? "heldout" : validation.has(fact.title) ? "validation" : "train"].push(fact);
  }
  return found;
}

/** The passages that a fact's distractors are taken from: those of its own split and source. */
function libraryOf(split: readonly Fact[], { source }: Fact): Library {
  const known = libraries.get(split)?.get(source);
  if (known !== undefined) return known;
  const own = split.filter((fact) => fact.source === source);
  const byTitle = Map.groupBy(own, ({ title }) => title);
  const headings = new Map(own.map(({ passage, heading }) => [passage, heading]));
  const library = {
    byTitle,
    byPassage: Map.groupBy(own, ({ passage }) => passage),
    near: new Neighbours([...headings.keys()]),
    heading: (of: string) => headings.get(of) ?? "",
  };
  const ofSplit = libraries.get(split) ?? new Map<string, Library>();
  libraries.set(split, ofSplit.set(source, library));
  return library;
}

/** A wrong line would teach what is wrong: each is looked at once more as it is written. */
function write(name: string, lines: readonly Line[]): void {
  for (const { passages, answer, citation } of lines) {
    if (answer === null ? citation !== undefined : !passages[(citation ?? 0) - 1]?.includes(answer))
      throw new Error(`The answer ${answer} is not in the passage that is cited.`);
  }
  writeFileSync(join(out, `${name}.jsonl`), lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  const none = lines.filter(({ answer }) => answer === null).length;
  process.stdout.write(`${name.padEnd(16)} ${lines.length} lines, ${none} without an answer\n`);
}
