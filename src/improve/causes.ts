import { type Cause, type LostAt, type Place, type ReleaseSpec, supportNeeded, type Trial } from "#schema";
import { given, spansOf } from "#trace";
import { type Case, type Expected, isRight, modeOf, questionOf, referencesOf, says, shareSaid } from "./case.ts";
import { foundOf, holds, lostAt } from "./lost.ts";
import { brokenBy, type Lost, lostCauses, type Unworded } from "./lost-causes.ts";
import type { Gap } from "./remedies.ts";
import * as remedies from "./remedies.ts";
import { comesOut, type Failed, half, mostAsked, mostSearched, type Replay } from "./replay.ts";
import { type SettingArm, stricterArms, withSettings } from "./settings.ts";
import { contentArms, failsForm, formArms, type WordingArm } from "./wordings.ts";

/** Two sentences with less of the answer's words do not say it. */
const halfSaid = 0.5;

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
  const form: Unworded[] = [...sorted.form];
  const content: Unworded[] = [...sorted.content];
  for (const one of lost.left) ((await failsForm(one)) ? form : content).push(one);
  const causes = [
    ...remedies.missing(sorted.missing),
    ...lost.causes,
    ...(await wordingCause("form", form, formArms([...form, ...controls]), replay)),
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
