import type { Range } from "#schema";
import { isPlural } from "./grammar.ts";

/** Words of a statement that a question can ask for, and how good an answer they are likely to be. */
export type Candidate = Range & { weight: number };

/** A number that stands for itself: no part of a name ("N-88", "claude-2.0"), of a range, a score or a telephone number, no ordinal. */
const number = String.raw`(?:[$£€]\s?)?(?<![\p{L}\d][-–.:/]|\d\s?[-–]\s|\d\s)\d(?:[\d.,:/]*\d)?(?![\d\p{L}]|[.,:/]\d|\s?[-–]\s?\d|\s\d)`;
const numberWord =
  "(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|twenty|thirty|forty|fifty|sixty|ninety|hundred|half)";
const month =
  "(?:January|February|March|April|May|June|July|August|September|October|November|December|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)";

/** Words after a quantity that are not what it counts: "four weeks ahead", "a year stays". */
const notCounted =
  "(?:ahead|beforehand|earlier|later|ago|together|apart|away|long|old|or|less|fewer|higher|lower|stays?|sends?|follows?|begins?|ends?|needs?|takes?|(?!(?:work|meet|build|train|park|even|morn)ings?\\b)[a-z]+ing)";
/** What a quantity counts: up to two words after it that are no function words. */
const counted = String.raw`(?:\s?%|(?:[ -](?!${functionWords()}\b|${notCounted}\b)[a-z]+){1,2})?`;

/** Patterns of what questions ask for, likeliest first. An answer is what is left of a match when its group 1 is there, else all. */
const patterns: { pattern: RegExp; weight: number }[] = [
  {
    pattern: new RegExp(String.raw`\b\d{1,2}(?:st|nd|rd|th)? ${month}(?: \d{4})?|\b${month} \d{1,2}(?:, \d{4})?`, "g"),
    weight: 1,
  },
  { pattern: new RegExp(String.raw`(?<![\w.])(?:${number})${counted}`, "gu"), weight: 1 },
  { pattern: new RegExp(String.raw`\b${numberWord}\b(?:[ -]${numberWord}\b)*${counted}`, "gi"), weight: 0.9 },
  // Names: words with capitals.
  {
    pattern:
      /(?<![\p{L}\d-])\p{Lu}[\p{L}\d&'’-]+(?: (?:of |and |for |the |de |du |van |von )?(?:\p{Lu}\. )?\p{Lu}[\p{L}\d&'’-]+)*/gu,
    weight: 0.85,
  },
  { pattern: /[`"“]([^`"“”]{2,60})[`"”]/g, weight: 0.8 },
  // What a word that points at a thing is followed by.
  {
    pattern: new RegExp(
      String.raw`(?<=\b(?:by|to|from|with|of|in|on|at|for|as|is|are|was|were|called|named|through|via|within|until|before|after|use|uses|using|than) )(?:(?:the|a|an|your|their|our|its|his|her) )?(?!${functionWords()}\b)[\p{L}'’-]+(?![\d,.]\d)(?: (?!${functionWords()}\b)[\p{L}'’-]+){0,4}(?![\p{L}\d'’-])`,
      "gu",
    ),
    weight: 0.6,
  },
];

function functionWords(): string {
  return "(?:the|a|an|and|or|but|nor|of|to|in|on|at|by|for|from|with|as|is|are|was|were|be|been|being|has|have|had|do|does|did|not|no|if|it|its|this|that|these|those|which|who|whom|whose|what|when|where|why|how|there|here|they|them|their|he|she|his|her|him|you|your|we|our|us|i|my|me|can|could|may|might|must|shall|should|will|would|than|then|so|such|any|each|every|all|both|some|more|most|other|only|also|into|onto|over|under|about|after|before|during|until|unless|while|because|per|up|out|off|via|within|without|between|through)";
}

const isNumberWord = new RegExp(`^${numberWord}$`, "i");
const isMonth = new RegExp(`^${month}$`, "i");
export const functionWord = new RegExp(`^${functionWords()}$`, "i");
/** A month or a number that stands first. */
const beginsQuantity = new RegExp(`^(?:${month}|${numberWord})\\b`, "i");

/** What a number counts, in letters of its own. */
const unit = /^\s?(?:[KMGT]i?[Bb]|[kMGT]?Hz|[kMG]?Wh?|k[gm]|Ma|Ga|BC|AD|BCE|CE|AM|PM|USD|EUR|GBP|CHF)\b/;
/** A time that says nothing by itself. */
const bareTime = /^(?:the|a|an|each|every) (?:day|week|month|quarter|year|hour)$/i;

/** Most words of an answer: what is longer is seldom found again to the word. */
const longest = 7;

/**
 * Parts of a statement (a sentence, an item of a list) that a question could ask for: quantities and dates, names, what is
 * quoted, and what follows a word that points at a thing; best first, none inside another. Of a table's row: its cells but
 * the first.
 *
 * @returns ranges of `statement`
 */
export function candidatesIn(statement: string): Candidate[] {
  if (/^\s*\|.*\|\s*$/.test(statement)) return cellsIn(statement);
  if (!isProse(statement)) return [];
  const found = patterns.flatMap(({ pattern, weight }, rank) =>
    [...statement.matchAll(pattern)].flatMap((match): (Candidate & { rank: number })[] => {
      const group = trimmed(match[1] ?? match[0]);
      if (group === null) return [];
      const at = match.index + match[0].indexOf(group);
      const text = nameWithin(group, statement.slice(0, at), statement.slice(at + group.length));
      if (text === null) return [];
      const start = at + group.length - text.length;
      const words = text.split(/\s+/).length;
      // One small word ("excluded", "home") is seldom what anybody asks for.
      const isBare = words === 1 && !/[\p{Lu}\d]/u.test(text) && !isNumberWord.test(text);
      // "N-71" of "N-71 / N-88"; "ten paid" of "ten paid keeping-in-touch days"; "the month" of "the last Friday of the month"; "54" of "54 Ma".
      const isCut =
        /^ \p{Ll}+-\p{Ll}/u.test(statement.slice(start + text.length)) ||
        bareTime.test(text) ||
        /^\d+\/\d+/.test(text) ||
        /^\s?\//.test(statement.slice(start + text.length)) ||
        /\/\s?$/.test(statement.slice(0, start)) ||
        (/\d$/.test(text) && unit.test(statement.slice(start + text.length)));
      return words > longest ||
        isBare ||
        isCut ||
        !/[\p{L}\d]/u.test(text) ||
        isPartOfName(text, statement.slice(0, start))
        ? []
        : [{ start, end: start + text.length, weight, rank }];
    }),
  );
  const kept: Candidate[] = [];
  for (const { rank: _, ...one } of found.sort((a, b) => a.rank - b.rank || a.start - b.start))
    if (!kept.some((other) => one.start < other.end && other.start < one.end)) kept.push(one);
  // All of a short statement is no answer to a question about it.
  return kept.filter(({ start, end }) => end - start < 0.8 * statement.trim().length);
}

/**
 * Whether a statement is a sentence that can be asked about: no code, no data, no headings run together. Pages that were
 * flattened to text are full of those.
 */
function isProse(statement: string): boolean {
  const words = statement.match(/\p{L}[\p{L}\d'’-]*/gu) ?? [];
  const small = words.filter((word) => /^\p{Ll}/u.test(word));
  const glued = words.filter((word) => /\p{Ll}\p{Lu}\p{Ll}/u.test(word));
  const isCode = /[{}<>=\\]|\w\(\)|\w_\w|":/.test(statement.replace(/`[^`\n]*`/g, ""));
  const isRunTogether = /[\p{L}\d]\s*\n\s*[\p{Lu}\d]/u.test(statement);
  return words.length >= 4 && small.length >= 0.4 * words.length && glued.length < 2 && !isCode && !isRunTogether;
}

/** After such a word at the beginning of a statement a name may follow: "Tell Security". */
const verbs =
  /^(?:ask|tell|call|contact|see|use|send|write|e-?mail|report|book|give|show|take|return|hand|keep|read|visit|check|talk|speak|apply|bring|leave|pay)$/i;
const beginning = /(?:^|[.:;!?…”"“()[\]•–—*_-]|\n)\s*$/;

/**
 * A match without a small word that only stands first in its statement ("In Leeds"); null where it cannot be told whether a
 * first word is part of a name, or where a name goes on ("Larkfield's", "Claude 3", "Francis I") or began before ("Learning from Human
 * Feedback").
 */
function nameWithin(text: string, before: string, after: string): string | null {
  if (!/^\p{Lu}/u.test(text)) return text;
  if (
    /['’]s?$/u.test(text) ||
    /^ (?:\d|[IVX]+\b|(?:from|with) \p{Lu})/u.test(after) ||
    /\p{Lu}[\p{L}\d]+ (?:from|with) $/u.test(before)
  )
    return null;
  if (!beginning.test(before) || beginsQuantity.test(text)) return text;
  const [first = "", ...rest] = text.split(" ");
  if (rest.length === 0) return null;
  const isSmall = functionWord.test(first) || verbs.test(first);
  if (isSmall) return rest.join(" ");
  return /ing$/.test(first) || rest.length === 1 ? null : text;
}

/** "Claude 3", "RFC 3339": a bare number after a name is part of it. */
function isPartOfName(text: string, before: string): boolean {
  const [, earlier = "", word = ""] = /^(.*?)(\p{Lu}[\p{L}\d]*)\s$/su.exec(before) ?? [];
  const isName = word !== "" && !isMonth.test(word) && !functionWord.test(word);
  return isName && /^\d/.test(text) && !(beginning.test(earlier) && verbs.test(word));
}

/**
 * A quantity up to what it counts, "four staffers" of "four staffers dedicated"; a year alone; null where it is part of
 * another word, "two-episode".
 */
function trimmed(text: string): string | null {
  const [, amount = "", counted = ""] = quantity.exec(text) ?? [];
  if (counted === "") return text;
  if (/^(?:(?:1[1-9]|20)\d\d|[$£€].*)$/.test(amount)) return amount;
  if (counted.startsWith("-")) return null;
  const words = counted.trim().split(" ");
  const last = words.findLastIndex(isPlural);
  return /^(?:1|one|half)$/i.test(amount) || last < 0 ? text : `${amount} ${words.slice(0, last + 1).join(" ")}`;
}

const quantity = new RegExp(`^(${number}|${numberWord}(?:[ -]${numberWord})*)([ -][a-z].*)$`, "iu");

function cellsIn(row: string): Candidate[] {
  const found: Candidate[] = [];
  let at = row.indexOf("|") + 1;
  for (const cell of row.slice(at).split("|").slice(0, -1)) {
    const text = cell.trim();
    const start = at + cell.indexOf(text);
    if (text.split(/\s+/).length <= longest && /[\p{L}\d]/u.test(text))
      found.push({ start, end: start + text.length, weight: 0.7 });
    at += cell.length + 1;
  }
  return found.slice(1);
}
