import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Fact, readFacts } from "./facts.ts";
import { type Library, type Line, makeLine, type Plan } from "./line.ts";
import { Neighbours } from "./neighbours.ts";
import { Random } from "./random.ts";

/*
 * Makes the lines that the answering skill is trained and judged with:
 *   node recipes/answering/make.ts --data FOLDER --out FOLDER [--seed 1]
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
/**
 * Two trainings, one after the other: on short passages, where form, citation and abstaining are learned at half the price,
 * then on passages as long as serving gives them.
 */
const trainings = {
  /** How often 1, 2, … 5 passages are given; the words of all passages together; how often each source is drawn. */
  short: { counts: [2, 6, 3, 2, 2], words: [110, 235], sources: [10, 6, 2, 1], unanswerable: 0.25 },
  long: { counts: [2, 10, 3, 2, 2], words: [170, 320], sources: [14, 4, 1, 1], unanswerable: 0.2 },
} as const;
type Training = (typeof trainings)[keyof typeof trainings];
const unanswerable = 0.25;
const longestAnswer = 30;

const libraries = new Map<readonly Fact[], Map<string, Library>>();
const facts = readFacts(values.data);
const splits = splitTitles(facts);
mkdirSync(out, { recursive: true });

for (const [name, training] of Object.entries(trainings)) {
  const random = new Random(name === "short" ? seed : seed + 2);
  const train = mixed(splits.train, random, training.sources).flatMap((fact) => {
    if (fact.answer.split(" ").length > longestAnswer) return [];
    const line = makeLine(fact, drawn(training, random), libraryOf(splits.train, fact), random);
    return line === null ? [] : [line];
  });
  write(`train-${name}`, train);
  write(
    `validation-${name}`,
    sample("validation", 240, (own) => drawn(training, own)),
  );
}
for (const count of [1, 2, 3, 4, 5]) {
  const plan = (random: Random): Plan => ({
    passages: count,
    isAnswerable: random.next() >= unanswerable,
    words: null,
    hasHeadings: false,
  });
  write(count === 2 ? "heldout" : `heldout-${count}`, sample("heldout", count === 2 ? 800 : 200, plan, "wiki"));
}
for (const source of ["reviews", "rules", "tables"] as const)
  write(
    `heldout-${source}`,
    sample("heldout", 200, (random) => ({ ...drawn(trainings.short, random), passages: 2 }), source),
  );

function drawn({ counts, words: [least, most], unanswerable: share }: Training, random: Random): Plan {
  return {
    passages: random.weighted(counts) + 1,
    isAnswerable: random.next() >= share,
    words: least + random.below(most - least),
    hasHeadings: random.next() < 0.5,
  };
}

/** Lines of titles that are not trained on. */
function sample(
  split: "validation" | "heldout",
  count: number,
  plan: (random: Random) => Plan,
  source?: string,
): Line[] {
  const random = new Random(seed + 1);
  const all = splits[split].filter((fact) => source === undefined || fact.source === source);
  const lines: Line[] = [];
  for (const fact of source === undefined ? mixed(all, random, trainings.short.sources) : random.shuffled(all)) {
    if (lines.length === count) break;
    const line = makeLine(fact, plan(random), libraryOf(splits[split], fact), random);
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

/** All facts in an order whose every part has the same mixture of sources, as long as each lasts. */
function mixed(all: readonly Fact[], random: Random, weights: readonly number[]): Fact[] {
  const sources = ["wiki", "reviews", "rules", "tables"] as const;
  const piles = sources.map((source) => random.shuffled(all.filter((fact) => fact.source === source)));
  const order: Fact[] = [];
  while (piles.some((pile) => pile.length > 0)) {
    const next = piles[random.weighted(weights.map((weight, at) => (piles[at]!.length > 0 ? weight : 0)))]?.pop();
    if (next !== undefined) order.push(next);
  }
  return order;
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
