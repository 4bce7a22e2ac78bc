import { CausesReport } from "#schema";
import { connect } from "./connect.ts";
import { bold, dim, print, say } from "./draw.ts";
import { importFile } from "./eval.ts";
import { waitForJob } from "./jobs.ts";

export type CausesOptions = {
  data?: string;
  split: "development" | "gate" | "report";
  release?: string;
  json?: boolean;
};

/** `pawl causes APP`: why turns of a release failed, the turns behind each cause, and the cheapest remedy. */
export async function causes(app: string, { data, split, release, json }: CausesOptions): Promise<number> {
  const connection = await connect(app);
  try {
    const dataset = data === undefined ? undefined : await importFile(connection, data);
    const { id } = await connection.client.findCauses({
      params: { id: connection.app },
      body: { split, ...(dataset ? { dataset } : {}), ...(release ? { release } : {}) },
    });
    const job = await waitForJob(connection, id, "Run it again: what was replayed is kept.");
    const report = CausesReport.parse(job.result);
    if (json) print(JSON.stringify(report));
    else draw(report);
    return 0;
  } finally {
    await connection.close();
  }
}

function draw({ release, turns, failed, causes: found }: CausesReport): void {
  print(bold(`${failed} of ${turns} judged turns failed`));
  for (const { name, lostAt, turns: behind, remedy, trials } of found) {
    print(`\n${bold(lostAt ? `${name} (${lostAt})` : name)} · ${behind.length} turns`);
    print(`  ${remedy.text}`);
    for (const trial of trials) print(dim(`  ${trial.name}: mended ${trial.mended} of ${trial.tried}`));
    print(dim(`  ${behind.slice(0, 3).join(", ")}${behind.length > 3 ? ", …" : ""}`));
  }
  say(dim(release));
}
