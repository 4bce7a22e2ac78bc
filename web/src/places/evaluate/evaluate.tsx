import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { AppPick, Views, viewLink } from "../../parts/place.tsx";
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
          <AppPick app={app ?? ""} names={names} onPick={(name) => navigate({ search: { view, app: name } })} />
        </div>
      </header>
      <Views>
        {views.map((one) => (
          <Link
            key={one.view}
            to="/evaluate"
            search={{ view: one.view, ...(search.app ? { app: search.app } : {}) }}
            aria-current={view === one.view ? "page" : undefined}
            className={viewLink}
          >
            {one.name}
          </Link>
        ))}
      </Views>
      {view === "releases" && <Releases app={app ?? ""} />}
      {view === "experiments" &&
        (search.experiment ? <Experiment app={app ?? ""} id={search.experiment} /> : <Experiments app={app ?? ""} />)}
      {view === "datasets" && <Datasets app={app ?? ""} />}
    </div>
  );
}
