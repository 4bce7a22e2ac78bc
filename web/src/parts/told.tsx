/** A sentence that pawl wrote: what stands between backticks is code. */
export function Told({ text }: { text: string }) {
  return text.split("`").map((part, at) =>
    at % 2 === 0 ? (
      part
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: a part is its place in the sentence
      <code key={at} className="rounded-[4px] bg-hover px-1 font-mono text-13">
        {part}
      </code>
    ),
  );
}
