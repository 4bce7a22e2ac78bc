import snowball from "snowball-stemmers";

const stemmer = snowball.newStemmer("english");
const stems = new Map<string, string>();

/** Words that say nothing about a subject: articles, pronouns, auxiliaries, question words. */
const stopWords = new Set(
  `a about above after again all also am an and any are as at be because been before being below between both but by can
could did do does doing down during each few for from further had has have having he her here hers him his how i if in
into is it its itself just may me might more most must my no nor not now of off on once only or other our ours out over
own per same shall she should so some such than that the their theirs them then there these they this those through to
too under until up upon us very was we were what when where which while who whom whose why will with within would you
your yours yes s t don ll re ve d m o`.split(/\s+/),
);

/** Stemmed content words of a text, in order: lower case, stop words left out, English Snowball stems, numbers whole. */
export function contentWords(text: string): string[] {
  const words: string[] = [];
  for (const [word] of text.toLowerCase().matchAll(/\d+(?:[.,:]\d+)*|[\p{L}\p{M}\p{N}]+(?:['’]\p{L}+)?/gu)) {
    const bare = word.replace(/['’].*$/, "");
    if (bare !== "" && !stopWords.has(bare)) words.push(stem(bare));
  }
  return words;
}

function stem(word: string): string {
  if (/^\d/.test(word)) return word.replaceAll(",", "");
  const known = stems.get(word);
  if (known !== undefined) return known;
  const made = stemmer.stem(word);
  if (stems.size > 20_000) stems.clear();
  stems.set(word, made);
  return made;
}

/** Inverse document frequency of BM25 (Robertson and Zaragoza 2009, eq. 3.3, kept positive) over a set of texts. */
export function idfOver(texts: readonly string[]): (word: string) => number {
  const frequency = new Map<string, number>();
  for (const text of texts) {
    for (const word of new Set(contentWords(text))) frequency.set(word, (frequency.get(word) ?? 0) + 1);
  }
  return (word) => {
    const df = frequency.get(word) ?? 0;
    return Math.log(1 + (texts.length - df + 0.5) / (df + 0.5));
  };
}
