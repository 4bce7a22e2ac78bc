import { Tabs } from "@base-ui/react/tabs";
import { useQuery } from "@tanstack/react-query";
import { type Turn, toFailure } from "../api.ts";
import { turnQuery } from "../queries.ts";
import { FailureNote } from "./failure-note.tsx";
import { Passages } from "./passages.tsx";
import type { OpenRange } from "./places.ts";
import { SpanDetail } from "./span-detail.tsx";
import { foundOf, modeOf, promptOf, readerOf } from "./spans.ts";
import { TurnFeedback } from "./turn-feedback.tsx";
import { TurnFigures } from "./turn-figures.tsx";
import { type TurnTab, turnTabs } from "./turn-tabs.ts";
import { Waterfall } from "./waterfall.tsx";

const names: Record<TurnTab, string> = { trace: "Trace", passages: "Passages", prompt: "Prompt", feedback: "Feedback" };

type Props = {
  id: string;
  tab: TurnTab;
  onTab: (tab: TurnTab) => void;
  span: string | undefined;
  onSpan: (span: string | undefined) => void;
  onOpen: OpenRange;
};

/** Everything about one turn: its figures, then how the answer came about. */
export function TurnDetail(props: Props) {
  const { data: turn, error } = useQuery(turnQuery(props.id));
  if (error) {
    return (
      <div className="p-4">
        <FailureNote failure={toFailure(error)} />
      </div>
    );
  }
  return (
    <Tabs.Root
      value={props.tab}
      onValueChange={(tab: TurnTab) => props.onTab(tab)}
      className="flex min-h-0 flex-1 flex-col"
    >
      <TurnFigures turn={turn} />
      <Tabs.List className="flex shrink-0 gap-4 border-line border-b px-4" activateOnFocus>
        {turnTabs.map((tab) => (
          <Tabs.Tab
            key={tab}
            value={tab}
            className="-mb-px border-transparent border-b-2 py-2 font-medium text-13 text-ink-3 hover:text-ink data-active:border-accent data-active:text-ink"
          >
            {names[tab]}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {turnTabs.map((tab) => (
        <Tabs.Panel key={tab} value={tab} className="min-h-0 flex-1 overflow-y-auto p-4">
          {turn ? <Content {...props} tab={tab} turn={turn} /> : <Waiting />}
        </Tabs.Panel>
      ))}
    </Tabs.Root>
  );
}

function Content({ turn, tab, span, onSpan, onOpen }: Props & { turn: Turn }) {
  switch (tab) {
    case "trace": {
      const selected = turn.spans.find((one) => one.id === span);
      return turn.spans.length === 0 ? (
        <p className="text-13 text-ink-3">This turn ended before its first step.</p>
      ) : (
        <div className="space-y-4">
          <Waterfall spans={turn.spans} selected={span} onSelect={onSpan} />
          {selected && <SpanDetail span={selected} />}
        </div>
      );
    }
    case "passages":
      return <FoundPassages turn={turn} onOpen={onOpen} />;
    case "prompt":
      return <Prompt turn={turn} />;
    case "feedback":
      return <TurnFeedback turn={turn} onOpen={onOpen} />;
  }
}

function FoundPassages({ turn, onOpen }: { turn: Turn; onOpen: OpenRange }) {
  const found = foundOf(turn.spans);
  if (!found || found.passages.length === 0)
    return <p className="text-13 text-ink-3">Nothing was found for this question.</p>;
  return (
    <Passages
      passages={found.passages}
      evidence={found.evidence}
      used={promptOf(turn.spans)?.used}
      isRejected={turn.answer?.abstained ?? false}
      onOpen={onOpen}
    />
  );
}

function Prompt({ turn }: { turn: Turn }) {
  const prompt = promptOf(turn.spans);
  if (!prompt) return <p className="text-13 text-ink-3">{withoutPrompt(turn)}</p>;
  return (
    <ol className="space-y-4">
      {prompt.messages.map((message, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a stored prompt does not change
        <li key={at}>
          <p className="font-medium text-12 text-ink-3">{message.role}</p>
          <p className="mt-1 whitespace-pre-wrap break-words rounded border border-line bg-panel p-3 font-mono text-12 leading-5">
            {message.content}
          </p>
        </li>
      ))}
    </ol>
  );
}

/** How a turn ended that sent no prompt. */
function withoutPrompt({ spans, answer }: Turn): string {
  if (answer === null) return "No prompt was sent: the turn ended before.";
  switch (modeOf(spans)) {
    case "reader": {
      const read = `No prompt was sent: ${readerOf(spans) ?? "a reader"} read the passages`;
      return answer.abstained
        ? `${read} and found no answer.`
        : `${read}. The answer is words of a passage, as they stand.`;
    }
    case "sentence":
      return answer.abstained
        ? "No model was asked: no sentence of the passages answers well enough."
        : "No model was asked: the answer is the best sentence of the passages.";
    default:
      return "No prompt was sent: no passage answers well enough.";
  }
}

function Waiting() {
  return (
    <div className="space-y-2" aria-hidden>
      {[0, 1, 2, 3].map((row) => (
        <div key={row} className="skeleton h-6" />
      ))}
    </div>
  );
}
