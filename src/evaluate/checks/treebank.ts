/** Words that the Penn Treebank writes as two. */
const joined =
  /(?<![\p{ID_Continue}])(?:(can)(not)|(d)('ye)|(gim)(me)|(gon)(na)|(got)(ta)|(lem)(me)|(more)('n)|(wan)(na)|('t)(is)|('t)(was))(?![\p{ID_Continue}])/giu;

/**
 * Words as the Penn Treebank divides them (R. MacIntyre's tokenizer script, 1995): punctuation stands alone, contractions
 * are divided, a straight quote becomes an opening or a closing one. Numbers keep their separators, acronyms their dots.
 */
export function treebankTokens(text: string): string[] {
  return ` ${text.replace(/\s+/g, " ").trim()} `
    .replace(/(?<=[\s\p{Ps}<])"(?=\S)/gu, " `` ")
    .replace(/"/g, " '' ")
    .replace(/\.{3}/g, " ... ")
    .replace(/[:,](?!\d)/g, " $& ")
    .replace(/[;@#$%&]/g, " $& ")
    .replace(/(?<!\.|\b[A-Za-z]\.[A-Za-z])\.(?=[\])}>'\s]*$)/, " . ")
    .replace(/[?!\][(){}<>]|--/g, " $& ")
    .replace(/(?<!')'(?= )/g, " '")
    .replace(/'[sdm](?= )|'ll(?= )|'re(?= )|'ve(?= )|n't(?= )/gi, " $&")
    .replace(joined, (_, ...parts: unknown[]) => {
      const [first, second] = parts.filter((part) => typeof part === "string" && part !== "");
      return ` ${first} ${second} `;
    })
    .split(" ")
    .filter((word) => word !== "");
}
