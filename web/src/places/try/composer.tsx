import { ArrowUp, Square } from "lucide-react";
import { type KeyboardEvent, type Ref, useState } from "react";
import type { AppInfo } from "../../api.ts";
import { Pick } from "../../parts/pick.tsx";

type Props = {
  ref: Ref<HTMLTextAreaElement>;
  app: AppInfo | undefined;
  apps: readonly AppInfo[];
  busy: boolean;
  onApp: (name: string) => void;
  onAsk: (question: string) => void;
  onStop: () => void;
};

/** Where a question is typed. While an answer comes, its button stops it. */
export function Composer({ ref, app, apps, busy, onApp, onAsk, onStop }: Props) {
  const [text, setText] = useState("");
  const ready = text.trim() !== "" && !busy;
  const submit = () => {
    if (!ready) return;
    onAsk(text.trim());
    setText("");
  };
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    // While an input method composes, Enter belongs to it.
    if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing) {
      event.preventDefault();
      submit();
    }
    if (event.key === "Escape") {
      event.preventDefault();
      // Out of the field, single keys work: e, p, n.
      if (busy) onStop();
      else event.currentTarget.blur();
    }
  };
  return (
    // The gutter keeps it in line with the conversation, which has a scroll bar.
    <div className="shrink-0 overflow-y-hidden px-4 pt-1 pb-4 [scrollbar-gutter:stable] md:px-6">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
        className="mx-auto flex max-w-[41rem] items-end gap-2 rounded-lg border border-line-strong bg-raised p-2 focus-within:border-accent focus-within:ring-1 focus-within:ring-accent"
      >
        <textarea
          ref={ref}
          // biome-ignore lint/a11y/noAutofocus: typing a question is what this place is for
          autoFocus
          rows={1}
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={onKeyDown}
          aria-label="Your question"
          placeholder={app ? `Ask ${app.name}` : "Ask"}
          className="field-sizing-content max-h-40 min-h-8 min-w-0 flex-1 resize-none bg-transparent px-2 py-1.5 text-14 outline-none placeholder:text-ink-3"
        />
        {apps.length > 1 && (
          <Pick
            label="App"
            value={app?.name ?? ""}
            options={apps.map(({ name }) => ({ value: name, label: name }))}
            onPick={onApp}
          />
        )}
        {busy ? (
          <button
            type="button"
            onClick={onStop}
            aria-label="Stop"
            title="Stop (Esc)"
            className="flex size-8 shrink-0 items-center justify-center rounded bg-ink text-ground"
          >
            <Square size={12} fill="currentColor" aria-hidden />
          </button>
        ) : (
          <button
            type="submit"
            disabled={!ready}
            aria-label="Ask"
            title="Ask (Enter)"
            className="flex size-8 shrink-0 items-center justify-center rounded bg-accent text-on-accent hover:bg-accent-strong disabled:bg-hover disabled:text-ink-3"
          >
            <ArrowUp size={16} aria-hidden />
          </button>
        )}
      </form>
    </div>
  );
}
