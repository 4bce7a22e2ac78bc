import { Pane } from "../../parts/pane.tsx";
import type { OpenRange } from "../../parts/places.ts";
import { TurnDetail } from "../../parts/turn-detail.tsx";
import type { TurnTab } from "../../parts/turn-tabs.ts";

type Change = { tab?: TurnTab; span?: string | undefined; trace?: boolean | undefined };
type Props = {
  id: string | undefined;
  state: "empty" | "busy" | "none";
  tab: TurnTab | undefined;
  span: string | undefined;
  onSearch: (change: Change) => void;
  onOpen: OpenRange;
};

/** How the chosen answer came about; before the first answer it says what will be here. */
export function TracePane({ id, state, tab, span, onSearch, onOpen }: Props) {
  return (
    <Pane
      label="Trace"
      title={<h2 className="font-medium text-13">Why this answer</h2>}
      onClose={() => onSearch({ trace: false })}
    >
      {id ? (
        <TurnDetail
          key={id}
          id={id}
          tab={tab ?? "trace"}
          onTab={(next) => onSearch({ tab: next })}
          span={span}
          onSpan={(next) => onSearch({ span: next })}
          onOpen={onOpen}
        />
      ) : (
        <p className="p-4 text-13 text-ink-3">{explanations[state]}</p>
      )}
    </Pane>
  );
}

const explanations = {
  empty:
    "Ask something: here you will see each step with its time, what was found with its scores, and the prompt as it was sent.",
  busy: "The trace is here when the answer has ended.",
  none: "There is no trace of this question.",
};
