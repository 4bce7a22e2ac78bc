import type { Evidence, Passage } from "../api.ts";
import { documentRange, type OpenRange } from "./places.ts";

type Props = {
  passages: readonly Passage[];
  evidence: readonly Evidence[];
  /** Indices of the passages that were given to the model. */
  used?: readonly number[] | undefined;
  /** No answer was made of them: nothing is marked as one. */
  isRejected?: boolean;
  onOpen: OpenRange;
};

/** What a search found, in its order: text with the best sentence marked, and what each stage thought of it. */
export function Passages({ passages, evidence, used, isRejected = false, onOpen }: Props) {
  const strongest = Math.max(0, ...evidence.map((one) => one.support));
  return (
    <ol className="space-y-2">
      {passages.map((passage, at) => {
        const best = evidence.find((one) => one.passage === at);
        return (
          <li key={passage.chunkId} className="rounded border border-line">
            <button
              type="button"
              onClick={() => onOpen(documentRange(passage, best))}
              className="block w-full rounded p-3 text-left hover:bg-hover"
            >
              <span className="flex items-baseline gap-2">
                <span className="tabular text-12 text-ink-3">{at + 1}</span>
                <span className="min-w-0 flex-1 truncate font-medium text-13">{passage.title}</span>
                {used && !used.includes(at) && <span className="text-12 text-ink-3">not in the prompt</span>}
              </span>
              <span className="mt-1 line-clamp-3 text-13 text-ink-2">
                <Excerpt
                  passage={passage}
                  evidence={best}
                  look={isRejected || (best && best.support < strongest / 2) ? "weak" : "marked"}
                />
              </span>
              <Scores passage={passage} support={best?.support} />
            </button>
          </li>
        );
      })}
    </ol>
  );
}

function Scores({ passage, support }: { passage: Passage; support: number | undefined }) {
  return (
    <span className="tabular mt-2 flex flex-wrap gap-x-4 gap-y-1 text-12 text-ink-3">
      <Stage name="fused" value={passage.score.toFixed(4)} />
      <Stage name="bm25" rank={passage.bm25?.rank} value={passage.bm25?.score.toFixed(2)} />
      <Stage name="vector" rank={passage.vector?.rank} value={passage.vector?.score.toFixed(3)} />
      {support !== undefined && <Stage name="support" value={support.toFixed(2)} />}
    </span>
  );
}

function Stage({ name, rank, value }: { name: string; rank?: number | undefined; value: string | undefined }) {
  return (
    <span>
      {name}{" "}
      {value === undefined ? (
        "not found"
      ) : (
        <span className="text-ink-2">
          {rank !== undefined && `#${rank} · `}
          {value}
        </span>
      )}
    </span>
  );
}

type ExcerptProps = {
  passage: Passage;
  evidence: Evidence | undefined;
  /** The best sentence is marked, only underlined, or like the rest. */
  look?: "marked" | "weak" | "plain";
};

/** A passage's text around its best sentence; line ends become spaces. */
export function Excerpt({ passage, evidence, look = "marked" }: ExcerptProps) {
  const inside = evidence && evidence.start >= passage.start && evidence.end <= passage.end;
  if (!inside) return flat(passage.text.replace(/^#+ .*\n+/, ""));
  const start = evidence.start - passage.start;
  const end = evidence.end - passage.start;
  const lead = leadOf(passage.text.slice(0, start));
  const best = flat(passage.text.slice(start, end)).replace(/^ · | · $/g, "");
  return (
    <>
      {lead}
      {look === "plain" ? (
        best
      ) : (
        <mark
          className={
            look === "weak" ? "bg-transparent underline decoration-line-strong underline-offset-2" : "text-ink"
          }
        >
          {best}
        </mark>
      )}
      {flat(passage.text.slice(end))}
    </>
  );
}

/** The last words before a sentence: without the section's heading, and at most 80 characters. */
function leadOf(before: string): string {
  const text = flat(before.replace(/^#+ .*\n+/, ""));
  if (text.length <= 80) return text;
  const cut = text.slice(-80);
  return `…${cut.slice(cut.indexOf(" "))}`;
}

/** Running text of a part with tables: rules go, cells are set apart by a dot. The document itself shows it as it is. */
const flat = (text: string): string =>
  text
    .replace(/^[ \t]*\|?(?:[ \t]*:?-{2,}:?[ \t]*\|?)+[ \t]*$\n?/gm, "")
    .replace(/^[ \t]*\|[ \t]*|[ \t]*\|[ \t]*$/gm, (edge, at: number) => (at === 0 || edge === "" ? "" : " · "))
    .replace(/[ \t]*\|[ \t]*/g, " · ")
    .replace(/(?:\s*·\s*){2,}/g, " · ");
