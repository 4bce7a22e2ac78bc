import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Example } from "../../api.ts";
import { exactly } from "../../format.ts";
import { Pane } from "../../parts/pane.tsx";
import { questionOf, referenceOf } from "./names.ts";

/** One example: what is asked, what is expected, and where it came from. */
export function ExamplePane({ example, onClose }: { example: Example; onClose: () => void }) {
  const { messages, provenance, answers, sources, expect, tags, groups } = example;
  const earlier = messages.slice(0, -1);
  return (
    <Pane
      label="Example"
      onClose={onClose}
      title={
        <p className="truncate font-mono text-12 text-ink-3" title={example.id}>
          {example.id}
        </p>
      }
    >
      <section
        className="min-h-0 flex-1 space-y-4 overflow-y-auto p-4 text-13 focus-visible:-outline-offset-2"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the keys that scroll must work here
        tabIndex={0}
        aria-label="The example"
      >
        <h2 className="break-words font-semibold text-16">{questionOf(messages)}</h2>
        {earlier.length > 0 && (
          <ol className="space-y-2">
            {earlier.map((message, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: an example's messages do not change
              <li key={at}>
                <p className="text-12 text-ink-3">{message.role}</p>
                <p className="whitespace-pre-wrap break-words">{message.content}</p>
              </li>
            ))}
          </ol>
        )}
        <Field name="Answer">
          <p className="whitespace-pre-wrap break-words">{referenceOf(example)}</p>
          {answers.map((answer) => (
            <p key={answer} className="mt-1 whitespace-pre-wrap break-words text-ink-2">
              or: {answer}
            </p>
          ))}
        </Field>
        {sources.length > 0 && (
          <Field name="Supported by">
            {sources.map(({ path, start, end }) => (
              <p key={`${path} ${start}`} className="break-words">
                {path}{" "}
                <span className="tabular text-12 text-ink-3">
                  {start} to {end}
                </span>
              </p>
            ))}
          </Field>
        )}
        {expect.length > 0 && (
          <Field name="Checks of its own">
            {expect.map((one) => (
              <p key={`${one.scorer} ${JSON.stringify(one.options)}`} className="break-words font-mono text-12">
                {one.scorer} {JSON.stringify(one.options)}
              </p>
            ))}
          </Field>
        )}
        <Field name="Split">
          {example.split}, with {groups.join(", ")}
        </Field>
        {Object.keys(tags).length > 0 && (
          <Field name="Tags">
            <ul className="flex flex-wrap gap-2">
              {Object.entries(tags).map(([tag, value]) => (
                <li key={tag} className="rounded-full border border-line-strong px-2 text-12 text-ink-2">
                  {tag}: {String(value)}
                </li>
              ))}
            </ul>
          </Field>
        )}
        <Field name="From">
          {provenance.source === "turn" ? (
            <Link to="/turns" search={{ turn: provenance.at }} className="text-accent-ink underline">
              turn {provenance.at}
            </Link>
          ) : (
            <span className="break-words">
              {provenance.at} <span className="text-ink-3">({provenance.source})</span>
            </span>
          )}
          <p className="text-12 text-ink-3">{exactly(Date.parse(provenance.importedAt))}</p>
        </Field>
      </section>
    </Pane>
  );
}

function Field({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <h3 className="text-12 text-ink-3">{name}</h3>
      <div className="mt-0.5 break-words">{children}</div>
    </div>
  );
}
