import { inArray } from "drizzle-orm";
import * as z from "zod";
import { contentId, hashOf, sha256, timedId } from "#kernel";
import { Message, SamplingOverride, Span, type Turn, type Usage } from "#schema";
import { type Store, tables } from "#store";
import { areMessages, isObject } from "./messages.ts";
import { readSpan } from "./otel.ts";
import type { ForeignSpan } from "./otlp.ts";
import { withoutNul } from "./turns.ts";

/** What a span from outside is stored with, beside what every span has: enough to lay its trace out anew. */
const Outside = z.object({
  trace: z.string(),
  /** Its place among the trace's spans as they came, which is as they ended. */
  ordinal: z.int(),
  /** The parent's id, also where that span has not come yet. */
  parent: z.string().nullable(),
  isAnswering: z.boolean(),
  app: z.string().nullable(),
  agent: z.string().nullable(),
  release: z.string().nullable(),
  session: z.string().nullable(),
});
const OutsideSpan = Span.extend({ outside: Outside });
type OutsideSpan = z.infer<typeof OutsideSpan>;

/** What became of one request's spans. */
export type Received = {
  /** The turns that were made or completed. */
  turns: string[];
  /** Spans above the most that a trace may have. */
  refused: number;
};

/** Traces from other programs; see {@link openTraces}. */
export type Traces = { receive(spans: readonly ForeignSpan[]): Promise<Received> };

/** Most spans of a trace; a job that never ends its root does not grow without end. */
const maxSpans = 2_000;
/** Spans of traces in which nobody asked a model yet; the oldest trace goes first. */
const maxWaiting = 20_000;

/**
 * Turns from traces of other programs: a trace is a turn, its root says when it began and ended, and its spans keep
 * their nesting. A trace without a model call or an agent is no turn and is not stored; its spans wait in memory for
 * the call that may follow, as far as there is room.
 *
 * Spans come in any order and in several requests: each one lays its trace out anew. `receive` resolves when the turns
 * are in the store, so that a sender that was answered need not send again; what is sent twice is stored once.
 */
export function openTraces(store: Store): Traces {
  const waiting = new Map<string, OutsideSpan[]>();
  let last: Promise<unknown> = Promise.resolve();

  async function merge(spans: readonly ForeignSpan[]): Promise<Received> {
    const traces = Map.groupBy(spans.map(outsideSpan), (span) => span.outside.trace);
    const stored = await storedSpans(store, [...traces.keys()]);
    let refused = 0;
    const turns: { turn: Turn; spans: OutsideSpan[] }[] = [];
    for (const [trace, arrived] of traces) {
      const known = stored.get(trace);
      const all = new Map([...(known?.spans ?? []), ...(waiting.get(trace) ?? [])].map((span) => [span.id, span]));
      for (const span of arrived) {
        const ordinal = all.get(span.id)?.outside.ordinal ?? all.size;
        if (ordinal < maxSpans) all.set(span.id, { ...span, outside: { ...span.outside, ordinal } });
        else refused += 1;
      }
      waiting.delete(trace);
      const whole = [...all.values()];
      if (known || whole.some((span) => span.outside.isAnswering)) turns.push(turnOf(trace, whole, known?.turn));
      else waiting.set(trace, whole);
    }
    dropOldest(waiting);
    await writeOutside(store, turns);
    return { turns: turns.map(({ turn }) => turn.id), refused };
  }

  return {
    // One at a time: two requests with spans of one trace must not read it before either has written.
    receive(spans) {
      const work = last.then(() => merge(spans));
      last = work.catch(() => {}); // the caller is told
      return work;
    },
  };
}

function dropOldest(waiting: Map<string, OutsideSpan[]>): void {
  let count = 0;
  for (const spans of waiting.values()) count += spans.length;
  for (const [trace, spans] of waiting) {
    if (count <= maxWaiting) return;
    waiting.delete(trace);
    count -= spans.length;
  }
}

async function storedSpans(store: Store, traces: readonly string[]) {
  const { spans } = tables;
  const rows =
    traces.length === 0
      ? []
      : await store.db
          .select({ turn: spans.turn, body: spans.body })
          .from(spans)
          .where(inArray(spans.run, [...traces]));
  const found = new Map<string, { turn: string; spans: OutsideSpan[] }>();
  for (const row of rows) {
    const span = OutsideSpan.parse(row.body);
    const trace = found.get(span.outside.trace) ?? { turn: row.turn ?? "", spans: [] };
    trace.spans.push(span);
    found.set(span.outside.trace, trace);
  }
  return found;
}

function outsideSpan(foreign: ForeignSpan): OutsideSpan {
  const { kind, name, input, output, usage, failure, notes, ...about } = readSpan(foreign);
  const idOf = (span: string) => contentId("spn", sha256(`${foreign.trace}/${span}`));
  const code = kind === "model" ? "provider-failed" : "outside-failed";
  return {
    id: idOf(foreign.id),
    parent: null,
    kind,
    name,
    path: kind,
    key: "",
    startMs: foreign.startMs,
    endMs: foreign.endMs,
    source: "work",
    input,
    output: failure === null ? output : null,
    error: failure === null ? null : { code, message: failure },
    usage,
    notes,
    outside: {
      trace: foreign.trace,
      ordinal: 0,
      parent: foreign.parent === null ? null : idOf(foreign.parent),
      ...about,
    },
  };
}

/** The turn that a trace is, with its spans laid out: parents, paths, keys. */
function turnOf(trace: string, spans: readonly OutsideSpan[], known: string | undefined) {
  // Some clocks count milliseconds: two calls may begin in the same one, and the first ends first.
  const sorted = [...spans].sort((a, b) => a.startMs - b.startMs || a.outside.ordinal - b.outside.ordinal);
  const root = sorted.find(({ outside }) => outside.parent === null) ?? sorted[0];
  if (!root) throw new RangeError("A trace has at least one span.");
  const first = <T>(pick: (span: OutsideSpan) => T | null): T | null =>
    [root, ...sorted].map(pick).find((value) => value !== null) ?? null;

  const digest = sha256(trace);
  const app = first(({ outside }) => outside.app) ?? first(({ outside }) => outside.agent) ?? "outside";
  const calls = lastModels(sorted);
  const said = calls.filter(({ output }) => textOf(output) !== null);
  const asked =
    messagesOf(root.input) ?? calls.map(({ input }) => messagesOf(input)).find((each) => each !== null) ?? [];
  const text = textOf(root.output) ?? textOf(said.at(-1)?.output);
  const error = root.error ?? (text === null ? (calls.findLast((call) => call.error)?.error ?? null) : null);
  const firstToken = said.find(({ output }) => isObject(output) && typeof output.firstTokenMs === "number");
  const sampling = SamplingOverride.safeParse(isObject(calls[0]?.input) ? calls[0].input.sampling : {});
  const turn: Turn = {
    id: known ?? timedId("trn", root.startMs, digest),
    session: first(({ outside }) => outside.session) ?? contentId("ses", digest),
    app,
    release: first(({ outside }) => outside.release) ?? "none",
    status: error ? "failed" : "done",
    startMs: root.startMs,
    endMs: root.outside.parent === null ? root.endMs : Math.max(...sorted.map(({ endMs }) => endMs)),
    firstContentMs: firstToken ? firstToken.startMs + firstTokenMs(firstToken.output) - root.startMs : null,
    question: asked.findLast(({ role }) => role === "user")?.content ?? "",
    input: { messages: asked, ...(sampling.data ? { sampling: sampling.data } : {}) },
    answer: text === null || error ? null : { text, abstained: false, citations: [] },
    error,
    usage: calls.reduce<Usage>(
      (sum, { usage }) => ({
        inputTokens: sum.inputTokens + (usage?.inputTokens ?? 0),
        outputTokens: sum.outputTokens + (usage?.outputTokens ?? 0),
        cachedTokens: sum.cachedTokens + (usage?.cachedTokens ?? 0),
      }),
      { inputTokens: 0, outputTokens: 0, cachedTokens: 0 },
    ),
    spans: [],
  };
  return { turn, spans: laidOut(sorted, app) };
}

/** Calls of models; where one program's record of a call lies around another's of the same call, the inner one. */
function lastModels(spans: readonly OutsideSpan[]): OutsideSpan[] {
  const byId = new Map(spans.map((span) => [span.id, span]));
  const around = new Set<string>();
  for (const span of spans.filter(({ kind }) => kind === "model")) {
    for (let parent = span.outside.parent; parent !== null && !around.has(parent); ) {
      around.add(parent);
      parent = byId.get(parent)?.outside.parent ?? null;
    }
  }
  return spans.filter((span) => span.kind === "model" && !around.has(span.id));
}

/** Paths as a run gives them: `task/model#2` is the second model call within the first task. */
function laidOut(sorted: readonly OutsideSpan[], scope: string): OutsideSpan[] {
  const ids = new Set(sorted.map(({ id }) => id));
  const children = Map.groupBy(sorted, ({ outside }) =>
    outside.parent !== null && ids.has(outside.parent) ? outside.parent : null,
  );
  const out: OutsideSpan[] = [];
  const seen = new Set<string>();
  const queue: { parent: string | null; prefix: string }[] = [{ parent: null, prefix: "" }];
  for (let next = queue.shift(); next; next = queue.shift()) {
    const counts = new Map<string, number>();
    for (const span of children.get(next.parent) ?? []) {
      if (seen.has(span.id)) continue;
      seen.add(span.id);
      const count = (counts.get(span.kind) ?? 0) + 1;
      counts.set(span.kind, count);
      const path = `${next.prefix}${span.kind}${count > 1 ? `#${count}` : ""}`;
      const key = hashOf({ kind: span.kind, name: span.name, input: span.input, scope });
      out.push({ ...span, parent: next.parent, path, key });
      queue.push({ parent: span.id, prefix: `${path}/` });
    }
  }
  return out;
}

function messagesOf(input: unknown): Message[] | null {
  if (!isObject(input) || !areMessages(input.messages)) return null;
  return z.array(Message).safeParse(input.messages).data ?? null;
}

function textOf(output: unknown): string | null {
  return isObject(output) && typeof output.text === "string" && output.text !== "" ? output.text : null;
}

function firstTokenMs(output: unknown): number {
  return isObject(output) && typeof output.firstTokenMs === "number" ? output.firstTokenMs : 0;
}

/** A turn that grew is replaced whole; `run` of its spans is the trace, by which the next part finds it. */
async function writeOutside(
  store: Store,
  finished: readonly { turn: Turn; spans: readonly OutsideSpan[] }[],
): Promise<void> {
  if (finished.length === 0) return;
  const rows = finished.map(({ turn: { spans: _, ...turn } }) => turn);
  const spanRows = finished.flatMap(({ turn, spans }) => spans.map((body) => ({ turn: turn.id, body })));
  await store.batch([
    {
      sql: `insert into turns (id, session, app, release, status, start_ms, question, body)
        select t->>'id', t->>'session', t->>'app', t->>'release', t->>'status', (t->>'startMs')::double precision, t->>'question', t
        from jsonb_array_elements($1::jsonb) t
        on conflict (id) do update set session = excluded.session, app = excluded.app, release = excluded.release,
          status = excluded.status, start_ms = excluded.start_ms, question = excluded.question, body = excluded.body`,
      params: [JSON.stringify(withoutNul(rows))],
    },
    {
      sql: `insert into spans (id, turn, run, kind, start_ms, body)
        select s->'body'->>'id', s->>'turn', s->'body'->'outside'->>'trace', s->'body'->>'kind',
          (s->'body'->>'startMs')::double precision, s->'body'
        from jsonb_array_elements($1::jsonb) s
        on conflict (id) do update set turn = excluded.turn, kind = excluded.kind, start_ms = excluded.start_ms,
          body = excluded.body`,
      params: [JSON.stringify(withoutNul(spanRows))],
    },
  ]);
}
