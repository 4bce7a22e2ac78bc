import type { Found } from "#app";
import { type Cause, type LostAt, type ReleaseSpec, supportNeeded, type Trial } from "#schema";
import { given } from "#trace";
import { type Case, type Expected, modeOf, questionOf } from "./case.ts";
import { foundOf, holds } from "./lost.ts";
import * as remedies from "./remedies.ts";
import { comesOut, type Failed, half, mostAsked, mostSearched, type Replay } from "./replay.ts";
import { type SettingArm, settingArms, withSettings } from "./settings.ts";

/** Right turns that a setting must not break. */
const mostControls = 20;
/** Headings of more words outweigh what stands below them: an embedder reads both as one text, the headings first. */
const longHeading = 100;

/** null: the passage came through, and another was answered from. */
export type Lost = Failed & { stage: LostAt | null };
/** `found`: the right passage, given where it was lost, and the answer did not come out even so. */
export type Unworded = Failed & { found?: Found | undefined };

/**
 * Lost passages: the right one is given, and every other setting is tried on all of them; each stage takes the one that
 * mends it best. `left`: turns whose answer does not come out even with the passage given, nor by any setting, and those
 * whose passage came through where no setting mends half of them: it is not retrieval then. `gold`: what giving the
 * passage did for these.
 */
export async function lostCauses(
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
  const retrievals = retrievalsOf(lost, gold, new Set(arms.flatMap(({ mended }) => [...mended])));
  const others = await Promise.all(
    lost.filter((one) => !retrievals.has(one)).map(async (one) => ({ ...one, found: await foundIfLost(one, replay) })),
  );
  const causes: Cause[] = [];
  const left: Unworded[] = others;
  for (const [stage, members] of Map.groupBy(retrievals, (one) => one.stage)) {
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

/**
 * The turns that retrieval lost: where the passage, given, lets the answer come out, or where a setting does; of those that
 * nothing was tried on, all or none of a stage, as it was with most others. A chunk that is cut in two cannot be given
 * whole; and where a model words the answer a setting shows only that the passage comes.
 */
function retrievalsOf(
  lost: readonly Lost[],
  gold: ReadonlyMap<string, boolean>,
  mended: ReadonlySet<string>,
): ReadonlySet<Lost> {
  const isMended = ({ turn }: Lost) => gold.get(turn.id) === true || (modeOf(turn) !== "model" && mended.has(turn.id));
  const found = [...Map.groupBy(lost, ({ stage }) => stage)].flatMap(([stage, members]) => {
    if (stage === null || stage === "split") return members;
    const tried = members.filter(({ turn }) => gold.has(turn.id));
    const isMost = tried.filter(isMended).length >= half * tried.length;
    return members.filter((one) => (gold.has(one.turn.id) ? isMended(one) : isMost));
  });
  return new Set(found);
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
export async function brokenBy(arm: SettingArm, controls: readonly Case[], replay: Replay): Promise<number> {
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
