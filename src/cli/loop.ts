import { writeFile } from "node:fs/promises";
import { loopMarkdown } from "#improve";
import { PawlError } from "#kernel";
import { LoopReport } from "#schema";
import { connect } from "./connect.ts";
import { bold, green, print, red } from "./draw.ts";
import { waitForJob } from "./jobs.ts";

export type LoopOptions = { minutes: number; seed: number; json?: boolean; report?: string };

/** `pawl loop APP`: exit 0 where something was promoted, 1 where it was refused. */
export async function loop(app: string, options: LoopOptions): Promise<number> {
  const connection = await connect(app);
  try {
    const { id } = await connection.client.loop({
      params: { id: connection.app },
      body: { minutes: options.minutes, seed: options.seed },
    });
    const { result } = await waitForJob(connection, id, "Run it again: it goes on where it was.");
    const report = LoopReport.parse(result);
    if (options.json) print(JSON.stringify(report));
    else {
      print(report.verdict === "promoted" ? bold(green("promoted")) : bold(red("refused")));
      for (const line of report.story) print(`  ${line}`);
      for (const todo of report.todo) print(`- ${todo}`);
    }
    if (options.report) {
      await writeFile(options.report, loopMarkdown(report)).catch((cause: unknown) => {
        throw new PawlError("bad-request", `The report could not be written to ${options.report}.`, {
          hint: "It is in the console, under Improve; name a file in a folder that is yours.",
          cause,
        });
      });
    }
    return report.verdict === "promoted" ? 0 : 1;
  } finally {
    await connection.close();
  }
}
