import { RefreshCcw } from "lucide-react";
import { useState } from "react";
import { api } from "../../api.ts";
import { Pick } from "../../parts/pick.tsx";
import { StartJob } from "../../parts/start-job.tsx";

const budgets = ["15", "30", "60", "120", "240"];

/** Begins the loop within a time; while it runs, how far it is and what it does. */
export function RunLoop({ app, isFirst }: { app: string; isFirst: boolean }) {
  const [minutes, setMinutes] = useState("60");
  return (
    <div className="space-y-3">
      {isFirst && (
        <p className="max-w-prose text-13 text-ink-2">
          The loop goes the whole way by itself: what failed, why, the cheapest remedy first, tuning only where that
          fell short, then the gate. What is not measurably better is refused.
        </p>
      )}
      <StartJob
        app={app}
        kind="loop"
        begin={() => api.loop({ params: { id: app }, body: { minutes: Number(minutes), seed: 1 } })}
        changes={["loops", "causes", "tunings", "story", "candidate", "apps", "health"]}
        label="The loop"
        button={
          <>
            <RefreshCcw size={14} aria-hidden />
            Run the loop
          </>
        }
        isFirst={isFirst}
        isReady={app !== ""}
        stopped="What was done is kept: the same loop goes on from there."
      >
        <span className="text-13 text-ink-3">for at most</span>
        <Pick
          label="Minutes"
          value={minutes}
          options={budgets.map((value) => ({ value, label: `${value} minutes` }))}
          onPick={setMinutes}
        />
      </StartJob>
    </div>
  );
}
