import { diffWordsWithSpace } from "diff";
import { useMemo } from "react";

/** Two texts as one: what went is struck out, what came is underlined. */
export function WordDiff({ was, now }: { was: string; now: string }) {
  const parts = useMemo(() => diffWordsWithSpace(was, now), [was, now]);
  return (
    <p className="whitespace-pre-wrap break-words">
      {parts.map((part, at) =>
        part.removed ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: parts of a text have no identity but their place
          <del key={at} className="rounded-[2px] bg-bad-soft text-bad decoration-bad">
            {part.value}
          </del>
        ) : part.added ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: parts of a text have no identity but their place
          <ins key={at} className="rounded-[2px] bg-accent-soft text-accent-ink decoration-accent">
            {part.value}
          </ins>
        ) : (
          part.value
        ),
      )}
    </p>
  );
}
