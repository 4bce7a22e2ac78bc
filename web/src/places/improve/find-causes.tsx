import { useQuery } from "@tanstack/react-query";
import { SearchCheck } from "lucide-react";
import { useState } from "react";
import { api } from "../../api.ts";
import { Pick } from "../../parts/pick.tsx";
import { StartJob } from "../../parts/start-job.tsx";
import { datasetsQuery } from "../../queries.ts";

const none = "feedback only";

/** Begins to look for causes, and shows how far that is. */
export function FindCauses({ app, isFirst }: { app: string; isFirst: boolean }) {
  const datasets = useQuery(datasetsQuery(app));
  const [chosen, setChosen] = useState(none);
  const names = datasets.data?.datasets.map(({ dataset }) => dataset) ?? [];
  return (
    <StartJob
      app={app}
      kind="causes"
      begin={() => api.findCauses({ params: { id: app }, body: chosen === none ? {} : { dataset: chosen } })}
      changes={["causes"]}
      label="Looking for causes"
      button={
        <>
          <SearchCheck size={14} aria-hidden />
          {isFirst ? "Find causes" : "Look again"}
        </>
      }
      isFirst={isFirst}
      isReady={app !== ""}
      stopped="What was replayed is kept: the same search goes on from there."
    >
      <span className="text-13 text-ink-3">in failed turns of</span>
      <Pick
        label="What is judged"
        value={chosen}
        options={[
          { value: none, label: "feedback" },
          ...names.map((name) => ({ value: name, label: `feedback and ${name}` })),
        ]}
        onPick={setChosen}
      />
    </StartJob>
  );
}
