/** Words that end in "s" and are no plural. */
const singular =
  /(?:ss|us|is|as|os|ys)$|^(?:news|series|lens|species|means|headquarters|works|premises|mathematics|physics|economics|politics)$/i;
const preposition = "(?:for|of|in|at|on|to|from|by|that|which|with|about|per)";
/** Words in "-ed" that are no past of a verb. */
const noPast = /^(?:need|feed|speed|bed|shed|embed|proceed|exceed|succeed|seed|breed|bleed|indeed|hundred|red|used)$/i;

/**
 * Whether a question has one of the mistakes that small models make: "did it garnered", "does you", "what is the hours",
 * "a prompts". It finds what can be told from the words alone, and takes a few good questions for bad.
 */
export function isUngrammatical(question: string): boolean {
  const isPlural = (word: string | undefined) => word !== undefined && /s$/.test(word) && !singular.test(word);
  if (/\b(?:has|does|is|was) (?:I|you|we|they)\b/i.test(question)) return true;
  if (/\b(?:have|do|are|were) (?:he|she|it)\b/i.test(question)) return true;
  const helped = /\b(?:did|does|do) ((?:[\w'’-]+ ){1,7}?)([\w-]+ed)\b/i.exec(question);
  if (
    helped &&
    !noPast.test(helped[2] ?? "") &&
    !/\b(?:be|been|being|get|have|become|the|a|an|and) $/i.test(helped[1] ?? "")
  )
    return true;
  const counted = new RegExp(
    String.raw`\b(?:is|was) (?:the|a|an) (?:(?!${preposition}\b)[\w-]+ ){0,3}?([\w-]+s)(?: ${preposition}\b|\?)`,
    "i",
  );
  if (isPlural(counted.exec(question)?.[1])) return true;
  const one = new RegExp(
    String.raw`\ban? (?:(?!${preposition}\b)[\w-]+ ){0,2}?([\w-]+s)(?: ${preposition}\b| tailored\b|\?)`,
    "i",
  );
  if (isPlural(one.exec(question)?.[1])) return true;
  const start = /^(?:who|what) (?:does|is|was|has) ([\p{L}-]+) of\b/iu.exec(question);
  return isPlural(start?.[1]);
}
