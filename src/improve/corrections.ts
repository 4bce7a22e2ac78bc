import { hashOf } from "#kernel";
import { type Feedback, type Message, notInDocuments, type Place, type Turn } from "#schema";
import { bare, type Wanted } from "./closeness.ts";

/** What a person corrected: the turn, the answer as it should have been, and where it stands. */
export type Correction = {
  turn: Turn;
  wanted: Wanted;
  passage: Place | null;
};

/** What a corrected answer says: null where it says that nothing in the documents answers. */
export function wantedOf(value: string): Wanted {
  return value.trim() === notInDocuments ? null : value;
}

/** The newest correction of each question; the loop learns from nothing else. */
export function correctionsOf(turns: readonly (Turn & { feedback: readonly Feedback[] })[]): Correction[] {
  const said = turns.flatMap((turn) =>
    turn.feedback.flatMap(({ body, createdAt }) => (body.kind === "correction" ? [{ turn, body, createdAt }] : [])),
  );
  const oldestFirst = said.sort((a, b) => (a.createdAt < b.createdAt ? -1 : 1));
  const byQuestion = new Map(
    oldestFirst.map(({ turn, body }) => [
      questionOf(turn.input.messages),
      { turn, wanted: wantedOf(body.value), passage: body.passage ?? null },
    ]),
  );
  return [...byQuestion.values()];
}

/** Most liked answers that an arm is asked to keep: each costs an answer. */
const mostLiked = 30;

/** What people liked and nobody corrected, the newest of each question: the answer, and where it says that it stands. */
export function likedOf(turns: readonly (Turn & { feedback: readonly Feedback[] })[]): Correction[] {
  const corrected = new Set(correctionsOf(turns).map(({ turn }) => questionOf(turn.input.messages)));
  const liked = turns.filter(
    ({ feedback, answer, input }) =>
      answer !== null &&
      !corrected.has(questionOf(input.messages)) &&
      feedback.reduce((sum, { body }) => sum + (body.kind === "thumb" ? body.value : 0), 0) > 0,
  );
  const oldestFirst = liked.sort((a, b) => a.startMs - b.startMs);
  const byQuestion = new Map(
    oldestFirst.map((turn) => [
      questionOf(turn.input.messages),
      {
        turn,
        wanted: !turn.answer || turn.answer.abstained ? null : bare(turn.answer.text),
        passage: turn.answer?.citations[0] ?? null,
      },
    ]),
  );
  return [...byQuestion.values()].sort((a, b) => (place(a) < place(b) ? -1 : 1)).slice(0, mostLiked);
}

/** Corrections by what they are for: shown to the model, learned from, validated on, held back to choose an arm by. */
export type Parts = Record<"shown" | "train" | "validation" | "held", Correction[]>;

/** Examples shown in a prompt arm. */
export const shownCount = 3;

/**
 * Divides corrections, the same ones the same way each time: by a hash of the question, not by order. A quarter is held
 * back, a tenth validates; the examples shown are a part of what is trained on.
 */
export function divided(corrections: readonly Correction[]): Parts {
  const ordered = [...corrections].sort((a, b) => (place(a) < place(b) ? -1 : 1));
  const held = ordered.splice(0, Math.round(ordered.length / 4));
  const validation = ordered.splice(0, Math.min(Math.max(1, Math.round(corrections.length / 10)), ordered.length - 1));
  const answered = ordered.filter(({ wanted }) => wanted !== null);
  return { held, validation, train: ordered, shown: answered.slice(0, shownCount) };
}

function place({ turn }: Correction): string {
  return hashOf(questionOf(turn.input.messages));
}

function questionOf(messages: readonly Message[]): string {
  return JSON.stringify(messages.map(({ role, content }) => [role, content]));
}
