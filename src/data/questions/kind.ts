/** What stands around an answer in its statement. */
export type Around = { before: string; answer: string; after: string };

const quantity =
  /\d|%|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty|ninety|hundred|half|once|twice)\b/i;
/** A word that says when. */
export const time =
  /\d|\b(?:January|February|March|April|May|June|July|August|September|October|November|December|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday|weekend|morning|noon|afternoon|evening|night|month|year|spring|summer|autumn|winter)s?\b/i;

/** "Who confirms", "what app requires": who or what does something. */
const acts =
  /^(?:who|what|which)(?: (?!(?:is|was|has|do|does|did|can|may|must|should|will|are|were|have)\b)\p{Ll}+)? (?!is\b|was\b|has\b|does\b|as\b|its\b|this\b)(\p{Ll}+(?:s|ed))\b/iu;
/** "To the Officer": no one who does something. */
const beforeObject = /\b(?:in|on|at|to|from|with|of|for|through|via|into|onto) (?:(?:the|an?|your|our|its|their) )?$/i;

/** What each way to ask demands of its answer and of the words around it. */
const demands: { asks: RegExp; holds(around: Around, question: string): boolean }[] = [
  // "It takes", "within", "after": how long something takes. "At least four weeks before" is something else.
  {
    asks: /^how long (?:does|do|did|will|would) (?:it|the .+|.+) (?:usually )?take\b/i,
    holds: ({ before }) =>
      /\b(?:takes?|taking|took|within|after|in|lasts?|needs?)(?: (?:about|around|only|roughly|some))?\s*$/i.test(
        before,
      ),
  },
  {
    asks: /^how long\b/i,
    holds: ({ before, answer }) =>
      quantity.test(answer) && !/\b(?:than|above|over|below|under|before)\s*$/i.test(before),
  },
  // "Three days before payday" is a moment.
  {
    asks: /^how long\b(?!.*\b(?:before|after|ahead|in advance|notice)\b)/i,
    holds: ({ after }) => !/^\s*(?:before|after|ahead|beforehand|earlier|in advance|later)\b/i.test(after),
  },
  { asks: /^how (?:many|much|often|old|far|large|big|high)\b/i, holds: ({ answer }) => quantity.test(answer) },
  {
    asks: /^how much (?:does|do|did|will|is|are)\b.*\b(?:cost|price)/i,
    holds: ({ before, after }) => /\b(?:costs?|price[ds]?|fees?|charge[ds]?)\b/i.test(before + after),
  },
  {
    asks: /^how (?:much|many)\b/i,
    holds: ({ before }) => !/(?<!\bno )(?<!\bnot )\b(?:more|longer|less|fewer) than\s*$/i.test(before),
  },
  {
    asks: /^when\b/i,
    holds: ({ before, answer, after }) =>
      time.test(answer) &&
      !/[£$€%]/.test(answer) &&
      !/\b(?:from|between)\s*$/i.test(before) &&
      !/^\s*(?:to|and) \d/i.test(after),
  },
  {
    asks: /^(?:who|whom|where)\b/i,
    holds: ({ answer }) =>
      /\p{Lu}|^(?:the|a|an|your|our|their|his|her|its)\b/u.test(answer) && !/^[\d£$€]/.test(answer),
  },
  // "Within eight weeks" limits something: it is asked for as a limit.
  {
    asks: /^how (?:many|long)\b(?!.*\b(?:within|after|before|until|takes?|soon|quickly|ahead|in advance|have(?! to)|gets?|needs?)\b)/i,
    holds: ({ before }) => !/\b(?:within|after|before|by|beyond|over|in)\s*$/i.test(before),
  },
  // "Up to 12 people need consent" does not say how many need it.
  {
    asks: /^how (?:many|much|long)\b(?!.*\b(?:can|could|may|have|get|allowed|at most|maximum)\b)/i,
    holds: ({ before }) => !/\bup to\s*$/i.test(before),
  },
  // "By 16:00" is the latest time of something, not when it is.
  {
    asks: /^when\b(?!.*\b(?:by|at the latest|must|should|need|have to|has to)\b)/i,
    holds: ({ before }) => !/\bby\s*$/i.test(before),
  },
  // "Ring extension 4999" does not say what the extension is.
  {
    asks: /^what (?:is|was|are|were) the\b/i,
    holds: ({ before, after }) => {
      const [said = ""] = /[^;]*$/.exec(before) ?? [];
      const [rest = ""] = /^[^;]*?(?=;| and\b|$)/.exec(after) ?? [];
      return /\b(?:is|are|was|were|be|been|called|named|means)\b|:/i.test(said + rest);
    },
  },
  // "No more than five days may be taken" does not say what must be.
  {
    asks: /\bmust\b/i,
    holds: ({ before, after }) =>
      !/\b(?:may|can|could|no more than)\b/i.test(before + after) || /\bmust\b/i.test(before + after),
  },
  // "Monday to Friday".
  {
    asks: /^/,
    holds: ({ before, answer, after }) =>
      !(
        time.test(answer) &&
        (/^\s*(?:to|[–-])\s*[\p{Lu}\d]/u.test(after) || /(?:\p{Lu}\p{Ll}+day|\d)\s*(?:to|[–-])\s*$/u.test(before))
      ),
  },
  // "At least three" is a bound.
  {
    asks: /^how (?:many|much)\b(?!.*\b(?:must|needs?|have to|has to|at least|minimum|fewest|required)\b)/i,
    holds: ({ before }) => !/\b(?:at least|no fewer than|a minimum of)\s*$/i.test(before),
  },
  // "Parties of three or fewer", "between 61 and 120 days".
  {
    asks: /^how\b/i,
    holds: ({ before, after }) =>
      !/^\s*or (?:fewer|more|less|longer|over|under)\b/i.test(after) && !/\bbetween\b[^,;]*\band\s*$/i.test(before),
  },
  // "Employees in Poland get": which employees, not where.
  { asks: /^where\b/i, holds: ({ before }) => !/^\s*[\p{L}-]+(?: [\p{L}-]+)? (?:in|at|on|of|from)\s*$/u.test(before) },
  // "Who confirms it?" asks for who does: not for "confirmed to the Officer", and not for what stands after its verb.
  {
    asks: acts,
    holds: ({ before }, question) => {
      if (/\bby (?:the |an? )?$/i.test(before)) return true;
      const verb = (acts.exec(question)?.[1] ?? "").toLowerCase();
      const isAfterVerb = before
        .toLowerCase()
        .split(/[^\p{L}]+/u)
        .some((word) => word !== "" && stemOf(word) === stemOf(verb));
      return !isAfterVerb && !beforeObject.test(before);
    },
  },
  // "Read mail through the Lockbox app": "what app can I read mail through", or with it, but not without either.
  {
    asks: /^(?:what|which|how many) \p{L}+ (?:can|do|does|did|may|must|should|is|are) /iu,
    holds: ({ before, answer }, question) => {
      const [, link = ""] =
        /\b(through|with|via|on|from|under) (?:(?:the|an?|your|its|no more than|at least|at most|up to) )*$/i.exec(
          before,
        ) ?? [];
      return (
        link === "" ||
        (time.test(answer) && !/^how many/i.test(question)) ||
        new RegExp(String.raw`\b${link}\b(?=\?$)|^${link}\b`, "i").test(question)
      );
    },
  },
  // "What is it for?" asks for a purpose.
  { asks: /^what\b.*\bfor\?$/i, holds: ({ answer }) => /^(?:to|for)\b|ing\b/i.test(answer) },
  // A share is asked for as one.
  {
    asks: /^(?!.*\b(?:percent|percentage|share|rate|much|part|proportion|fraction)\b)/i,
    holds: ({ answer }) => !/%$/.test(answer),
  },
  // One of several names, or places, is not the answer.
  {
    asks: /^/,
    holds: ({ before, answer, after }) =>
      !/^\p{Lu}/u.test(answer) || !(/\b(?:or|and)\s*$/i.test(before) || /^(?:,| or\b| and\b)/i.test(after)),
  },
  {
    asks: /^(?:where|who|whom|which|what)\b/i,
    holds: ({ before, after }) =>
      !/\bor(?: (?:in|at|on|by|to|with|from))?\s*$/i.test(before) && !/^\s+or\b/i.test(after),
  },
];

/** Whether an answer is of the kind that a question asks for, by the question's first words and what stands around the answer. */
export function isOfKind(question: string, around: Around): boolean {
  return demands.every(({ asks, holds }) => !asks.test(question) || holds(around, question));
}

/** A verb without the end that a person or a time gives it. */
function stemOf(verb: string): string {
  return verb.replace(/(?:ies|ied)$/, "y").replace(/(?:es|ed|s|e)$/, "");
}
