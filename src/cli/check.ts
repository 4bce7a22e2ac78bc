import { writeFile } from "node:fs/promises";
import { evidenceOf, figure, markdownReport, type Reported } from "#ship";
import { connect } from "./connect.ts";
import { bold, dim, green, print, red, say, table } from "./draw.ts";
import { importFile } from "./eval.ts";
import { waitForJob } from "./jobs.ts";

export type CheckOptions = {
  app: string;
  json?: boolean;
  data?: string;
  undecided: "fail" | "pass";
  report?: string;
  against: string;
};
export type ShipOptions = {
  app: string;
  json?: boolean;
  data?: string;
  worse?: boolean;
  overrule?: string;
  by?: string;
  adopt?: boolean;
};

const goesOn = "Run it again: what was answered is not asked again.";

/** `pawl check`: is the edit worse than what is live? Exit 0: no; 1: yes, or it cannot be told. */
export async function check(options: CheckOptions): Promise<number> {
  const connection = await connect(options.app);
  try {
    const dataset = options.data === undefined ? undefined : await importFile(connection, options.data);
    const { id } = await connection.client.check({
      params: { id: connection.app },
      body: { ...(dataset ? { dataset } : {}), ...(options.against === "live" ? {} : { against: options.against }) },
    });
    const { result } = await waitForJob(connection, id, goesOn);
    const report = result as Reported; // a check's result, by the contract of its kind
    if (options.report) await writeFile(options.report, markdownReport(connection.app, report));
    if (options.json) print(JSON.stringify(report));
    else drawReport(report);
    return isGood(report.verdict, options.undecided) ? 0 : 1;
  } finally {
    await connection.close();
  }
}

function isGood(verdict: Reported["verdict"], undecided: "fail" | "pass"): boolean {
  if (verdict === "cannot-tell") return undecided === "pass";
  return verdict !== "worse";
}

/** `pawl ship`: the whole gate; exit 0 where the candidate is live, 1 where it was refused. */
export async function ship(options: ShipOptions): Promise<number> {
  const connection = await connect(options.app);
  try {
    const dataset = options.data === undefined ? undefined : await importFile(connection, options.data);
    const body = {
      ...(dataset ? { dataset } : {}),
      // Commander's `--no-worse` sets `worse` to false.
      noWorse: options.worse === false,
      adopt: options.adopt ?? false,
      ...(options.overrule ? { overrule: options.overrule } : {}),
      ...(options.by ? { by: options.by } : {}),
    };
    const { id } = await connection.client.ship({ params: { id: connection.app }, body });
    const { result } = await waitForJob(connection, id, goesOn);
    const decision = result as Awaited<ReturnType<typeof connection.client.rollback>>; // a ship's result is a decision
    const verdict = decision.kind === "refused" ? "refused" : "promoted";
    if (options.json) {
      print(
        JSON.stringify({
          release: decision.release,
          previous: decision.previous,
          verdict,
          reason: decision.reason,
          comparison: decision.comparison,
        }),
      );
    } else {
      if (decision.comparison) drawReport(decision.comparison);
      print(`${verdict === "promoted" ? green("live") : red("refused")}: ${decision.release}. ${decision.reason}`);
    }
    return verdict === "promoted" ? 0 : 1;
  } finally {
    await connection.close();
  }
}

/** `pawl rollback`: the release before, or a named one, is live again. */
export async function rollback(options: {
  app: string;
  json?: boolean;
  release?: string;
  reason?: string;
}): Promise<number> {
  const connection = await connect(options.app);
  try {
    const { release, previous } = await connection.client.rollback({
      params: { id: connection.app },
      body: {
        ...(options.release ? { release: options.release } : {}),
        ...(options.reason ? { reason: options.reason } : {}),
      },
    });
    if (options.json) print(JSON.stringify({ release, previous, verdict: "rolled-back" }));
    else print(`live: ${release} (before: ${previous})`);
    return 0;
  } finally {
    await connection.close();
  }
}

function drawReport(report: Reported): void {
  print(bold(`${report.verdict}: ${report.reason}`));
  for (const change of report.changes) print(`  ${change}`);
  for (const sentence of evidenceOf(report)) say(dim(sentence));
  if (report.metrics.length === 0) return;
  print("");
  print(
    table([
      ["metric", "live", "candidate", "difference", "95 % interval", "shows", "verdict"],
      ...report.metrics.map((metric) => [
        metric.name,
        figure(metric.live, metric.unit),
        figure(metric.candidate, metric.unit),
        figure(metric.difference, metric.unit),
        `${figure(metric.low, metric.unit)} to ${figure(metric.high, metric.unit)}`,
        figure(metric.detectable, metric.unit),
        metric.isGuarded ? metric.verdict : dim(metric.verdict),
      ]),
    ]),
  );
  say(
    dim(`${report.examples} examples, ${report.errors} errors · live ${report.live} · candidate ${report.candidate}`),
  );
}
