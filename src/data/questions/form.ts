import { normalText } from "../normal.ts";

/** Words that name nothing: a question of these alone could be asked of any document. */
const empty = new Set(
  "what which who whom whose when where why how many much long often far is are was were be been do does did can could may might must shall should will would has have had the a an and or of to in on at by for from with as it its this that these those they them their he she his her him you your we our us i my me not no any all some if there than then so such each every about after before during until while because per up out into over under between through name term called kind type sort word number person people thing things way one".split(
    " ",
  ),
);

const opening =
  /^(?:(?:in|on|at|by|for|from|with|to|under|of|after|before|during|within|until|about|through)\s+)?(?:what|which|who|whom|whose|when|where|why|how|is|are|was|were|do|does|did|can|could|may|must|should|will|would|has|have)\b|\b(?:what|which|who|whom|whose|when|where|why|how)\b/i;
/** What asks about the page rather than its subject. */
const aboutThePage =
  /\b(?:passage|paragraph|sentence|text|article|document says|according to the (?:above|passage|text))\b|<\/?passage>/i;

/**
 * Why a written question is no good before anything is searched, or null: it must be one question of a usual length, name
 * something that its passage names, and not give its answer away.
 */
export function faultIn(question: string, { passage, answer }: { passage: string; answer: string }): string | null {
  const words = wordsOf(question);
  if (!/\?$/.test(question) || /\?.*\?/.test(question) || !opening.test(question)) return "no question";
  if (words.length < 4 || words.length > 30) return "too short or too long";
  if (aboutThePage.test(question)) return "asks about the page";
  const pairs = words.slice(1).map((word, at) => `${words[at]} ${word}`);
  if (new Set(pairs).size < pairs.length - 1) return "repeats itself";
  const named = words.filter((word) => !empty.has(word));
  const held = new Set(wordsOf(passage).map(stem));
  if (!named.some((word) => held.has(stem(word)))) return "names nothing of its passage";
  const asked = new Set(words);
  const given = wordsOf(answer).filter((word) => !empty.has(word));
  if (normalText(question).includes(normalText(answer)) || (given.length > 0 && given.every((word) => asked.has(word))))
    return "gives its answer away";
  return null;
}

export function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

/** Words that begin alike count as one. */
function stem(word: string): string {
  return word.length > 5 ? word.slice(0, 5) : word;
}
