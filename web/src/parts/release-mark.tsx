import { Link } from "@tanstack/react-router";
import { shortId } from "../format.ts";

/** `A`, `B`, … for the releases of one experiment, in its order. */
export const letterOf = (index: number): string => String.fromCharCode(65 + index);

export function ReleaseLetter({ index }: { index: number }) {
  const look = index === 1 ? "bg-accent text-on-accent" : "border border-line-strong bg-raised text-ink-2";
  return (
    <span
      className={`inline-flex size-5 shrink-0 items-center justify-center rounded-[4px] font-medium text-12 ${look}`}
    >
      {letterOf(index)}
    </span>
  );
}

/** A release by the end of its id; leads to the turns that it answered. */
export function ReleaseLink({ id }: { id: string }) {
  return (
    <Link
      to="/turns"
      search={{ release: id }}
      title={`${id}: its turns`}
      className="rounded font-mono text-13 text-ink-2 underline decoration-line-strong underline-offset-4 hover:text-accent-ink"
    >
      {shortId(id)}
    </Link>
  );
}
