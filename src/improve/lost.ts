import { type Found, mergeFound } from "#app";
import { type LostAt, type Passage, type Place, type Range, type Steps, steps, type Turn } from "#schema";

/** This share of a place is enough to read it: its last mark may stand in the next chunk. */
const enough = 0.9;

/** True where passages hold a place, each a part of it or one all. */
export function holds(passages: readonly Pick<Passage, "documentId" | "start" | "end">[], place: Place): boolean {
  return (
    shareOf(
      passages.filter(({ documentId }) => documentId === place.documentId),
      place,
    ) >= enough
  );
}

/** The share of a place that ranges of its document cover. */
function shareOf(ranges: readonly Range[], place: Place): number {
  const cut = ranges
    .map(({ start, end }) => ({ start: Math.max(start, place.start), end: Math.min(end, place.end) }))
    .filter(({ start, end }) => start < end)
    .sort((a, b) => a.start - b.start);
  let covered = 0;
  let from = place.start;
  for (const { start, end } of cut) {
    covered += Math.max(0, end - Math.max(start, from));
    from = Math.max(from, end);
  }
  return covered / (place.end - place.start);
}

/** What retrieval gave a turn, of all its collections, best first: the order that serving counts in. */
export function foundOf(turn: Turn): Found {
  const outputs = turn.spans
    .filter(({ kind, error }) => kind === "retrieve" && error === null)
    .map(({ output }) => steps.retrieve.out.parse(output));
  return mergeFound(outputs);
}

/**
 * Where a place was lost on its way to the answer; null where it came through. Looked at in the order of the way: no
 * chunk holds it whole (`split`), neither words nor meaning brought it (`not-retrieved`), others were ranked before it
 * (`fused-out`), it did not fit the context or nothing of it was held to be an answer (`cut`).
 *
 * @param chunks of the place's document, in the index that was searched
 * @param pool everything that the retrievers brought, before the best were taken
 */
export function lostAt(what: {
  turn: Turn;
  place: Place;
  minSupport: number;
  chunks: readonly Range[];
  pool: readonly Passage[];
}): LostAt | null {
  const { turn, place, minSupport, chunks, pool } = what;
  const { passages, evidence } = foundOf(turn);
  if (!chunks.some((chunk) => shareOf([chunk], place) >= enough)) return "split";
  if (!holds(passages, place)) return holds(pool, place) ? "fused-out" : "not-retrieved";
  const composed = turn.spans.find(({ kind, error }) => kind === "compose" && error === null);
  if (composed) {
    const { used }: Steps["compose"]["out"] = steps.compose.out.parse(composed.output);
    return holds(
      used.map((i) => passages[i]!),
      place,
    )
      ? null
      : "cut";
  }
  // A reader's words are judged in the place of the sentences.
  const answer = turn.spans.find(({ kind, name }) => kind === "answer" && name === "reader");
  const [best] = answer ? steps.answer.in.parse(answer.input).evidence : evidence;
  return turn.answer?.abstained && (best?.support ?? 0) < minSupport ? "cut" : null;
}
