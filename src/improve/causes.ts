import { PawlError } from "#kernel";
import {
  type Cause,
  type LostAt,
  type Place,
  type Range,
  type ReleaseSpec,
  supportNeeded,
  type Trial,
  type Turn,
} from "#schema";
import { given, type Known, spansOf } from "#trace";
import {
  type Case,
  type Expected,
  type Found,
  isRight,
  modeOf,
  questionOf,
  referencesOf,
  says,
  shareSaid,
} from "./case.ts";
import { foundOf, holds, lostAt } from "./lost.ts";
import type { Gap, Unread } from "./remedies.ts";
import * as remedies from "./remedies.ts";
import { type SettingArm, settingArms, stricterArms, withSettings } from "./settings.ts";
import { contentArms, failsForm, formArms, type WordingArm } from "./wordings.ts";

/** What finding causes needs of the host: the release that failed, and ways to ask it differently. */
export type Replay = {
  spec: ReleaseSpec;
  /** The adapter that pawl ships for answers from passages, for this release's model; null where there is none. */
  skill: ReleaseSpec["adapter"];
  /** Asks a turn's question of this spec. */
  ask(spec: ReleaseSpec, turn: Turn, known: readonly Known[]): Promise<Turn>;
  /** What a search over the app's documents gives, of all collections; brings the index that it wants. */
  search(spec: ReleaseSpec, query: string): Promise<Found>;
  /** What retrieval would give, had it found these places. */
  foundAt(places: readonly Place[]): Promise<Found>;
  chunks(documentId: string): Promise<(Range & { titlePath: readonly string[] })[]>;
  document(id: string): Promise<{ path: string; text: string; pagesWithoutText: readonly number[] }>;
  /** Documents that have pages without text. */
  unread(): Promise<Unread[]>;
  /** True where the app's folder has such a file, whatever its sources name. */
  hasFile(path: string): Promise<boolean>;
  /** The place of these passages that supports a statement; null where none does. */
  support(statement: string, found: Found): Promise<Place | null>;
  /** What a step gave in an earlier attempt, else its work. */
  once<T extends boolean | string | null>(step: string, work: () => Promise<T>): Promise<T>;
  tell(done: number, note: string): void;
  /** True: no further setting is tried, as what is left of the time is for other things. */
  isTimeUp(): boolean;
};

/** Most turns that one trial asks a model for; a search is cheap, so that others have more. */
const mostAsked = 20;
const mostSearched = 50;
/** Right turns that a setting must not break. */
const mostControls = 20;
/** Two sentences with less of the answer's words do not say it. */
const halfSaid = 0.5;
/** Headings of more words outweigh what stands below them: an embedder reads both as one text, the headings first. */
const longHeading = 100;
/** An arm that mends less than this share of its turns falls short. */
const half = 0.5;

/**
 * Why turns failed. Each is looked at along its way, and the first step that, replaced, lets the answer come out is its
 * cause: the document is not there; the passage was lost; then, with the passage given, the form or the words. Cheaper
 * remedies are tried before dearer ones, and tuning is only named where they were run and fell short.
 *
 * @param cases turns that someone or a score held to be failures
 * @param controls turns that are right: a setting that breaks them mends nothing
 */
export async function findCauses(cases: readonly Case[], controls: readonly Case[], replay: Replay): Promise<Cause[]> {
  const sorted = await sortCases(cases, replay);
  const lost = await lostCauses(sorted.lost, controls, replay);
  const content: Unworded[] = [...sorted.content, ...lost.left];
  const causes = [
    ...remedies.missing(sorted.missing),
    ...lost.causes,
    ...(await wordingCause("form", sorted.form, formArms([...sorted.form, ...controls]), replay)),
    ...(await overreachCause(sorted.overreach, controls, replay)),
    ...(await wordingCause(
      "prompt",
      content,
      contentArms(replay.spec, [...controls, ...content], replay.skill),
      replay,
      lost.gold,
    )),
    ...remedies.nothing(sorted.right),
    ...remedies.unknown(sorted.unknown),
  ];
  return causes.sort((a, b) => b.turns.length - a.turns.length);
}

/** A failure with what is right, places found where nobody named them. */
type Failed = Case & { expected: Expected };
/** null: the passage came through, and another was answered from. */
type Lost = Failed & { stage: LostAt | null };
/** `found`: the right passage, given where it was lost, and the answer did not come out even so. */
type Unworded = Failed & { found?: Found | undefined };
type Missing = Failed & { gap: Gap };
type Sorted = {
  unknown: Case[];
  right: Case[];
  missing: Missing[];
  lost: Lost[];
  form: Failed[];
  overreach: Failed[];
  content: Failed[];
};

async function sortCases(cases: readonly Case[], replay: Replay): Promise<Sorted> {
  const sorted: Sorted = { unknown: [], right: [], missing: [], lost: [], form: [], overreach: [], content: [] };
  const isGrounded = Object.keys(replay.spec.knowledge).length > 0;
  for (const [done, one] of cases.entries()) {
    replay.tell(done, "looking at failures");
    const { turn, expected } = one;
    if (!expected) sorted.unknown.push(one);
    else if (await isRight(turn, expected)) sorted.right.push(one);
    else if (expected.answer === null) {
      if (await failsForm(one)) sorted.form.push({ turn, expected });
      else sorted.overreach.push({ turn, expected });
    } else if (!isGrounded || referencesOf(expected).length === 0)
      (await failsForm(one)) ? sorted.form.push({ turn, expected }) : sorted.content.push({ turn, expected });
    else {
      const places = expected.missing.length > 0 ? [] : await placesOf({ turn, expected }, replay);
      const failed = { turn, expected: { ...expected, places } };
      const stage = places.length > 0 ? await stageOf(failed, replay) : null;
      if (places.length === 0) sorted.missing.push({ ...failed, gap: await gapOf(expected, replay) });
      else if (stage) sorted.lost.push({ ...failed, stage });
      else if (await failsForm(one)) sorted.form.push(failed);
      // What no model worded depends on the passages alone: another setting may rank them better.
      else if (modeOf(turn) !== "model") sorted.lost.push({ ...failed, stage: null });
      else sorted.content.push(failed);
    }
  }
  return sorted;
}

/** Where the answer stands: as was said, else where the documents support the answer to this question. */
async function placesOf({ turn, expected }: Failed, replay: Replay): Promise<readonly Place[]> {
  if (expected.places.length > 0 && (await canHold(expected, replay))) return expected.places;
  const references = referencesOf(expected);
  const statement = `${questionOf(turn)} ${references[0]}`;
  const found = await replay.search(wide(replay.spec), statement);
  // A place that is merely about the same thing does not say it: the answer's words must stand there.
  const saying = found.passages.filter(({ text }) => says(text, references));
  if (saying.length === 0) return [];
  const place = await replay.support(statement, { passages: saying, evidence: [] });
  if (!place) return [];
  const passage = saying.find((one) => holds([one], place));
  return passage && says(passage.text.slice(place.start - passage.start, place.end - passage.start), references)
    ? [place]
    : [];
}

/**
 * Whether the answer can stand in the places that were named. Not where one is outside of its document, which was changed
 * since; nor where a document has pages that nothing was read of, and no two sentences of what was named have the
 * answer's words.
 */
async function canHold(expected: Expected, replay: Replay): Promise<boolean> {
  const named = await Promise.all(
    expected.places.map(async (place) => ({ ...place, ...(await replay.document(place.documentId)) })),
  );
  if (named.some(({ text, start, end }) => start >= end || end > text.length)) return false;
  const isRead = named.every(({ pagesWithoutText }) => pagesWithoutText.length === 0);
  const said = named.flatMap(({ text, start, end }) => text.slice(start, end).split(/(?<=[.!?])\s+|\n+/));
  const wanted = referencesOf(expected);
  return isRead || said.some((one, at) => shareSaid(`${one} ${said[at + 1] ?? ""}`, wanted) >= halfSaid);
}

/** Why no document says the answer, as far as it is known where it should stand. */
async function gapOf({ missing: [gone], places: [place] }: Expected, replay: Replay): Promise<Gap> {
  if (gone !== undefined) return { kind: (await replay.hasFile(gone)) ? "not-read" : "gone", path: gone };
  if (!place) return { kind: "nowhere", unread: await replay.unread() };
  const { path, pagesWithoutText: pages } = await replay.document(place.documentId);
  return pages.length > 0 ? { kind: "unread", path, pages } : { kind: "changed", path };
}

/** A search that gives all that the retrievers bring, and judges nothing. */
function wide(spec: ReleaseSpec): ReleaseSpec {
  return withSettings(spec, { passages: 50, minSupport: 0 });
}

async function stageOf({ turn, expected }: Failed, replay: Replay): Promise<LostAt | null> {
  const { passages } = foundOf(turn);
  const lost = expected.places.find((place) => !holds(passages, place));
  const place = lost ?? expected.places[0];
  if (!place) return null;
  const chunks = await replay.chunks(place.documentId);
  const pool = lost ? (await replay.search(wide(replay.spec), questionOf(turn))).passages : [];
  return lostAt({ turn, place, minSupport: supportNeeded(replay.spec), chunks, pool });
}

/**
 * Lost passages: the right one is given, and every other setting is tried on all of them; each stage takes the one that
 * mends it best. `left`: turns whose answer does not come out even with the passage given, nor by any setting, and those
 * whose passage came through where no setting mends half of them: it is not retrieval then. `gold`: what giving the
 * passage did for these.
 */
async function lostCauses(
  lost: readonly Lost[],
  controls: readonly Case[],
  replay: Replay,
): Promise<{ causes: Cause[]; left: Unworded[]; gold: Trial[] }> {
  const [first] = Object.values(replay.spec.knowledge);
  if (lost.length === 0 || !first) return { causes: [], left: [...lost], gold: [] };
  const tried = lost.slice(0, mostSearched);
  const gold = await goldOutcomes(tried, replay);
  const arms: { arm: SettingArm; mended: Set<string>; broken: number }[] = [];
  for (const arm of settingArms(first.settings)) {
    if (arms.length > 0 && replay.isTimeUp()) break;
    const mended = new Set<string>();
    for (const [done, one] of tried.entries()) {
      replay.tell(done, `trying ${arm.name}`);
      if (await replay.once(`${arm.name} ${one.turn.id}`, () => mendsSearch(arm, one, replay))) mended.add(one.turn.id);
    }
    arms.push({ arm, mended, broken: mended.size === 0 ? 0 : await brokenBy(arm, controls, replay) });
  }
  /** A chunk that is cut in two cannot be given whole. Where a model words it, a setting shows only that the passage comes. */
  const isLost = ({ stage, turn }: Lost) =>
    stage === null ||
    stage === "split" ||
    gold.get(turn.id) !== false ||
    (modeOf(turn) !== "model" && arms.some(({ mended }) => mended.has(turn.id)));
  const others = await Promise.all(
    lost.filter((one) => !isLost(one)).map(async (one) => ({ ...one, found: await foundIfLost(one, replay) })),
  );
  const causes: Cause[] = [];
  const left: Unworded[] = others;
  for (const [stage, members] of Map.groupBy(lost.filter(isLost), (one) => one.stage)) {
    const ids = members.map(({ turn }) => turn.id).filter((id) => tried.some(({ turn }) => turn.id === id));
    const outcomes = arms.map(({ arm, mended, broken }) => ({
      arm,
      broken,
      mended: ids.filter((id) => mended.has(id)).length,
      everywhere: mended.size,
    }));
    const most = Math.max(...outcomes.map(({ mended }) => mended));
    if (stage === null && most < half * ids.length) left.push(...members);
    else
      causes.push(
        remedies.lost({
          stage,
          cases: members,
          tried: ids.length,
          outcomes,
          gold: goldTrial(members, gold),
          controls: controls.length,
          headings: await longHeadings(members, replay),
        }),
      );
  }
  return { causes, left, gold: left.length === 0 ? [] : [goldTrial(left, gold)] };
}

/** The right passage, for a turn that did not have it. */
async function foundIfLost({ turn, expected }: Failed, replay: Replay): Promise<Found | undefined> {
  const { passages } = foundOf(turn);
  return expected.places.every((place) => holds(passages, place)) ? undefined : replay.foundAt(expected.places);
}

/** The longest headings above passages that were not found, where they are too long; else null. */
async function longHeadings(lost: readonly Lost[], replay: Replay): Promise<{ path: string; words: number } | null> {
  let longest: { path: string; words: number } | null = null;
  for (const { stage, expected } of lost) {
    const [place] = expected.places;
    if (!place || (stage !== "not-retrieved" && stage !== "fused-out")) continue;
    const chunks = await replay.chunks(place.documentId);
    const chunk = chunks.find((one) => one.start <= place.start && place.start < one.end);
    const words = chunk?.titlePath.join(" ").split(/\s+/).length ?? 0;
    if (words > Math.max(longHeading, longest?.words ?? 0))
      longest = { path: (await replay.document(place.documentId)).path, words };
  }
  return longest;
}

/** The right passage given, by turn: does the answer come out? Then retrieval is all that was wrong. A model is asked less often. */
async function goldOutcomes(lost: readonly Lost[], replay: Replay): Promise<Map<string, boolean>> {
  const outcomes = new Map<string, boolean>();
  let asked = 0;
  for (const { turn, expected } of lost) {
    if (modeOf(turn) === "model" && ++asked > mostAsked) continue;
    replay.tell(outcomes.size, "giving the right passage");
    const isMended = await replay.once(`gold ${turn.id}`, async () => {
      const found = await replay.foundAt(expected.places);
      return comesOut(replay, replay.spec, { turn, expected }, [given("retrieve", found)]);
    });
    outcomes.set(turn.id, isMended);
  }
  return outcomes;
}

function goldTrial(cases: readonly Case[], outcomes: ReadonlyMap<string, boolean>): Trial {
  const given = cases.flatMap(({ turn }) => outcomes.get(turn.id) ?? []);
  return {
    name: "the right passage given",
    kind: "retrieval",
    tried: given.length,
    mended: given.filter((isMended) => isMended).length,
  };
}

/** A setting mends a turn where the answer is right; where a model words it, it is enough that the passage comes through. */
async function mendsSearch({ change }: SettingArm, { turn, expected }: Failed, replay: Replay): Promise<boolean> {
  const spec = withSettings(replay.spec, change);
  if (modeOf(turn) !== "model") return comesOut(replay, spec, { turn, expected }, []);
  return comesThrough(await replay.search(spec, questionOf(turn)), expected, spec);
}

function comesThrough({ passages, evidence }: Found, { places }: Expected, spec: ReleaseSpec): boolean {
  return places.every((place) => holds(passages, place)) && (evidence[0]?.support ?? 0) >= supportNeeded(spec);
}

/** How many right turns a setting breaks: their passage no longer comes through, or what has no answer gets one. */
async function brokenBy(arm: SettingArm, controls: readonly Case[], replay: Replay): Promise<number> {
  const spec = withSettings(replay.spec, arm.change);
  let broken = 0;
  for (const { turn, expected } of controls.slice(0, mostControls)) {
    if (!expected) continue;
    const isBroken = await replay.once(`control ${arm.name} ${turn.id}`, async () => {
      if (modeOf(turn) !== "model") return !(await comesOut(replay, spec, { turn, expected }, []));
      const found = await replay.search(spec, questionOf(turn));
      if (expected.answer === null) {
        const needed = supportNeeded(spec);
        return needed > 0 && (found.evidence[0]?.support ?? 0) >= needed; // else the model decides
      }
      return !comesThrough(found, expected, spec);
    });
    if (isBroken) broken += 1;
  }
  return broken;
}

/** Answers to what has none: is a stricter support enough? */
async function overreachCause(cases: readonly Failed[], controls: readonly Case[], replay: Replay): Promise<Cause[]> {
  if (cases.length === 0) return [];
  const [first] = Object.values(replay.spec.knowledge);
  const tried = cases.slice(0, mostSearched);
  const outcomes: { arm: SettingArm; mended: number; broken: number }[] = [];
  for (const arm of first ? stricterArms(first.settings) : []) {
    const spec = withSettings(replay.spec, arm.change);
    let mended = 0;
    for (const { turn, expected } of tried) {
      const isMended = await replay.once(`${arm.name} ${turn.id}`, async () => {
        if (modeOf(turn) === "reader") return comesOut(replay, spec, { turn, expected }, []);
        const { evidence } = await replay.search(spec, questionOf(turn));
        return (evidence[0]?.support ?? 0) < supportNeeded(spec);
      });
      if (isMended) mended += 1;
    }
    outcomes.push({ arm, mended, broken: await brokenBy(arm, controls, replay) });
  }
  return [remedies.overreach({ cases, tried: tried.length, outcomes, half, controls: controls.length })];
}

/** Passage there, answer wrong: other words, examples, a grammar. The best arm is the remedy, if it mends half. */
async function wordingCause(
  name: "form" | "prompt",
  cases: readonly Unworded[],
  arms: readonly WordingArm[],
  replay: Replay,
  before: readonly Trial[] = [],
): Promise<Cause[]> {
  if (cases.length === 0) return [];
  const outcomes: { arm: WordingArm; tried: number; mended: number }[] = [];
  for (const arm of arms) {
    let mended = 0;
    const tried = cases.slice(0, mostAsked);
    for (const [done, one] of tried.entries()) {
      replay.tell(done, `trying ${arm.name}`);
      const spec = arm.specFor(replay.spec, one);
      if (!spec) continue;
      const isMended = await replay.once(`${arm.name} ${one.turn.id}`, async () =>
        comesOut(replay, spec, one, [one.found ? given("retrieve", one.found) : spansOf(one.turn.spans)]),
      );
      if (isMended) mended += 1;
    }
    outcomes.push({ arm, tried: tried.length, mended });
  }
  return [remedies.wording({ name, cases, outcomes, half, before })];
}

/** What a release is to blame for: its prompt leaves no room for this question. Other errors say nothing of a release. */
export function isTooLong(error: unknown): boolean {
  return error instanceof PawlError && (error.code === "prompt-too-long" || error.code === "context-overflow");
}

/** Whether the answer comes out right when the turn is asked so. A prompt that is too long is one more way to fail. */
async function comesOut(
  replay: Replay,
  spec: ReleaseSpec,
  { turn, expected }: Failed,
  known: readonly Known[],
): Promise<boolean> {
  try {
    return await isRight(await replay.ask(spec, turn, known), expected);
  } catch (error) {
    if (isTooLong(error)) return false;
    throw error;
  }
}
