import type { Foreseen, MetricDifference, Spending, Verdict } from "#schema";
import { spentSentence } from "./spending.ts";

/** What a report tells; the contract's `Comparison` has this shape. */
export type Reported = {
  live: string;
  candidate: string;
  changes: string[];
  verdict: Verdict;
  reason: string;
  examples: number;
  errors: number;
  metrics: MetricDifference[];
  experiment?: string | undefined;
  before?: Foreseen | null | undefined;
  spent?: Spending | undefined;
  fromLock?: number | undefined;
};

const words: Record<Verdict, string> = {
  unchanged: "unchanged",
  better: "better",
  "no-worse": "not worse",
  worse: "worse",
  "cannot-tell": "cannot tell",
};

/** The report of a check for a pull request, in Markdown. */
export function markdownReport(app: string, report: Reported): string {
  const lines = [`### pawl check · ${app}: **${words[report.verdict]}**`, "", report.reason, ""];
  if (report.changes.length > 0) lines.push(...report.changes.map((change) => `- ${change}`), "");
  if (report.metrics.length > 0) {
    lines.push(
      "| metric | live | candidate | difference (95 %) | shows at least | verdict |",
      "| --- | ---: | ---: | ---: | ---: | --- |",
    );
    for (const metric of report.metrics) lines.push(`| ${row(metric).join(" | ")} |`);
    lines.push(
      "",
      `${report.examples} examples${report.errors > 0 ? `, ${report.errors} errors` : ""}. Metrics without a verdict in **bold** are shown, not guarded.`,
    );
  }
  const evidence = evidenceOf(report);
  if (evidence.length > 0) lines.push("", evidence.join(" "));
  lines.push("", `<sub>live ${report.live} · candidate ${report.candidate}</sub>`);
  return `${lines.join("\n")}\n`;
}

/** Where the figures are from, and what they took. */
export function evidenceOf({ fromLock = 0, examples, spent }: Reported): string[] {
  const which = fromLock === examples ? "" : ` of ${fromLock} examples`;
  return [
    ...(fromLock > 0 ? [`Live scores${which} from pawl.lock.json.`] : []),
    ...(spent ? [spentSentence(spent)] : []),
  ];
}

function row(metric: MetricDifference): string[] {
  const shown = (value: number | null) => figure(value, metric.unit);
  const interval =
    metric.difference === null
      ? "–"
      : `${signed(metric.difference, metric.unit)} (${shown(metric.low)} to ${shown(metric.high)})`;
  const word = words[metric.verdict];
  return [
    `${metric.name} (${metric.component})`,
    shown(metric.live),
    shown(metric.candidate),
    interval,
    shown(metric.detectable),
    metric.isGuarded ? `**${word}**` : word,
  ];
}

/** A figure in its unit: shares in percent points with one digit, others with three significant digits. */
export function figure(value: number | null, unit: string): string {
  if (value === null || !Number.isFinite(value)) return "–";
  if (unit === "share") return `${(value * 100).toFixed(1)} %`;
  return Number(value.toPrecision(3)).toString();
}

function signed(value: number, unit: string): string {
  return `${value > 0 ? "+" : ""}${figure(value, unit)}`;
}
