import { useMutation, useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { api, type Turn, toFailure } from "../../api.ts";
import { exactly, shortId, when } from "../../format.ts";
import { FailureNote } from "../../parts/failure-note.tsx";
import { useReleaseRole } from "../../parts/release-role.ts";
import { queryClient, releasesQuery, sameQuestionQuery } from "../../queries.ts";

type Props = { turn: Turn; onChoose: (turn: string) => void };

/** More than these releases back nobody compares with. */
const most = 8;

/** What can stand beside an answer: others that the question got, or another release's, which is asked now. */
export function OtherAnswers({ turn, onChoose }: Props) {
  const others = useQuery(sameQuestionQuery(turn));
  const releases = useQuery(releasesQuery);
  const roleOf = useReleaseRole(turn.app);
  const ask = useMutation({
    mutationFn: (release: string) => api.replay({ params: { id: turn.id }, body: { release } }),
    onSuccess: async (again) => {
      await queryClient.invalidateQueries({ queryKey: ["turns"] });
      onChoose(again.id);
    },
  });
  const askable = releases.data?.releases.filter(({ id, app }) => app === turn.app && id !== turn.release) ?? [];
  const isRead = others.data !== undefined && releases.data !== undefined;
  return (
    <section aria-label="Beside which answer" className="rounded border border-line border-dashed p-4 text-13">
      <h2 className="font-medium text-14">Beside which answer?</h2>
      {ask.error && <FailureNote failure={toFailure(ask.error)} />}
      {(others.data?.length ?? 0) > 0 && (
        <List title="The question was asked before">
          {others.data?.map((one) => (
            <Row key={one.id} isDisabled={ask.isPending} onClick={() => onChoose(one.id)}>
              <span className="min-w-0 flex-1 truncate">
                {one.answer?.abstained ? "No answer found" : (one.answer?.text ?? one.error?.code ?? one.status)}
              </span>
              <span className="shrink-0 text-12 text-ink-3" title={exactly(one.startMs)}>
                {shortId(one.release)} · {when(one.startMs)}
              </span>
            </Row>
          ))}
        </List>
      )}
      {askable.length > 0 && (
        <List title="Ask another release">
          {askable.slice(0, most).map(({ id, createdAt }) => (
            <Row key={id} isDisabled={ask.isPending} onClick={() => ask.mutate(id)}>
              <span className="min-w-0 flex-1 font-mono" title={id}>
                {shortId(id)}
              </span>
              <span className="shrink-0 text-12 text-ink-3">
                {ask.isPending && ask.variables === id ? "Answering" : (roleOf(id) ?? when(Date.parse(createdAt)))}
              </span>
            </Row>
          ))}
        </List>
      )}
      {isRead && others.data.length + askable.length === 0 && (
        <p className="mt-3 text-ink-2">
          This is the only answer, and the app has one release. Save an edit of the app file: its candidate can answer
          this too.
        </p>
      )}
      {!isRead && <div className="skeleton mt-3 h-16" aria-hidden />}
    </section>
  );
}

function List({ title, children }: { title: string; children: ReactNode }) {
  return (
    <>
      <h3 className="mt-4 font-medium text-12 text-ink-3">{title}</h3>
      <ul className="-mx-2 mt-1">{children}</ul>
    </>
  );
}

function Row({ isDisabled, onClick, children }: { isDisabled: boolean; onClick: () => void; children: ReactNode }) {
  return (
    <li>
      <button
        type="button"
        disabled={isDisabled}
        onClick={onClick}
        className="flex h-8 w-full items-center gap-3 rounded px-2 text-left hover:bg-hover disabled:cursor-default"
      >
        {children}
      </button>
    </li>
  );
}
