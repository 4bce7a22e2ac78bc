import { type Example, type FeedbackBody, notInDocuments, type Turn } from "#schema";
import { seededRandom } from "#stats";
import { closeness, type Wanted } from "./closeness.ts";

/** A person who gives thumbs: how close an answer must be to please, and how often the thumb slips. */
type Rater = { name: string; pleasedFrom: number; slips: number };

const raters: readonly [Rater, Rater] = [
  { name: "lenient", pleasedFrom: 0.3, slips: 0.05 },
  { name: "strict", pleasedFrom: 0.99, slips: 0.05 },
];
/** Who corrects knows the right answer: the experts of the house. */
const corrector = "expert";
/** An answer as close as this is left as it is. */
const goodEnough = 0.99;

/** Upper limits on what people say: shares of the turns. */
export const thumbShare = 0.3;
export const correctionShare = 0.2;

/**
 * What simulated people say of turns: thumbs on at most 30 % of them, by a lenient and a strict rater, and corrections
 * with the right answer and its passage on at most 20 %, of answers that were not good, each question once. The only
 * place of the loop where an example's reference is read.
 *
 * @param asked turns with the example that each came from
 */
export function simulateUsers(
  asked: readonly { turn: Turn; example: Example }[],
  options: { seed: number; documentId: (path: string) => string | undefined },
): { turn: string; body: FeedbackBody }[] {
  const random = seededRandom(options.seed);
  const said: { turn: string; body: FeedbackBody }[] = [];
  const corrected = new Set<string>();
  const most = {
    thumbs: Math.floor(asked.length * thumbShare),
    corrections: Math.floor(asked.length * correctionShare),
  };
  for (const { turn, example } of shuffled(asked, random)) {
    const wanted = wantedOf(example);
    if (wanted === undefined) continue;
    const quality = closeness(turn.answer, wanted);
    if (most.thumbs > 0) {
      most.thumbs -= 1;
      const rater = random() < 0.7 ? raters[0] : raters[1];
      const isPleased = quality >= rater.pleasedFrom !== random() < rater.slips;
      said.push({ turn: turn.id, body: { kind: "thumb", value: isPleased ? 1 : -1, rater: rater.name } });
    }
    if (most.corrections > 0 && quality < goodEnough && !corrected.has(example.id)) {
      most.corrections -= 1;
      corrected.add(example.id);
      said.push({ turn: turn.id, body: correctionOf(example, wanted, options.documentId) });
    }
  }
  return said;
}

/** The reference of an example: what it expects, or its answer. Undefined where nothing is known. */
function wantedOf(example: Example): Wanted | undefined {
  return example.answer;
}

function correctionOf(
  example: Example,
  wanted: Wanted,
  documentId: (path: string) => string | undefined,
): FeedbackBody {
  const [source] = example.sources;
  const id = source ? documentId(source.path) : undefined;
  return {
    kind: "correction",
    value: wanted ?? notInDocuments,
    rater: corrector,
    ...(source && id !== undefined ? { passage: { documentId: id, start: source.start, end: source.end } } : {}),
  };
}

/** Fisher–Yates. */
function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const all = [...items];
  for (let i = all.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [all[i], all[j]] = [all[j]!, all[i]!];
  }
  return all;
}
