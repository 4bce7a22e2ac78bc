/** Letters below which a guess is no better than a coin. */
const fewestLetters = 40;

/** Another language is said only where English is at most this share as likely: names alone make no Polish page. */
const englishShare = 0.85;

/** ISO 639-1 code of a text's language, or null where it is too short or too mixed to tell. */
export async function detectLanguage(text: string): Promise<string | null> {
  const sample = sampleOf(text);
  if ((sample.match(/\p{L}/gu)?.length ?? 0) < fewestLetters) return null;
  const { eld } = await import("eld/extrasmall");
  const found = eld.detect(sample);
  if (found.language === "" || !found.isReliable()) return null;
  const scores = found.getScores();
  const isClear = (scores.en ?? 0) <= englishShare * (scores[found.language] ?? 0);
  return found.language === "en" || isClear ? found.language : null;
}

/** Up to 4,000 characters from beginning, middle and end, without what looks like code, links or tables' bars. */
function sampleOf(text: string): string {
  const plain = text
    .replace(/```[\s\S]*?```/g, " ")
    .replace(/https?:\S+/g, " ")
    .replace(/[|#*_`>\d]+/g, " ")
    .replace(/\s+/g, " ")
    .trim();
  if (plain.length <= 4000) return plain;
  const middle = (plain.length >> 1) - 650;
  return [plain.slice(0, 1300), plain.slice(middle, middle + 1300), plain.slice(-1300)].join(" ");
}

/** Languages that an embedder knows, by the end of its id; null: many, or not known to pawl. */
function languagesOf(embedder: string): readonly string[] | null {
  return /(?:^|[/-])(?:\w+-)*en(?:-v[\d.]+)?$|minilm-l\d+-v2$/i.test(embedder) && !/multilingual/i.test(embedder)
    ? ["en"]
    : null;
}

/** A note for a document whose language the embedder does not know; null where all is well. */
export function languageNote(language: string | null, embedder: string): string | null {
  const known = languagesOf(embedder);
  if (language === null || known === null || known.includes(language)) return null;
  const names = new Intl.DisplayNames(["en"], { type: "language" });
  const name = (code: string) => names.of(code) ?? code;
  const model = embedder.split("/").at(-1) ?? embedder;
  return `${model} knows ${known.map(name).join(", ")} only: this document (${name(language)}) is found by its words, not by its meaning.`;
}
