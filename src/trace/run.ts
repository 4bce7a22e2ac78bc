import { asPawlError, type Clock, hashOf, newId, PawlError } from "#kernel";
import type { Kind, Span, Steps, TurnEvent, Usage } from "#schema";
import { outputRegistry } from "./reference.ts";

/** A step before it runs: `path` finds it in its run, `key` proves what it is. */
export type Step = { [K in Kind]: { kind: K; name: string; path: string; key: string; input: Steps[K]["in"] } }[Kind];

/** The output of a step that need not run, and where it came from (`cache`, `replay`, `given`). */
export type Remembered = { output: unknown; source: string; notes?: readonly string[] };

/** Why the output is not known after all, for the span: the step differs from the one that was recorded. */
export type Differs = { differs: string };

/** Asked before a step's work: is its output known? If not, the next one is asked, and at last the work runs. */
export type Known = (step: Step) => Promise<Remembered | Differs | null>;

/** One execution of steps. Every step becomes a span; nothing else does. */
export type Run = {
  readonly id: string;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly seed: number;
  /** Tells the reader; resolves when the reader took it. */
  emit(event: TurnEvent): Promise<void>;
  /**
   * Runs one step: asks what is known first, then does `work`, and records the span either way.
   *
   * @param name with the version of what does the work where it has one: `local/default@b179c952`
   * @param input everything the output depends on
   */
  step<K extends Kind>(
    kind: K,
    name: string,
    input: Steps[K]["in"],
    work: (within: Within) => Promise<Steps[K]["out"]>,
  ): Promise<Steps[K]["out"]>;
};

/** The run as seen from inside a step: its steps are children, and `note` leaves a remark on the span. */
export type Within = Run & { note(text: string): void };

export type RunOptions = {
  id: string;
  signal: AbortSignal;
  clock: Clock;
  seed?: number;
  /** What must never mix, as a part of every key: app and tenant. */
  scope: string;
  known?: readonly Known[];
  emit?: (event: TurnEvent) => Promise<void>;
  /** Takes each span when it ends. */
  record: (span: Span) => void;
};

/** Starts a run; its steps are done by calling `step` on it. */
export function startRun(options: RunOptions): Run {
  const outputs = outputRegistry();

  function level(parent: Span["id"] | null, prefix: string): Run {
    const counts = new Map<string, number>();
    return {
      id: options.id,
      signal: options.signal,
      clock: options.clock,
      seed: options.seed ?? 0,
      emit: options.emit ?? (async () => {}),
      async step(kind, name, input, work) {
        const count = (counts.get(kind) ?? 0) + 1;
        counts.set(kind, count);
        const path = `${prefix}${kind}${count > 1 ? `#${count}` : ""}`;
        const id = newId("spn");
        const span: Span = {
          id,
          parent,
          kind,
          name,
          path,
          key: hashOf({ kind, name, input, scope: options.scope }),
          startMs: options.clock.now(),
          endMs: 0,
          source: "work",
          input: outputs.referring(input),
          output: null,
          error: null,
          usage: null,
          notes: [],
        };
        try {
          options.signal.throwIfAborted();
          // `kind` and `input` belong together by the signature; the union cannot be built without saying so.
          const step = { kind, name, path, key: span.key, input } as Step;
          const remembered = await firstKnown(options.known ?? [], step, span.notes);
          const within: Within = { ...level(id, `${path}/`), note: (text) => span.notes.push(text) };
          // A known output was checked against the kind's schema by its source.
          const output = remembered ? (remembered.output as Steps[typeof kind]["out"]) : await work(within);
          if (remembered) {
            span.source = remembered.source;
            span.notes.push(...(remembered.notes ?? []));
          }
          span.output = output;
          span.usage = remembered ? null : usageOf(output);
          outputs.add(id, output);
          return output;
        } catch (thrown) {
          const error = options.signal.aborted
            ? new PawlError("cancelled", "The request was cancelled.", { cause: thrown })
            : asPawlError(thrown);
          span.error = { code: error.code, message: error.message, ...(error.hint ? { hint: error.hint } : {}) };
          throw error;
        } finally {
          span.endMs = options.clock.now();
          options.record(span);
        }
      },
    };
  }
  return level(null, "");
}

async function firstKnown(known: readonly Known[], step: Step, notes: string[]): Promise<Remembered | null> {
  for (const ask of known) {
    const found = await ask(step);
    if (found && "output" in found) return found;
    if (found) notes.push(found.differs);
  }
  return null;
}

function usageOf(output: unknown): Usage | null {
  if (typeof output !== "object" || output === null || !("usage" in output)) return null;
  return output.usage as Usage; // the only kinds whose output has `usage` declare it as Usage
}
