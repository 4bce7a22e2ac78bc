import type { Place, TurnAnswer } from "#schema";
import { tokenF1 } from "#stats";

/** What a person wanted: the answer's text, or null where the documents do not say. */
export type Wanted = string | null;

/**
 * How close an answer is to what was wanted, from 0 to 1: the share of equal members where a JSON object is wanted, else
 * token F1 (SQuAD's normal form), marks of citations not counted; of what has no answer, whether it abstained. Where the
 * person pointed at a passage, a citation of it is half of the score: a whole sentence may be right and share few words.
 */
export function closeness(answer: TurnAnswer | null, wanted: Wanted, passage: Place | null = null): number {
  if (wanted === null) return Number(answer?.abstained === true);
  if (!answer || answer.abstained) return 0;
  const object = objectOf(wanted);
  if (!object) {
    const said = tokenF1(bare(answer.text), [wanted]);
    return passage ? (said + Number(cites(answer, passage))) / 2 : said;
  }
  const given = objectOf(answer.text);
  const names = Object.keys(object);
  if (!given || names.length === 0) return 0;
  return names.filter((name) => JSON.stringify(given[name]) === JSON.stringify(object[name])).length / names.length;
}

function cites({ citations }: TurnAnswer, place: Place): boolean {
  return citations.some(
    ({ documentId, start, end }) => documentId === place.documentId && start < place.end && place.start < end,
  );
}

/** A text without its citations' numbers. */
export function bare(text: string): string {
  return text.replace(/\s*\[\d+\]/g, "");
}

/** The JSON object that a text is; null where it is none. */
export function objectOf(text: string): Record<string, unknown> | null {
  if (!text.trim().startsWith("{")) return null;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    return null;
  }
}
