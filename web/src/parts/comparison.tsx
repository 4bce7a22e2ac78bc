import { Link } from "@tanstack/react-router";
import type { Comparison, Difference } from "../api.ts";
import { change, figure, interval, plural } from "../format.ts";
import { useMedia } from "./browser.ts";
import { Verdict } from "./verdict.tsx";
import { Whisker } from "./whisker.tsx";

/** Two releases and their metrics; how many examples they were asked, where that is known. */
export type Compared = Pick<Comparison, "live" | "candidate" | "metrics"> & { examples?: number };

/** Each metric of two releases: both values, the difference with its interval, and what it means. Guarded first. */
export function ComparisonTable({ comparison }: { comparison: Compared }) {
  const wide = useMedia("(min-width: 60rem)");
  const guarded = comparison.metrics.filter((metric) => metric.isGuarded);
  const shown = comparison.metrics.filter((metric) => !metric.isGuarded);
  if (comparison.metrics.length === 0) return null;
  const groups = [
    { name: "Guarded: a candidate may not lose on these", metrics: guarded },
    { name: "Shown, not guarded", metrics: shown },
  ].filter(({ metrics }) => metrics.length > 0);
  return (
    <>
      {wide ? (
        <MetricTable groups={groups} comparison={comparison} />
      ) : (
        <MetricCards groups={groups} comparison={comparison} />
      )}
      <p className="mt-3 max-w-prose text-12 text-ink-3">
        This dataset can show at least the differences named: what{" "}
        {comparison.examples === undefined ? "its examples" : plural(comparison.examples, "example")} show with 80 %
        power. The dashed line is the margin: a loss up to it counts as none.
      </p>
    </>
  );
}

type Groups = readonly { name: string; metrics: readonly Difference[] }[];

function MetricTable({ groups, comparison }: { groups: Groups; comparison: Compared }) {
  return (
    <table className="mt-4 w-full table-fixed text-left text-13">
      <thead>
        <tr className="align-bottom text-12 text-ink-3">
          <th className="w-[18%] pb-2 font-normal">Metric</th>
          <th className="w-[9%] pb-2 text-right font-normal">Live</th>
          <th className="w-[9%] pb-2 text-right font-normal">Candidate</th>
          <th className="w-[17%] pb-2 text-right font-normal">Difference, 95 % interval</th>
          <th className="pb-2 pl-8 font-normal">
            <span className="flex justify-between">
              <span>← worse</span>
              <span>better →</span>
            </span>
          </th>
          <th className="w-[13%] pb-2 pl-8 font-normal">Verdict</th>
          <th
            className="w-[11%] pb-2 text-right font-normal"
            title="The smallest difference that this many examples show with 80 % power"
          >
            Shows at least
          </th>
        </tr>
      </thead>
      {groups.map((group) => (
        <tbody key={group.name}>
          <tr>
            <th colSpan={7} scope="rowgroup" className="border-line border-t pt-3 pb-1 font-medium text-12 text-ink-3">
              {group.name}
            </th>
          </tr>
          {group.metrics.map((metric) => (
            <MetricRow key={metric.name} metric={metric} comparison={comparison} />
          ))}
        </tbody>
      ))}
    </table>
  );
}

function MetricCards({ groups, comparison }: { groups: Groups; comparison: Compared }) {
  return (
    <div className="mt-4 space-y-4">
      {groups.map((group) => (
        <section key={group.name}>
          <h3 className="font-medium text-12 text-ink-3">{group.name}</h3>
          <ul className="mt-1">
            {group.metrics.map((metric) => (
              <MetricCard key={metric.name} metric={metric} comparison={comparison} />
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}

function MetricRow({ metric, comparison }: { metric: Difference; comparison: Compared }) {
  return (
    <tr className="border-line border-t align-top" data-metric={metric.name}>
      <th scope="row" className="py-2.5 font-medium">
        {metric.name}
        <span className="block font-normal text-12 text-ink-3">{metric.component}</span>
      </th>
      <td className="tabular py-2.5 text-right">
        <TurnsOf release={comparison.live}>{figure(metric.live, metric.unit)}</TurnsOf>
      </td>
      <td className="tabular py-2.5 text-right">
        <TurnsOf release={comparison.candidate}>{figure(metric.candidate, metric.unit)}</TurnsOf>
      </td>
      <td className="tabular py-2.5 text-right">
        <span className="font-medium">{change(metric.difference, metric.unit)}</span>
        <span className="block text-12 text-ink-3">{interval(metric.low, metric.high, metric.unit)}</span>
      </td>
      <td className="py-2.5 pl-8">
        <Whisker metric={metric} />
      </td>
      <td className="py-2.5 pl-8">
        <Verdict verdict={metric.verdict} />
        <Needed metric={metric} />
      </td>
      <td className="tabular py-2.5 text-right text-ink-2">
        {change(metric.detectable, metric.unit).replace("+", "")}
      </td>
    </tr>
  );
}

function MetricCard({ metric, comparison }: { metric: Difference; comparison: Compared }) {
  const { unit } = metric;
  return (
    <li className="border-line border-t py-3 text-13" data-metric={metric.name}>
      <p className="flex items-baseline justify-between gap-3">
        <span className="min-w-0 truncate">
          <span className="font-medium">{metric.name}</span>{" "}
          <span className="text-12 text-ink-3">{metric.component}</span>
        </span>
        <Verdict verdict={metric.verdict} />
      </p>
      <p className="tabular mt-1 flex flex-wrap justify-between gap-x-3 text-ink-2">
        <span>
          <TurnsOf release={comparison.live}>{figure(metric.live, unit)}</TurnsOf> →{" "}
          <TurnsOf release={comparison.candidate}>{figure(metric.candidate, unit)}</TurnsOf>
        </span>
        <span>
          <span className="font-medium text-ink">{change(metric.difference, unit)}</span> (
          {interval(metric.low, metric.high, unit)})
        </span>
      </p>
      <div className="mt-2">
        <Whisker metric={metric} />
      </div>
      <p className="mt-1 text-12 text-ink-3">
        Shows at least {change(metric.detectable, unit).replace("+", "")}
        <Needed metric={metric} />
      </p>
    </li>
  );
}

/** How many examples would settle it, where these do not. */
function Needed({ metric }: { metric: Difference }) {
  if (metric.verdict !== "cannot-tell" || metric.needed === null) return null;
  return <span className="block text-12 text-ink-3">needs {plural(metric.needed, "example")}</span>;
}

function TurnsOf({ release, children }: { release: string; children: string }) {
  return (
    <Link
      to="/turns"
      search={{ release }}
      title="The turns behind it"
      className="rounded hover:text-accent-ink hover:underline"
    >
      {children}
    </Link>
  );
}
