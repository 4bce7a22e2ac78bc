import { ArrowRight } from "lucide-react";
import { type AppInfo, toFailure } from "../../api.ts";
import { FailureNote } from "../../parts/failure-note.tsx";

type Props = { app: AppInfo | undefined; waiting: boolean; error: unknown; onAsk: (question: string) => void };

/** An empty conversation: what this place is for, and a few questions that the app's author suggests. */
export function Start({ app, waiting, error, onAsk }: Props) {
  return (
    <div className="flex flex-1 flex-col justify-center pt-8 pb-[10vh]">
      <h1 className="font-semibold text-28 tracking-tight">{app ? `Ask ${app.name}` : "Ask"}</h1>
      <p className="mt-2 max-w-prose text-14 text-ink-2">
        The passage that answers appears at once, then the answer with the places that support it. Where no answer is
        found, that is said.
      </p>
      {error ? (
        <div className="mt-6">
          <FailureNote failure={toFailure(error)} />
        </div>
      ) : (
        <ul className="mt-6 min-h-40 border-line border-t" aria-label="Questions to try">
          {waiting
            ? [0, 1, 2, 3].map((row) => (
                <li key={row} className="flex h-10 items-center border-line border-b" aria-hidden>
                  <div className="skeleton h-3 w-2/3" />
                </li>
              ))
            : app?.questions.map((question) => (
                <li key={question}>
                  <button
                    type="button"
                    onClick={() => onAsk(question)}
                    className="group flex min-h-10 w-full items-center gap-3 border-line border-b py-2 text-left text-14 hover:text-accent-ink"
                  >
                    <span className="min-w-0 flex-1">{question}</span>
                    <ArrowRight size={16} className="shrink-0 text-ink-3 group-hover:text-accent-ink" aria-hidden />
                  </button>
                </li>
              ))}
        </ul>
      )}
    </div>
  );
}
