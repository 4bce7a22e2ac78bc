/** Words that end in "s" and are no plural. */
const singular =
  /(?:ss|us|is|as|os)$|^(?:always|sideways|nowadays|news|series|lens|species|means|headquarters|works|premises|mathematics|physics|economics|politics)$/i;
const preposition = "(?:for|of|in|at|on|to|from|by|that|which|with|about|per)";
const helper = "(?:do|does|did|is|are|was|were|can|may|must|should|will|has|have)";
/** Words in "-ed" that are no past of a verb. */
const noPast = /^(?:need|feed|speed|bed|shed|embed|proceed|exceed|succeed|seed|breed|bleed|indeed|hundred|red|used)$/i;

/** "Did it garnered": what stands between, and the second past. */
const helped = /\b(?:did|does|do) ((?:[\w'’-]+ ){1,7}?)([\w-]+ed)\b/i;
/** Words after which a word in "-ed" is right: "do people have to be informed". */
const beforePast = /\b(?:be|been|being|get|have|become|the|a|an|and) $/i;
/** Places of a noun that must be one thing: "is the weekly hours", "a prompts", "who does leavers of". */
const oneThing = [
  new RegExp(
    String.raw`\b(?:is|was) (?:the|a|an) (?:(?!${preposition}\b)[\w-]+ ){0,3}?([\w-]+s)(?: ${preposition}\b|\?)`,
    "i",
  ),
  new RegExp(
    String.raw`\ban? (?:(?!(?:${preposition}|${helper})\b)[\w-]+ ){0,2}?([\w-]+s)(?: ${preposition}\b| tailored\b|\?)`,
    "i",
  ),
  /^(?:who|what) (?:does|is|was|has) ([\p{L}-]+) of\b/iu,
  /\bdoes (?:the|a|an) (?:[\p{L}-]+ )?([\p{L}-]+s) [\p{L}]/iu,
  /^(?:what|which) ([\p{Ll}-]+s) (?:is|was|does|has)\b/iu,
  /\b(?:is|was|does|has) ([\p{Ll}-]+s) \p{Ll}/u,
];

/** "An Larkfield account", "a employee". */
const wrongArticle =
  /\ban (?!hour|hon|heir)[bcdfghjklmnpqrstvwxyz][a-z]|\ba (?!one\b|once\b|uni|use|usu|eu|u[rtk])[aeiou][a-z]/i;
/**
 * "How many are hosted": of what? "Where is the register in?" "How many weeks for anything", "how many sessions per issue":
 * no verb. "When was it estimated that"; "when was she also have a team". "How many hours are paid up to?" "How many sessions are there?" "When was there an album?"
 */
const cutShort = [
  /^how many (?:are|is|can|may|must|should|will|do|does|did|were|was|have|has)\b/i,
  /^where\b.*\b(?:in|at|on)\?$/i,
  /^how (?:many|much) [\p{L}-]+(?:['’]s? [\p{L}-]+)? (?:for|of|in|at|on|from|with|to|by|per|than|before|after|until|within|during) (?!.*\b(?:is|are|was|were|do|does|did|can|may|must|should|will|has|have|had|would|could)\b)/iu,
  /\bup to\?$/i,
  /^how (?:many|much)\b.*\b(?:is|are|was|were) there\?$/i,
  /^(?:when|where) (?:is|are|was|were) there\b/i,
  /^when (?:is|are|was|were) .*\b\w+ed that\b/i,
  /^(?:when|where) (?:is|are|was|were) (?:[\w'’-]+ ){1,4}have\b/i,
];
/** "When does unused money lapses occur?" */
const twoVerbs = new RegExp(
  String.raw`\bdoes (?:(?!${preposition}\b)[\w-]+ )+?[\w-]+s (?:occur|happen|apply|take place)\?$`,
  "i",
);
/** "How many feedback do I get": what stands between, where it is no part of a longer name. */
const manyOf = new RegExp(String.raw`^how many ((?:[\p{L}\d’'-]+ ){1,3}?)${helper}\b`, "iu");
/** Plurals without an "s". */
const irregular =
  /\b(?:people|children|men|women|feet|teeth|mice|geese|staff|crew|data|media|species|series|criteria|fish|sheep|aircraft)\b/i;
/** "How much fares". */
const muchOfMany = /^how much (?:[\p{L}-]+ )?([\p{L}-]+s) (?:is|are|was|were|can|do|does|did)\b/iu;

/**
 * Whether a question has one of the mistakes that small models make: "did it garnered", "does you", "what is the hours",
 * "a prompts". It finds what can be told from the words alone, and takes a few good questions for bad.
 */
export function isUngrammatical(question: string): boolean {
  if (/\b(?:has|does|is|was) (?:I|you|we|they)\b/i.test(question)) return true;
  if (wrongArticle.test(question) || cutShort.some((one) => one.test(question))) return true;
  if (isPlural(muchOfMany.exec(question)?.[1] ?? "")) return true;
  if (/\b(?:have|do|are|were) (?:he|she|it)\b/i.test(question)) return true;
  if (twoVerbs.test(question)) return true;
  const many = manyOf.exec(question)?.[1];
  if (many !== undefined && !irregular.test(many) && !many.trim().split(" ").some(isPlural)) return true;
  const [, between = "", past = ""] = helped.exec(question) ?? [];
  // "Does staff receive for each day worked": after a preposition it says which.
  const isWhich = new RegExp(String.raw`\b${preposition} `, "i").test(between);
  if (past !== "" && !noPast.test(past) && !beforePast.test(between) && !isWhich) return true;
  return oneThing.some((place) => isPlural(place.exec(question)?.[1] ?? ""));
}

/** Whether a word seems to be of many: it ends in "s", and is none of those that do anyway. */
export function isPlural(word: string): boolean {
  return /s$/.test(word) && !singular.test(word);
}
