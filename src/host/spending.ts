import { costOf, priceOf } from "#gateway";
import type { Experiment, Spending } from "#schema";
import type { HostCore } from "./core.ts";

/** The session of the turns that an experiment asks. */
export function sessionOf(experiment: Pick<Experiment, "id">): string {
  return `exp_${experiment.id}`;
}

/** What an experiment's own calls took, by its stored turns; an answer that another experiment asked for is not its own. */
export async function spentBy(
  host: Pick<HostCore, "store" | "config">,
  experiment: Experiment,
  seconds: number,
): Promise<Spending> {
  const rows = await host.store.query({
    sql: `select split_part(s.body->>'name', '@', 1) model, count(*)::int calls,
        sum((s.body->'usage'->>'inputTokens')::float8) i, sum((s.body->'usage'->>'cachedTokens')::float8) c,
        sum((s.body->'usage'->>'outputTokens')::float8) o
      from turns t join spans s on s.turn = t.id
      where t.session = $1 and s.kind = 'model' and s.body->>'source' = 'work'
      group by 1`,
    params: [sessionOf(experiment)],
  });
  const spent: Spending = {
    calls: 0,
    inputTokens: 0,
    cachedTokens: 0,
    outputTokens: 0,
    costUsd: 0,
    unpriced: [],
    seconds,
  };
  for (const row of rows) {
    const usage = { inputTokens: Number(row.i), cachedTokens: Number(row.c), outputTokens: Number(row.o) };
    const model = String(row.model);
    const price = priceOf(model, host.config.prices);
    spent.calls += Number(row.calls);
    spent.inputTokens += usage.inputTokens;
    spent.cachedTokens += usage.cachedTokens;
    spent.outputTokens += usage.outputTokens;
    if (price) spent.costUsd += costOf(price, usage);
    else spent.unpriced.push(model);
  }
  return spent;
}
