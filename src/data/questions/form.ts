import { normalText } from "../normal.ts";
import { isUngrammatical } from "./grammar.ts";
import { type Around, isOfKind, time } from "./kind.ts";

/** Words that name nothing: a question of these alone could be asked of any document. */
const empty = new Set(
  "what which who whom whose when where why how many much long often far is are was were be been do does did can could may might must shall should will would has have had the a an and or of to in on at by for from with as it its this that these those they them their he she his her him you your we our us i my me not no any all some if there than then so such each every about after before during until while because per up out into over under between through name term called kind type sort word number amount person people thing things way one take takes need needs get gets make makes use used happen happens go goes give gives given mean means best main first type".split(
    " ",
  ),
);

const opening =
  /^(?:(?:in|on|at|by|for|from|with|to|under|of|after|before|during|within|until|about|through)\s+)?(?:what|which|who|whom|whose|when|where|why|how|is|are|was|were|do|does|did|can|could|may|must|should|will|would|has|have)\b|\b(?:what|which|who|whom|whose|when|where|why|how)\b/i;
/** What asks about the page rather than its subject. */
const aboutThePage =
  /\b(?:passage|paragraph|sentence|text|article|document says|according to the (?:above|passage|text))\b|<\/?passage>/i;

const denial = /\b(?:not|never|cannot|neither|nor|nobody|nothing|none)\b|n['’]t\b/i;

/** So much of what a question names must be in its statement: what is put together from all over a page is often wrong. */
const fromStatement = 0.6;

/** So much of it, without the words of the answer, must stand in the answer's own clause. */
const mostBeside = 0.6;

/**
 * Why a written question is no good before anything is searched, or null: it must be one question of a usual length, name
 * mostly what its statement names, and not give its answer away.
 *
 * @param at where the answer begins in its statement
 * @param statement the sentence that is asked about; a table's row as "Column: cell; Column: cell"
 * @param named where the whole document is about one thing, the words that name it besides any name: "the song" is then that
 *   one, and a question that is asked of all documents must say which
 */
export function faultIn(
  question: string,
  {
    statement,
    isRow,
    answer,
    at,
    named,
  }: { statement: string; isRow: boolean; answer: string; at: number; named: readonly string[] | null },
): string | null {
  const words = wordsOf(question);
  if (!/\?$/.test(question) || /\?.*\?/.test(question) || !opening.test(question)) return "no question";
  if (words.length < 4 || words.length > 30) return "too short or too long";
  if (aboutThePage.test(question)) return "asks about the page";
  if (isUngrammatical(question)) return "is ungrammatical";
  const pairs = words.slice(1).map((word, at) => `${words[at]} ${word}`);
  if (new Set(pairs).size < pairs.length - 1) return "repeats itself";
  if (/\b(?:he|she|they|him|her|his|them|their)\b/i.test(question)) return "does not say of whom";
  const said = words.filter((word) => !empty.has(word));
  const held = new Set(wordsOf(statement).map(stem));
  const shared = said.filter((word) => held.has(stem(word)));
  if (said.length === 0) return "names nothing";
  if (shared.length < fromStatement * said.length) return "names what its sentence does not";
  // A name that the sentence does not have was taken from elsewhere on the page.
  const names = question.match(/(?<=\s)\p{Lu}[\p{L}\d]+/gu) ?? [];
  if (names.some((name) => !held.has(stem(name.toLowerCase())))) return "names what its sentence does not";
  const isNamed = namesIn(question).length > 0 || named?.some((word) => words.includes(word));
  if (named !== null && !isNamed) return "does not say of what";
  // Two clauses may be about two things: what is asked about must stand beside the answer.
  const clause = isRow ? statement : clauseOf(statement, at);
  if (denial.test(clause) && !denial.test(question)) return "leaves out a not";
  const beside = new Set(wordsOf(clause).map(stem));
  const own = new Set(wordsOf(answer).map(stem));
  const asked = said.filter((word) => !own.has(stem(word)));
  if (asked.filter((word) => beside.has(stem(word))).length < mostBeside * asked.length)
    return "is about another part of its sentence";
  if (!isRow && !isOfKind(question, around(statement, answer, at))) return "asks for another kind of answer";
  if (isRow && !namesCell(said, statement, answer)) return "names no row and column";
  const all = new Set(words);
  const given = wordsOf(answer).filter((word) => !empty.has(word));
  if (normalText(question).includes(normalText(answer)) || (given.length > 0 && given.every((word) => all.has(word))))
    return "gives its answer away";
  return null;
}

/**
 * Things that a question names by a single word, "the form" of "When is the form renewed?"; none where it names anything
 * by a name, which says which.
 */
export function thingsIn(question: string): string[] {
  return namesIn(question).length > 0 ? [] : [...question.matchAll(bareThing)].map(([, thing = ""]) => thing);
}

const bareThing =
  /\bthe (?!(?:world|police|public|internet|weather)\b)(\p{Ll}{3,})(?=\?| (?:for|in|at|on|to|from|by|with|about|per|is|are|was|were|has|have|be|held|paid|given|made|kept|sent|built|open|lent|\p{Ll}+ed|\p{Ll}+en)\b)/gu;

/** The names in a question: words with capitals, but its first one, that are no times. */
function namesIn(question: string): string[] {
  return (question.match(/(?<=\s)\p{Lu}[\p{L}\d]+/gu) ?? []).filter((name) => !time.test(name));
}

/** The clause that an answer stands in: a part between semicolons, colons, dashes, and commas before another clause. */
function clauseOf(statement: string, at: number): string {
  const ends = [...statement.matchAll(clauseEnd)].map(({ index }) => index);
  const from = ends.findLast((end) => end < at) ?? 0;
  return statement.slice(
    from,
    ends.find((end) => end >= at),
  );
}

const clauseEnd =
  /[;:–—]\s|,\s(?=(?:and|but|except|unless|if|when|which|who|while|provided|apart|however|in case|after which)\b)/g;

function around(statement: string, answer: string, at: number): Around {
  return { before: statement.slice(0, at), answer, after: statement.slice(at + answer.length) };
}

/** Whether words name the row that an answer stands in, and its column. */
function namesCell(named: readonly string[], row: string, answer: string): boolean {
  const [first = "", ...cells] = row.split("; ");
  const column = cells.find((cell) => cell.endsWith(`: ${answer}`))?.slice(0, -answer.length - 2);
  const names = (part: string) => {
    const words = wordsOf(part).map(stem);
    return named.some((word) => words.includes(stem(word)));
  };
  return column !== undefined && names(first.slice(first.indexOf(": ") + 1)) && names(column);
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

/** Words that begin alike count as one. */
function stem(word: string): string {
  return word.length > 5 ? word.slice(0, 5) : word;
}
