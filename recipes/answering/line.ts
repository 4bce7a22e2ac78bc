import { type Fact, words } from "./facts.ts";
import { type Neighbours, stem } from "./neighbours.ts";
import type { Random } from "./random.ts";

/** A line that `pawl tune --data` and `pawl bench answers` take. */
export type Line = {
  passages: string[];
  question: string;
  /** Null: the passages do not say. */
  answer: string | null;
  /** Number of the passage that holds the answer, from 1. */
  citation?: number;
  answers: string[];
};

/** What a line is made of besides its question. */
export type Plan = {
  passages: number;
  isAnswerable: boolean;
  /** All passages together; null: each is whole. */
  words: number | null;
  hasHeadings: boolean;
};

/** Passages of the same source, by title, and what looks near to a question. */
export type Library = {
  byTitle: ReadonlyMap<string, readonly Fact[]>;
  byPassage: ReadonlyMap<string, readonly Fact[]>;
  near: Neighbours;
  heading(passage: string): string;
};

/**
 * A question with its passages in a random order, or null where the source has too few passages that surely do not hold
 * the answer.
 */
export function makeLine(fact: Fact, plan: Plan, library: Library, random: Random): Line | null {
  const wanted = plan.passages - (plan.isAnswerable ? 1 : 0);
  const share = plan.words === null ? null : Math.floor(plan.words / plan.passages);
  const gold = plan.isAnswerable ? cut(fact.passage, share, random, fact.answer) : null;
  const told = telling(fact, library);
  if (told.length === 0) return null;
  const others: { passage: string; text: string }[] = [];
  for (const passage of candidates(fact, library, random)) {
    if (others.length === wanted) break;
    // Every second distractor shows the place that looks most like an answer.
    const text = cut(passage, share, random, random.next() < 0.5 ? bait(passage, fact.question) : null);
    if (!answersToo(text, fact, told)) others.push({ passage, text });
  }
  if (others.length < wanted) return null;
  const all = random.shuffled([...(gold === null ? [] : [{ passage: fact.passage, text: gold }]), ...others]);
  const passages = all.map(({ passage, text }) => (plan.hasHeadings ? `${library.heading(passage)}\n${text}` : text));
  const { question } = fact;
  if (gold === null) return { passages, question, answer: null, answers: [] };
  const citation = all.findIndex(({ passage }) => passage === fact.passage) + 1;
  return { passages, question, answer: fact.answer, citation, answers: fact.answers };
}

/** A question with its own passage and no other. */
export function aloneWith(fact: Fact, plan: Plan, library: Library, random: Random): Line {
  const share = plan.words === null ? null : Math.floor(plan.words / plan.passages);
  const text = cut(fact.passage, share, random, fact.answer);
  const passages = [plan.hasHeadings ? `${library.heading(fact.passage)}\n${text}` : text];
  return { passages, question: fact.question, answer: fact.answer, citation: 1, answers: fact.answers };
}

/**
 * Questions on the same passages in the same order: the trainer reads the passages once for all of them. `golds` are the
 * questions of each passage, at most `most` lines are made of them; those that the passages do not answer come from others
 * of the title and from those near by.
 */
export function makeFamily(
  golds: readonly (readonly Fact[])[],
  {
    words: budget,
    hasHeadings,
    unanswerable,
    most,
  }: Omit<Plan, "isAnswerable" | "passages"> & {
    unanswerable: number;
    most: number;
  },
  library: Library,
  random: Random,
): Line[] {
  const share = budget === null ? null : Math.floor(budget / golds.length);
  const given = golds.map((facts) => facts[0]?.passage ?? "");
  const texts = golds.map((facts, at) =>
    cut(given[at] ?? "", share, random, random.shuffled(facts)[0]?.answer ?? null),
  );
  const passages = texts.map((text, at) => (hasHeadings ? `${library.heading(given[at] ?? "")}\n${text}` : text));
  const answered = golds.flatMap((facts, at) =>
    random
      .shuffled(facts)
      .filter((fact) => {
        const told = telling(fact, library);
        const own = texts[at] ?? "";
        const others = texts.filter((_, index) => index !== at);
        return (
          (told.length > 0 || fact.source === "wiki") &&
          own.includes(fact.answer) &&
          holdsAll(own, told) &&
          !others.some((text) => answersToo(text, fact, told))
        );
      })
      .slice(0, Math.ceil(most / golds.length))
      .map(
        (fact): Line => ({
          passages,
          question: fact.question,
          answer: fact.answer,
          citation: at + 1,
          answers: fact.answers,
        }),
      ),
  );
  const wanted = (answered.length * unanswerable) / (1 - unanswerable);
  const count = Math.floor(wanted) + (random.next() < wanted % 1 ? 1 : 0);
  const asked = golds.flatMap((facts) => facts.map(({ question }) => question));
  const near = random
    .shuffled(asked)
    .slice(0, 3)
    .flatMap((question) => library.near.near(question, 8));
  const mates = (library.byTitle.get(golds[0]?.[0]?.title ?? "") ?? []).filter(
    ({ passage }) => !given.includes(passage),
  );
  const strangers = near.flatMap((passage) => (given.includes(passage) ? [] : (library.byPassage.get(passage) ?? [])));
  const missing = [...random.shuffled(mates).slice(0, 2 * count), ...random.shuffled(strangers).slice(0, 2 * count)];
  const unanswered = random
    .shuffled(missing)
    .filter((fact) => {
      const told = telling(fact, library);
      return told.length > 0 && !texts.some((text) => answersToo(text, fact, told));
    })
    .slice(0, count)
    .map(({ question }): Line => ({ passages, question, answer: null, answers: [] }));
  return [...answered, ...unanswered];
}

function holdsAll(text: string, told: readonly string[]): boolean {
  const held = new Set(words(text).map(stem));
  return told.every((word) => held.has(stem(word)));
}

/** Other passages of the title and passages that share words with the question, by turns, each once. */
function* candidates(fact: Fact, library: Library, random: Random): Generator<string> {
  const mates = random.shuffled([...new Set(library.byTitle.get(fact.title)?.map(({ passage }) => passage))]);
  const near = library.near.near(fact.question, 12);
  const given = new Set([fact.passage]);
  for (let at = 0; at < Math.max(mates.length, near.length); at += 1) {
    for (const passage of random.shuffled([mates[at], near[at]])) {
      if (passage === undefined || given.has(passage)) continue;
      given.add(passage);
      yield passage;
    }
  }
}

/** The words by which the question is known to ask about this passage: both have them, and few others do. */
function telling({ question, passage }: Fact, library: Library): string[] {
  const held = new Set(words(passage).map(stem));
  return [...new Set(words(question))].filter((word) => held.has(stem(word)) && library.near.weight(word) > 2.5);
}

/** True where a passage holds an accepted answer, or all that marks the question's own passage. */
function answersToo(text: string, fact: Fact, told: readonly string[]): boolean {
  const all = ` ${words(text).join(" ")} `;
  if (fact.answers.some((answer) => all.includes(` ${words(answer).join(" ")} `))) return true;
  return told.length > 0 && holdsAll(text, told);
}

/** The sentence that shares most words with the question, for its length. */
function bait(passage: string, question: string): string {
  const asked = new Set(words(question).map(stem));
  const score = (part: string) => {
    const all = words(part);
    return all.filter((word) => asked.has(stem(word))).length / Math.sqrt(all.length + 4);
  };
  return partsOf(passage).reduce((best, part) => (score(part) > score(best) ? part : best));
}

const sentences = new Intl.Segmenter("en", { granularity: "sentence" });

/** Whole sentences (of a table: rows) of at most `limit` words, around what must be in it or from a random place. */
function cut(passage: string, limit: number | null, random: Random, kept: string | null): string {
  if (limit === null || words(passage).length <= limit) return passage;
  const parts = partsOf(passage);
  const lengths = parts.map((part) => words(part).length);
  let [from, to] = kept === null ? [0, 0] : span(parts, passage.indexOf(kept), kept.length);
  if (kept === null) from = to = random.below(parts.length);
  let used = lengths.slice(from, to + 1).reduce((sum, length) => sum + length, 0);
  for (;;) {
    const sides = [from > 0 ? lengths[from - 1]! : Infinity, to + 1 < parts.length ? lengths[to + 1]! : Infinity];
    const fits = sides.map((length) => (used + length <= limit ? 1 : 0));
    if (fits[0] === 0 && fits[1] === 0) break;
    const isLeft = random.weighted(fits) === 0;
    used += isLeft ? sides[0]! : sides[1]!;
    if (isLeft) from -= 1;
    else to += 1;
  }
  return parts
    .slice(from, to + 1)
    .join("")
    .trim();
}

/** A passage in pieces of whole sentences (of a table: rows), each of at most `limit` words where a sentence has no more. */
export function pieces(passage: string, limit: number): string[] {
  const found: string[] = [];
  let [open, used] = ["", 0];
  for (const part of partsOf(passage)) {
    const length = words(part).length;
    if (used > 0 && used + length > limit) {
      found.push(open.trim());
      [open, used] = ["", 0];
    }
    open += part;
    used += length;
  }
  return [...found, open.trim()];
}

function partsOf(passage: string): string[] {
  if (passage.startsWith("|")) return passage.split(/(?<=\n)/);
  return [...sentences.segment(passage)].map(({ segment }) => segment);
}

/** First and last part that hold the characters from `start`. */
function span(parts: readonly string[], start: number, length: number): [number, number] {
  let at = 0;
  let [from, to] = [0, 0];
  for (const [index, part] of parts.entries()) {
    if (at <= start) from = index;
    if (at < start + length) to = index;
    at += part.length;
  }
  return [from, to];
}
