import { useMutation, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { RotateCcw } from "lucide-react";
import type { ReactNode } from "react";
import { api, type Turn, toFailure } from "../api.ts";
import { queryClient, turnQuery } from "../queries.ts";
import { BesideLink } from "./beside-link.tsx";
import { Button, buttonClass } from "./button.tsx";
import { FailureNote } from "./failure-note.tsx";
import { Keep } from "./keep.tsx";
import { Pane } from "./pane.tsx";
import type { OpenRange } from "./places.ts";
import { TurnDetail } from "./turn-detail.tsx";
import { TurnEnding } from "./turn-ending.tsx";
import type { TurnTab } from "./turn-tabs.ts";

type Props = {
  id: string;
  tab: TurnTab | undefined;
  span: string | undefined;
  /** `e` was pressed on its row. */
  isAsking: boolean;
  onSearch: (part: { tab?: TurnTab; span?: string | undefined }) => void;
  onOpen: OpenRange;
  onTurn: (id: string) => void;
  onClose: () => void;
  /** What its list knows of the turn. */
  children?: ReactNode;
};

/** One turn: question and answer, then how it came about. */
export function TurnPane({ id, tab, span, isAsking, onSearch, onOpen, onTurn, onClose, children }: Props) {
  const { data: turn } = useQuery(turnQuery(id));
  return (
    <Pane
      label="Turn"
      onClose={onClose}
      title={
        <p className="truncate font-mono text-12 text-ink-3" title={id}>
          {id}
        </p>
      }
    >
      <section
        className="max-h-[40%] shrink-0 overflow-y-auto border-line border-b p-4 focus-visible:-outline-offset-2"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the keys that scroll must work here
        tabIndex={0}
        aria-label="Question and answer"
      >
        <h2 className="min-h-7 break-words font-semibold text-16">{turn?.question ?? " "}</h2>
        {turn ? (
          <Ending turn={turn} isAsking={isAsking} onOpen={onOpen} onTurn={onTurn} />
        ) : (
          <div className="skeleton mt-2 h-4 w-3/4" aria-hidden />
        )}
      </section>
      {children}
      <TurnDetail
        id={id}
        tab={tab ?? "trace"}
        onTab={(next) => onSearch({ tab: next })}
        span={span}
        onSpan={(next) => onSearch({ span: next })}
        onOpen={onOpen}
      />
    </Pane>
  );
}

function Ending({
  turn,
  isAsking,
  onOpen,
  onTurn,
}: {
  turn: Turn;
  isAsking: boolean;
  onOpen: OpenRange;
  onTurn: (id: string) => void;
}) {
  const replay = useMutation({
    mutationFn: () => api.replay({ params: { id: turn.id }, body: {} }),
    onSuccess: async (again) => {
      await queryClient.invalidateQueries({ queryKey: ["turns"] });
      onTurn(again.id);
    },
  });
  return (
    <div className="mt-2 space-y-3">
      <TurnEnding turn={turn} onOpen={onOpen} />
      <div className="flex flex-wrap items-center gap-2">
        <Button onClick={() => replay.mutate()} disabled={replay.isPending} title="What is known is not asked again">
          <RotateCcw size={14} aria-hidden />
          {replay.isPending ? "Running" : "Replay"}
        </Button>
        <Link to="/try" search={{ session: turn.session, turn: turn.id }} className={buttonClass("quiet")}>
          Open the conversation
        </Link>
        <div className="ml-auto flex">
          <BesideLink left={turn.id} isIcon />
          <Keep key={turn.id} turn={turn.id} app={turn.app} hasKeys isAsking={isAsking} />
        </div>
      </div>
      {replay.error && <FailureNote failure={toFailure(replay.error)} />}
    </div>
  );
}
