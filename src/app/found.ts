import type { Steps } from "#schema";

/** What retrieval gives: passages, best first, and the sentences that answer best. */
export type Found = Steps["retrieve"]["out"];

/** What several collections found, as one: passages by score, evidence by support. */
export function mergeFound(found: readonly Found[]): Found {
  if (found.length === 1) return found[0]!;
  const passages = found.flatMap((one) => one.passages).sort((a, b) => b.score - a.score);
  const evidence = found
    .flatMap((one) =>
      one.evidence.map((piece) => ({ ...piece, passage: passages.indexOf(one.passages[piece.passage]!) })),
    )
    .sort((a, b) => b.support - a.support);
  return { passages, evidence };
}
