import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Pick } from "../../parts/pick.tsx";
import { appsQuery } from "../../queries.ts";
import { Datasets } from "./datasets.tsx";
import { Experiment } from "./experiment.tsx";
import { Experiments } from "./experiments.tsx";
import { Releases } from "./releases.tsx";

const route = getRouteApi("/evaluate");

const views = [
  { view: "releases", name: "Releases" },
  { view: "experiments", name: "Experiments" },
  { view: "datasets", name: "Datasets" },
] as const;

/** Is it better, where, and how sure are we? */
export function Evaluate() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const apps = useQuery(appsQuery);
  const names = apps.data?.apps.map(({ name }) => name) ?? [];
  const app = names.find((name) => name === search.app) ?? names[0];
  const view = search.view ?? "releases";
  return (
    <div className="relative flex min-h-0 flex-1 flex-col">
      <header className="shrink-0 px-4 pt-3">
        <div className="flex h-8 items-center justify-between gap-3">
          <h1 className="font-semibold text-20 tracking-tight">Evaluate</h1>
          {names.length > 1 && (
            <Pick
              label="App"
              value={app ?? ""}
              options={names.map((name) => ({ value: name, label: name }))}
              onPick={(name) => navigate({ search: { view, app: name } })}
            />
          )}
        </div>
      </header>
      <nav aria-label="Views" className="flex shrink-0 gap-4 border-line border-b px-4">
        {views.map((one) => (
          <Link
            key={one.view}
            to="/evaluate"
            search={{ view: one.view, ...(search.app ? { app: search.app } : {}) }}
            aria-current={view === one.view ? "page" : undefined}
            className="-mb-px border-transparent border-b-2 py-2 font-medium text-13 text-ink-3 hover:text-ink aria-[current=page]:border-accent aria-[current=page]:text-ink"
          >
            {one.name}
          </Link>
        ))}
      </nav>
      {view === "releases" && <Releases app={app ?? ""} />}
      {view === "experiments" &&
        (search.experiment ? <Experiment app={app ?? ""} id={search.experiment} /> : <Experiments app={app ?? ""} />)}
      {view === "datasets" && <Datasets app={app ?? ""} />}
    </div>
  );
}
