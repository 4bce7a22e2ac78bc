import { CausesReport } from "#schema";
import { type Connection, connect } from "./connect.ts";
import { bold, dim, print, say } from "./draw.ts";
import { importFile } from "./eval.ts";
import { waitForJob } from "./jobs.ts";

export type CausesOptions = {
  data?: string;
  release?: string;
  json?: boolean;
};

/** Turns of a cause that are printed. */
const shown = 3;

/** `pawl causes APP`: why turns of a release failed, the turns behind each cause, and the cheapest remedy. */
export async function causes(app: string, { data, release, json }: CausesOptions): Promise<number> {
  const connection = await connect(app);
  try {
    const dataset = data === undefined ? undefined : await importFile(connection, data);
    const { id } = await connection.client.findCauses({
      params: { id: connection.app },
      body: { ...(dataset ? { dataset } : {}), ...(release ? { release } : {}) },
    });
    const job = await waitForJob(connection, id, "Run it again: what was replayed is kept.");
    const report = CausesReport.parse(job.result);
    if (json) print(JSON.stringify(report));
    else await draw(report, connection);
    return 0;
  } finally {
    await connection.close();
  }
}

async function draw(report: CausesReport, { client }: Connection): Promise<void> {
  const { release, turns, failed, causes: found } = report;
  print(bold(`${failed} of ${turns} judged ${turns === 1 ? "turn" : "turns"} failed`));
  for (const { name, lostAt, turns: behind, remedy, trials } of found) {
    print(
      `\n${bold(lostAt ? `${name} (${lostAt})` : name)} · ${behind.length} ${behind.length === 1 ? "turn" : "turns"}`,
    );
    print(`  ${remedy.text}`);
    for (const trial of trials) print(dim(`  ${trial.name}: mended ${trial.mended} of ${trial.tried}`));
    for (const id of behind.slice(0, shown)) print(dim(`  ${id}  ${(await client.turn({ params: { id } })).question}`));
    if (behind.length > shown) print(dim(`  and ${behind.length - shown} more: --json names them`));
  }
  say(dim(`of ${release}`));
}
