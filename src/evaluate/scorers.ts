import type { Example, MetricInfo } from "#schema";
import { exactMatch, tokenF1 } from "#stats";
import { expectationsScorer, fieldScorers, passedScorer } from "./expectations.ts";
import { answerText, isAnswerable, references, type Scored, type Scorer } from "./scorer.ts";

const share = (name: string, component: string, margin: number, isGuarded = true): MetricInfo => ({
  name,
  direction: "higher",
  unit: "share",
  range: [0, 1],
  margin,
  component,
  isGuarded,
});

/** A reference span is found where a range of the same document overlaps it. */
function overlaps(
  { documentId }: Scored,
  place: { documentId: string; start: number; end: number },
  source: { path: string; start: number; end: number },
): boolean {
  const id = documentId(source.path);
  return id !== undefined && place.documentId === id && place.start < source.end && source.start < place.end;
}

/** The passages that retrieval gave this turn, of all its collections. */
function passagesOf({ turn }: Scored): { documentId: string; start: number; end: number }[] {
  return turn.spans
    .filter((span) => span.kind === "retrieve" && span.error === null)
    .flatMap((span) => (span.output as { passages: { documentId: string; start: number; end: number }[] }).passages); // the kind's output
}

const isRetrieving = ({ turn }: Scored) => turn.spans.some((span) => span.kind === "retrieve");

const hasSources = ({ sources }: Example) => sources.length > 0;

/** Every scorer of pawl's that has something to say of these examples, or of any. */
export function scorersFor(examples: readonly Example[]): readonly Scorer[] {
  return [...builtInScorers, expectationsScorer, passedScorer, ...fieldScorers(examples)];
}

/** Scorers that every experiment has; each says nothing where the example gives it nothing to judge by. */
const builtInScorers: readonly Scorer[] = [
  {
    // Share of the reference spans that are among the passages given to the answer.
    info: share("retrieval_recall", "retrieve", 0.03),
    speaksOf: hasSources,
    score: (input) =>
      input.example.sources.length === 0 || !isRetrieving(input)
        ? null
        : input.example.sources.filter((source) =>
            passagesOf(input).some((passage) => overlaps(input, passage, source)),
          ).length / input.example.sources.length,
  },
  {
    // Token F1 of SQuAD (Rajpurkar et al. 2016), best over the references; an abstention is 0 where there is an answer.
    info: { ...share("f1", "answer", 0.03), unit: "score" },
    speaksOf: isAnswerable,
    score: ({ example, turn }) => {
      if (!isAnswerable(example)) return null;
      return turn.answer?.abstained ? 0 : tokenF1(answerText(turn), references(example));
    },
  },
  {
    info: { ...share("exact", "answer", 0.03, false), unit: "share" },
    speaksOf: isAnswerable,
    score: ({ example, turn }) => {
      if (!isAnswerable(example)) return null;
      return turn.answer?.abstained ? 0 : exactMatch(answerText(turn), references(example));
    },
  },
  {
    // Of the citations given, the share that points at a reference span.
    info: share("citation_precision", "answer", 0.05, false),
    speaksOf: hasSources,
    score: (input) => {
      const citations = input.turn.answer?.citations ?? [];
      if (input.example.sources.length === 0 || citations.length === 0) return null;
      const right = citations.filter((citation) =>
        input.example.sources.some((source) => overlaps(input, citation, source)),
      );
      return right.length / citations.length;
    },
  },
  {
    // Of the reference spans, the share that a citation points at.
    info: share("citation_recall", "answer", 0.03),
    speaksOf: hasSources,
    score: (input) => {
      if (input.example.sources.length === 0 || !isRetrieving(input)) return null;
      const citations = input.turn.answer?.citations ?? [];
      const found = input.example.sources.filter((source) =>
        citations.some((citation) => overlaps(input, citation, source)),
      );
      return found.length / input.example.sources.length;
    },
  },
  {
    // 1 where the app abstains on what has no answer.
    info: share("abstention", "answer", 0.05),
    speaksOf: ({ answer }) => answer === null,
    score: ({ example, turn }) => (example.answer === null ? Number(turn.answer?.abstained === true) : null),
  },
  {
    // 1 where the app gives an answer to what has one.
    info: share("answering", "answer", 0.05),
    speaksOf: isAnswerable,
    score: (input) =>
      isAnswerable(input.example) && isRetrieving(input) ? Number(input.turn.answer?.abstained === false) : null,
  },
  {
    info: {
      name: "latency",
      direction: "lower",
      unit: "ms",
      range: [0, null],
      margin: 0,
      component: "turn",
      isGuarded: false,
    },
    // A turn that was known is not timed: it would look faster than it is.
    score: ({ turn }) => (turn.spans.some((span) => span.source !== "work") ? null : turn.endMs - turn.startMs),
  },
  {
    info: {
      name: "tokens",
      direction: "lower",
      unit: "tokens",
      range: [0, null],
      margin: 0,
      component: "model",
      isGuarded: false,
    },
    score: ({ turn }) =>
      turn.spans.some((span) => span.kind === "model") ? turn.usage.inputTokens + turn.usage.outputTokens : null,
  },
];
