import { inArray } from "drizzle-orm";
import type { ExampleLine, Feedback, Split, Turn } from "#schema";
import { type Store, tables } from "#store";
import type { NotCarried, SourceLine } from "./formats/format.ts";

/**
 * A turn as an example. The answer is the given one; else the newest correction; else what the turn answered, if the
 * newest thumb is up; else not known. Sources are the correction's passage, else the turn's citations, unless the thumb
 * is down. The example has the turn's id, so that making it again replaces it; its session is its group.
 */
export async function exampleOfTurn(
  store: Store,
  turn: Turn & { feedback: readonly Feedback[] },
  given: { split: Split; answer?: string | null | undefined },
): Promise<{ line: SourceLine; notCarried: NotCarried[] }> {
  const bodies = turn.feedback.map(({ body }) => body);
  const correction = bodies.findLast((body) => body.kind === "correction");
  const thumb = bodies.findLast((body) => body.kind === "thumb")?.value;
  const answer = answerOf(turn, given.answer, correction?.value, thumb);
  const places = correction?.passage ? [correction.passage] : thumb === -1 ? [] : (turn.answer?.citations ?? []);
  const line: ExampleLine = {
    id: turn.id,
    messages: turn.input.messages,
    ...(answer === undefined ? {} : { answer }),
    group: turn.session,
    split: given.split,
    sources: await sourcesOf(store, places),
  };
  return { line: { line, at: turn.id, source: "turn" }, notCarried: notCarriedOf(turn) };
}

function answerOf(
  turn: Turn,
  given: string | null | undefined,
  correction: string | undefined,
  thumb: 1 | -1 | undefined,
): string | null | undefined {
  if (given !== undefined) return given;
  if (correction !== undefined) return correction;
  if (thumb !== 1 || !turn.answer) return undefined;
  return turn.answer.abstained ? null : turn.answer.text.replace(/\s*\[\d+\]/g, "");
}

async function sourcesOf(
  store: Store,
  places: readonly { documentId: string; start: number; end: number }[],
): Promise<{ path: string; start: number; end: number }[]> {
  if (places.length === 0) return [];
  const { documents } = tables;
  const ids = [...new Set(places.map(({ documentId }) => documentId))];
  const rows = await store.db
    .select({ id: documents.id, path: documents.path })
    .from(documents)
    .where(inArray(documents.id, ids));
  const paths = new Map(rows.map(({ id, path }) => [id, path]));
  return places.flatMap(({ documentId, start, end }) => {
    const path = paths.get(documentId);
    return path === undefined ? [] : [{ path, start, end }];
  });
}

/** What the request itself said about how to answer: an experiment asks the app as it is. */
function notCarriedOf({ id, input }: Turn): NotCarried[] {
  return (["answer", "format", "sampling", "topLogprobs", "without"] as const)
    .filter((name) => input[name] !== undefined)
    .map((name) => ({ at: id, name, message: "It was a wish of this request; an example is asked as the app is." }));
}
