import { asPawlError, type ErrorCode, PawlError } from "#kernel";
import type { ChatRequest, ChatResponse, Models } from "#schema";

/** Why a model of the route did not answer. */
export type RouteNote = { model: string; code: ErrorCode; message: string };

export type Routed = {
  response: ChatResponse;
  /** The model that answered. */
  model: string;
  /** The models before it, in order, and why each did not. Empty when the first answered. */
  notes: readonly RouteNote[];
};

/** What another model may do better; a malformed request or a cancelled one stays what it is. */
const passesOn: ReadonlySet<ErrorCode> = new Set([
  "model-file-unavailable",
  "model-file-damaged",
  "model-unknown",
  "engine-crashed",
  "engine-unavailable",
  "engine-unsupported-platform",
  "provider-unknown",
  "provider-key-missing",
  "provider-key-wrong",
  "provider-rate-limited",
  "provider-timeout",
  "provider-unreachable",
  "provider-failed",
  "context-overflow",
  "unsupported-option",
]);

/**
 * Asks the candidates in order until one answers, and says which did and why the others did not. Once a part of an
 * answer was given out there is no other try: two models' words in one answer would be worse than an error.
 */
export async function chatRoute(
  models: Pick<Models, "chat">,
  candidates: readonly string[],
  request: Omit<ChatRequest, "model">,
  options: { signal: AbortSignal; onDelta?: (text: string) => Promise<void> },
): Promise<Routed> {
  const notes: RouteNote[] = [];
  const { onDelta } = options;
  let isStarted = false;
  const heard =
    onDelta === undefined
      ? {}
      : {
          onDelta: (text: string) => {
            isStarted = true;
            return onDelta(text);
          },
        };
  for (const model of candidates) {
    try {
      return { response: await models.chat({ ...request, model }, { signal: options.signal, ...heard }), model, notes };
    } catch (error) {
      const known = asPawlError(error);
      if (candidates.length === 1 || isStarted || !passesOn.has(known.code)) throw known;
      notes.push({ model, code: known.code, message: known.message });
      if (notes.length === candidates.length) throw noneLeft(notes, known);
    }
  }
  throw new PawlError("bad-request", "The route names no model.", { hint: "Give it at least one model." });
}

function noneLeft(notes: readonly RouteNote[], last: PawlError): PawlError {
  const reasons = notes.map(({ model, message }) => `${model}: ${message}`).join(" ");
  return new PawlError(last.code, `No model of the route answered. ${reasons}`, {
    ...(last.hint === undefined ? {} : { hint: last.hint }),
    cause: last,
    details: { notes },
  });
}
