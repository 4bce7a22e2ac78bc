import type { LoopReport, MetricDifference, MetricValue } from "#schema";

/** The story of a loop as Markdown, for a pull request or a mail. */
export function loopMarkdown(report: LoopReport): string {
  const parts = [
    `# ${report.app}: ${report.verdict}`,
    report.reason,
    report.areUsersSimulated
      ? "The users were simulated: thumbs of a lenient and a strict rater, and corrections, from the development split."
      : "The users were the app's own.",
    "## What happened",
    report.story.map((line) => `1. ${line}`).join("\n"),
  ];
  if (report.cause.length > 0)
    parts.push(
      "## Causes",
      grid([
        ["cause", "turns", "remedy"],
        ...report.cause.map(({ name, lostAt, turns, remedy }) => [
          lostAt ? `${name} (${lostAt})` : name,
          String(turns.length),
          remedy.text,
        ]),
      ]),
    );
  if (report.arms.length > 0)
    parts.push(
      "## Arms",
      grid([
        ["arm", "kind", "closeness to corrections", "to what was liked", "seconds", "note"],
        ...report.arms.map(({ name, kind, metrics, seconds, note }) => [
          name,
          kind,
          shown(metrics[0]),
          shown(metrics[1]),
          seconds.toFixed(0),
          note,
        ]),
      ]),
    );
  if (report.metrics.length > 0) parts.push("## Gate", differences(report.metrics));
  if (report.report.length > 0) parts.push("## Report split", differences(report.report));
  if (report.todo.length > 0) parts.push("## To do", report.todo.map((line) => `- ${line}`).join("\n"));
  return `${parts.join("\n\n")}\n`;
}

function differences(metrics: readonly MetricDifference[]): string {
  const measured = metrics.filter(({ live, candidate }) => live !== null || candidate !== null);
  return grid([
    ["metric", "live", "candidate", "difference", "95 % interval", "verdict"],
    ...measured.map(({ name, live, candidate, difference, low, high, verdict }) => [
      name,
      figure(live),
      figure(candidate),
      figure(difference),
      low === null ? "" : `${figure(low)} to ${figure(high)}`,
      verdict,
    ]),
  ]);
}

function grid(rows: readonly (readonly string[])[]): string {
  const [head = [], ...rest] = rows.map((row) => `| ${row.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`);
  return [head, `|${" --- |".repeat(rows[0]?.length ?? 0)}`, ...rest].join("\n");
}

function shown(value: MetricValue | undefined): string {
  return value ? `${figure(value.mean)} (${figure(value.low)} to ${figure(value.high)})` : "";
}

function figure(value: number | null): string {
  return value === null ? "" : value.toFixed(3);
}
