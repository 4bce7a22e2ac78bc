import { answerTurn, type Question, type Serving } from "#app";
import { asPawlError, newId, PawlError, systemClock } from "#kernel";
import type { ChatRequest, Models, Span, Turn, TurnEvent, Usage } from "#schema";
import { type Known, type Run, startRun } from "#trace";

export type AskOptions = {
  signal: AbortSignal;
  session?: string | undefined;
  emit?: (event: TurnEvent) => Promise<void>;
  known?: readonly Known[];
  /** The turn's id where the caller must know it before the end. */
  id?: string;
};

/** Asks an app: one turn, recorded by `keep` before this resolves, also when it failed. */
export async function askApp(
  serving: Serving,
  question: Question,
  options: AskOptions,
  keep: (turn: Turn) => Promise<void>,
): Promise<Turn> {
  const { release } = serving;
  return recordTurn({ app: release.app, release: release.id, question, options, keep }, async (run) => {
    return answerTurn(serving, question, run);
  });
}

/** Asks a model itself, without an app; its calls are turns too. */
export async function askModel(
  models: Models,
  request: ChatRequest,
  options: AskOptions,
  keep: (turn: Turn) => Promise<void>,
): Promise<Turn> {
  const { id: model, version } = await models.describe(request.model);
  const { model: _, ...question } = request;
  return recordTurn({ app: model, release: "none", question, options, keep }, async (run) => {
    let sent = 0;
    const onDelta = async (text: string) => {
      sent += text.length;
      await run.emit({ type: "delta", text });
    };
    const said = await run.step("model", `${model}@${version}`, { ...request, model }, () =>
      models.chat({ ...request, model }, { signal: run.signal, onDelta }),
    );
    if (said.text.length > sent) await run.emit({ type: "delta", text: said.text.slice(sent) });
    return { text: said.text, abstained: false, citations: [] };
  });
}

async function recordTurn(
  what: { app: string; release: string; question: Question; options: AskOptions; keep: (turn: Turn) => Promise<void> },
  work: (run: Run) => Promise<Turn["answer"]>,
): Promise<Turn> {
  const { options, question } = what;
  const spans: Span[] = [];
  const startMs = systemClock.now();
  let firstContentMs: number | null = null;
  const run = startRun({
    id: options.id ?? newId("trn"),
    signal: options.signal,
    clock: systemClock,
    scope: what.app,
    known: options.known ?? [],
    emit: async (event) => {
      if (event.type === "delta") firstContentMs ??= systemClock.now() - startMs;
      await options.emit?.(event);
    },
    record: (span) => spans.push(span),
  });

  const finish = (status: Turn["status"], answer: Turn["answer"], error: Turn["error"]): Turn => ({
    id: run.id,
    session: options.session ?? newId("ses"),
    app: what.app,
    release: what.release,
    status,
    startMs,
    endMs: systemClock.now(),
    firstContentMs,
    question: question.messages.at(-1)?.content ?? "",
    input: question,
    answer,
    error,
    usage: totalUsage(spans),
    spans,
  });

  try {
    const answer = await work(run);
    const turn = finish("done", answer, null);
    await what.keep(turn);
    return turn;
  } catch (thrown) {
    const error = options.signal.aborted
      ? new PawlError("cancelled", "The request was cancelled.", { cause: thrown })
      : asPawlError(thrown);
    const status = error.code === "cancelled" ? "cancelled" : "failed";
    await what.keep(
      finish(status, null, { code: error.code, message: error.message, ...(error.hint ? { hint: error.hint } : {}) }),
    );
    throw error;
  }
}

function totalUsage(spans: readonly Span[]): Usage {
  return spans.reduce<Usage>(
    (sum, { usage }) =>
      usage
        ? {
            inputTokens: sum.inputTokens + usage.inputTokens,
            outputTokens: sum.outputTokens + usage.outputTokens,
            cachedTokens: sum.cachedTokens + usage.cachedTokens,
          }
        : sum,
    { inputTokens: 0, outputTokens: 0, cachedTokens: 0 },
  );
}
