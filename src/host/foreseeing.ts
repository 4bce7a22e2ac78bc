import { costOf, priceOf } from "#gateway";
import type { Example, Foreseen, MetricInfo, Release, Usage } from "#schema";
import { wordTail } from "#ship";
import { clustersOf, detectable, foreseen, mean } from "#stats";
import type { Store } from "#store";
import type { Config } from "./config.ts";

/** What a release's turns took so far, on average over those that were looked at. */
type Rate = Usage & { release: string; turns: number; asked: number; seconds: number };

/** So many of an app's newest turns are looked at. */
const newest = 500;
/** English text has about four characters a token. */
const charactersPerToken = 4;

/** How many of these examples a metric speaks of; all of them where it does not say. */
type Speaking = { info: MetricInfo; speaksOf?: (example: Example) => boolean };

/**
 * What asking these examples will take, and what they will be able to show. Tokens and time come from earlier turns of
 * the release, else of one with the same model and way to answer; failing these, tokens from any turn of the app, else
 * from the lengths of texts and limits, and time is not known.
 *
 * @param waiting the examples that each release is still to be asked
 */
export async function foresee(
  { store, config }: { store: Store; config: Pick<Config, "prices"> },
  what: {
    app: string;
    releases: readonly Release[];
    examples: readonly Example[];
    waiting: ReadonlyMap<string, readonly Example[]>;
    metrics: readonly Speaking[];
    concurrency: number;
    readRelease(id: string): Promise<Release>;
  },
): Promise<Foreseen> {
  const rates = await ratesOf(store, what.app);
  const known = new Map<string, Release | null>();
  for (const { release } of rates) known.set(release, await what.readRelease(release).catch(() => null)); // `none`, or another host's
  const total = { calls: 0, inputTokens: 0, cachedTokens: 0, outputTokens: 0, costUsd: 0 };
  let seconds: number | null = 0;
  let from: Foreseen["from"] = "turns";
  const unpriced = new Set<string>();
  for (const release of what.releases) {
    const waiting = what.waiting.get(release.id) ?? [];
    if (waiting.length === 0) continue;
    const alike = rates.filter((rate) => isAlike(known.get(rate.release) ?? null, release));
    const own = rates.filter((rate) => rate.release === release.id);
    const timed = own.length > 0 ? own : alike;
    const rate = together(timed) ?? (release.spec.answer === "model" ? together(rates) : null);
    if (!rate) from = "estimate";
    const one = rate ?? estimate(release, waiting);
    const usage = scaled(one, waiting.length);
    total.calls += Math.round(one.asked * waiting.length);
    total.inputTokens += usage.inputTokens;
    total.cachedTokens += usage.cachedTokens;
    total.outputTokens += usage.outputTokens;
    const perTurn = timed.length === 0 ? null : (rate?.seconds ?? null);
    seconds = seconds === null || perTurn === null ? null : seconds + (perTurn * waiting.length) / what.concurrency;
    const model = release.spec.route[0]?.model;
    const price = model === undefined ? null : priceOf(model, config.prices);
    if (price) total.costUsd += costOf(price, usage);
    else if (model !== undefined && one.asked > 0) unpriced.add(model);
  }
  const ids = new Set([...what.waiting.values()].flatMap((waiting) => waiting.map(({ id }) => id)));
  return {
    ...total,
    seconds,
    unpriced: [...unpriced],
    examples: ids.size,
    from,
    detectable: shown(what.metrics, what.examples),
  };
}

async function ratesOf(store: Store, app: string): Promise<Rate[]> {
  const rows = await store.query({
    sql: `select release, count(*)::int turns, avg(i) i, avg(c) c, avg(o) o, avg(case when i > 0 then 1 else 0 end) asked, avg(ms) ms
      from (select release, (body->'usage'->>'inputTokens')::float8 i, (body->'usage'->>'cachedTokens')::float8 c,
          (body->'usage'->>'outputTokens')::float8 o, (body->>'endMs')::float8 - (body->>'startMs')::float8 ms
        from turns where app = $1 and status = 'done' order by start_ms desc limit ${newest}) t
      group by release`,
    params: [app],
  });
  return rows.map((row) => ({
    release: String(row.release),
    turns: Number(row.turns),
    inputTokens: Number(row.i),
    cachedTokens: Number(row.c),
    outputTokens: Number(row.o),
    asked: Number(row.asked),
    seconds: Number(row.ms) / 1000,
  }));
}

function isAlike(a: Release | null, b: Release): boolean {
  return a !== null && a.spec.answer === b.spec.answer && a.spec.route[0]?.model === b.spec.route[0]?.model;
}

function together(rates: readonly Rate[]): Rate | null {
  const [first] = rates;
  if (!first) return null;
  const turns = rates.reduce((sum, rate) => sum + rate.turns, 0);
  const of = (part: "inputTokens" | "cachedTokens" | "outputTokens" | "asked" | "seconds") =>
    rates.reduce((sum, rate) => sum + rate[part] * rate.turns, 0) / turns;
  return {
    release: first.release,
    turns,
    inputTokens: of("inputTokens"),
    cachedTokens: of("cachedTokens"),
    outputTokens: of("outputTokens"),
    asked: of("asked"),
    seconds: of("seconds"),
  };
}

/** Without any turn: the prompt by its length, the answer by its references, else half of the longest allowed. */
function estimate({ spec }: Release, examples: readonly Example[]): Usage & { asked: number } {
  if (spec.answer !== "model") return { inputTokens: 0, cachedTokens: 0, outputTokens: 0, asked: 0 };
  const said = mean(
    examples.map(({ messages }) => messages.reduce((sum, { content }) => sum + content.length, 0) / charactersPerToken),
  );
  const passages = Object.values(spec.knowledge).reduce(
    (sum, { settings }) => sum + settings.passages * settings.chunkTokens,
    0,
  );
  const answers = examples.flatMap(({ answer }) => (typeof answer === "string" ? [answer.length] : []));
  const outputTokens = answers.length === 0 ? spec.sampling.maxTokens / 2 : mean(answers) / charactersPerToken;
  return {
    inputTokens: spec.instructions.length / charactersPerToken + said + passages,
    cachedTokens: 0,
    outputTokens: Math.min(outputTokens, spec.sampling.maxTokens),
    asked: 1,
  };
}

function scaled(one: Usage, times: number): Usage {
  return {
    inputTokens: Math.round(one.inputTokens * times),
    cachedTokens: Math.round(one.cachedTokens * times),
    outputTokens: Math.round(one.outputTokens * times),
  };
}

/** Guarded metrics with two ends: the smallest difference that these examples show, by assumed variance. */
function shown(metrics: readonly Speaking[], examples: readonly Example[]): Record<string, number> {
  const entries = metrics.flatMap(({ info, speaksOf = () => true }): [string, number][] => {
    const [least, most] = info.range;
    const spoken = examples.filter(speaksOf);
    if (!info.isGuarded || most === null || spoken.length < 2) return [];
    const sizes = new Map<string, number>();
    for (const cluster of clustersOf(spoken.map(({ groups }) => groups)))
      sizes.set(cluster, (sizes.get(cluster) ?? 0) + 1);
    const design = foreseen(spoken.length, { sizes: [...sizes.values()], width: most - least });
    const smallest = detectable(design, { tail: wordTail });
    return smallest === null ? [] : [[info.name, smallest]];
  });
  return Object.fromEntries(entries);
}
