/** Words of questions that name no subject. */
const plain = new Set(
  (
    "about after again also another anyone anything because been before being both could does doing during each else every " +
    "from gets give goes going have having here into just know like long made make many more most much must need only other " +
    "over please same shall should some still such take tell than that their them then there these they thing this those " +
    "through under until upon used uses very want well were what when where which while whom whose will with within without " +
    "would your yours someone something company allowed happen happens"
  ).split(" "),
);

/** What questions are about, in a few of their own words: those that most of them have, in the order they are said. */
export function subjectOf(questions: readonly string[], most = 4): string {
  const counts = new Map<string, { shown: string; questions: number; at: number }>();
  let at = 0;
  for (const question of questions) {
    const words = question.match(/[\p{L}\p{N}][\p{L}\p{N}'’-]*/gu) ?? [];
    const seen = new Set<string>();
    for (const word of words) {
      const stem = word
        .toLowerCase()
        .replace(/['’]s?$/, "")
        .replace(/(?:ies|es|s|ing|ed)$/, "");
      if (word.length < 4 || plain.has(word.toLowerCase()) || seen.has(stem)) continue;
      seen.add(stem);
      const known = counts.get(stem);
      counts.set(stem, {
        shown: known?.shown ?? word.toLowerCase().replace(/['’]s?$/, ""),
        questions: (known?.questions ?? 0) + 1,
        at: known?.at ?? at++,
      });
    }
  }
  const named = [...counts.values()].sort((a, b) => b.questions - a.questions || a.at - b.at).slice(0, most);
  return named.map(({ shown }) => shown).join(", ") || "this";
}
