import { PawlError } from "#kernel";
import { type Kind, type Span, type Steps, steps } from "#schema";
import { resolveSpans } from "./reference.ts";
import type { Known } from "./run.ts";

/**
 * What an earlier run gave out. A step is found by its path and proved by its key.
 *
 * - Faithful: a step that is not there, or is another one, is refused (`replay-mismatch`): the replay would not be one.
 * - Otherwise such a step runs, and what differs is marked on its span.
 *
 * @param options.before stop knowing at this path: it and everything after it runs again
 */
export function spansOf(spans: readonly Span[], options: { faithful?: boolean; before?: string } = {}): Known {
  const whole = resolveSpans(spans).filter((span) => span.error === null);
  const cut = options.before === undefined ? whole.length : whole.findIndex((span) => span.path === options.before);
  if (cut < 0) {
    throw new PawlError("not-found", `The run has no step at ${options.before}.`, {
      hint: `Its steps are: ${whole.map((span) => span.path).join(", ")}.`,
    });
  }
  const recorded = new Set(whole.map((span) => span.path));
  const byPath = new Map(whole.slice(0, cut).map((span) => [span.path, span]));
  return async (step) => {
    const span = byPath.get(step.path);
    if (span?.key === step.key) {
      return { output: steps[step.kind].out.parse(span.output), source: "replay" };
    }
    const isCut = span === undefined && recorded.has(step.path);
    const why = span
      ? `is another one than was recorded (${span.kind} ${span.name}${span.name === step.name ? ", with other input" : ""})`
      : "was not recorded";
    if (isCut) return null; // meant to run
    if (!options.faithful) return { differs: `The step ${why}.` };
    throw new PawlError("replay-mismatch", `The step ${step.path} (${step.kind} ${step.name}) ${why}.`, {
      hint: "Replay under the turn's own release, or without `faithful` to run what differs.",
    });
  };
}

/**
 * A step's output, given from outside: "what if retrieval had been perfect?" is
 * `given("retrieve", { passages, evidence })`.
 *
 * @throws PawlError `bad-request` where the value is not an output of that kind
 */
export function given<K extends Kind>(
  kind: K,
  output: Steps[K]["out"] | ((input: Steps[K]["in"]) => Steps[K]["out"]),
): Known {
  return async (step) => {
    if (step.kind !== kind) return null;
    // `step.kind === kind`, so its input is that kind's.
    const value = typeof output === "function" ? output(step.input as Steps[K]["in"]) : output;
    const parsed = steps[kind].out.safeParse(value);
    if (!parsed.success) {
      throw new PawlError(
        "bad-request",
        `What is given for ${kind} is not an output of that kind: ${parsed.error.issues[0]?.message}.`,
        {
          details: { issues: parsed.error.issues },
        },
      );
    }
    return { output: parsed.data, source: "given" };
  };
}
