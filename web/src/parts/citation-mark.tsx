import { Tooltip } from "@base-ui/react/tooltip";
import type { Citation } from "../api.ts";

type Props = {
  n: number;
  citation: Citation | undefined;
  onOpen: ((citation: Citation, n: number) => void) | undefined;
};

const shape =
  "mx-0.5 inline-flex h-4 min-w-4 items-center justify-center rounded-[4px] px-1 align-[2px] font-medium text-12 tabular";

/** `[n]` in an answer: the quote at hover or focus, its place in the document at a click. */
export function CitationMark({ n, citation, onOpen }: Props) {
  if (!citation) return <span className={`${shape} bg-hover text-ink-3`}>{n}</span>;
  return (
    <Tooltip.Root>
      <Tooltip.Trigger
        delay={200}
        data-citation={n}
        aria-label={`Source ${n}: ${citation.title}`}
        onClick={() => onOpen?.(citation, n)}
        className={`${shape} bg-accent-soft text-accent-ink hover:bg-accent hover:text-on-accent`}
      >
        {n}
      </Tooltip.Trigger>
      <Tooltip.Portal>
        <Tooltip.Positioner sideOffset={6} className="z-50">
          <Tooltip.Popup className="fade-in max-w-96 rounded border border-line-strong bg-raised p-3 shadow-lg">
            <span className="block text-12 text-ink-3">{citation.title}</span>
            <span className="mt-1 line-clamp-6 block text-13 text-ink">{citation.quote}</span>
          </Tooltip.Popup>
        </Tooltip.Positioner>
      </Tooltip.Portal>
    </Tooltip.Root>
  );
}
