import type { Cause, LostAt, Remedy, Trial } from "#schema";
import { type Case, type Expected, questionOf } from "./case.ts";
import type { SettingArm } from "./settings.ts";
import { subjectOf } from "./subject.ts";
import type { WordingArm } from "./wordings.ts";

type Failed = Case & { expected: Expected };

const idsOf = (cases: readonly Case[]) => cases.map(({ turn }) => turn.id);
const count = (n: number) => `${n} ${n === 1 ? "turn" : "turns"}`;
const asked = (cases: readonly Case[]) =>
  cases
    .slice(0, 2)
    .map(({ turn }) => `"${shortened(questionOf(turn))}"`)
    .join(" and ");

/** A question of one line, cut between words where it is long. */
const shortened = (text: string) => (text.length <= 120 ? text : `${text.slice(0, 119).replace(/\s+\S*$/, "")} …`);

/** Pages of a document that have no text: scanned ones. */
export type Unread = { path: string; pages: readonly number[] };

/**
 * Why no document says an answer. `gone`: the document that did is not among them; `not-read`: it is not, but its file is
 * in the app's folder; `unread`: it has pages without text; `changed`: it has not the place that was named; `nowhere`:
 * nobody said where the answer stands.
 */
export type Gap =
  | { kind: "gone" | "not-read" | "changed"; path: string }
  | ({ kind: "unread" } & Unread)
  | { kind: "nowhere"; unread: readonly Unread[] };

/** Documents that are not there: by the path where it is known, else all as one subject. */
export function missing(cases: readonly (Failed & { gap: Gap })[]): Cause[] {
  const groups = Map.groupBy(cases, ({ gap }) => (gap.kind === "nowhere" ? "" : `${gap.kind} ${gap.path}`));
  return [...groups.values()].map((members) => {
    const subject = subjectOf(members.map(({ turn }) => questionOf(turn)));
    const what = members[0] ? filling(members[0].gap, subject) : "";
    const text = `${what}. ${count(members.length)} asked for what no document says, as ${asked(members)}.`;
    return {
      name: "document-missing",
      lostAt: null,
      turns: idsOf(members),
      remedy: { kind: "document", text },
      trials: [],
    };
  });
}

const recognition = "run text recognition over it, for example `ocrmypdf in.pdf out.pdf`";

/** What fills a gap, a sentence without its full stop. */
function filling(gap: Gap, subject: string): string {
  switch (gap.kind) {
    case "gone":
      return `Write ${gap.path} again, it is about ${subject}`;
    case "not-read":
      return `${gap.path} is in the app's folder and not among its documents: name it in the app's \`sources\`; where it is named, \`pawl ingest\` says why it is refused`;
    case "unread":
      return `${capital(pagesOf(gap))} no text: ${recognition}`;
    case "changed":
      return `Write on ${subject} in ${gap.path} again: the place that was named is not there any more`;
    case "nowhere": {
      const [first, ...others] = gap.unread;
      const more = others.length === 1 ? " (so has 1 document more)" : ` (so have ${others.length} documents more)`;
      return first
        ? `Write a document on ${subject}. Or does a scanned page say it? ${capital(pagesOf(first))} no text${others.length > 0 ? more : ""}: ${recognition}`
        : `Write a document on ${subject}`;
    }
  }
}

/** "page 3 of policy.pdf has". */
function pagesOf({ path, pages }: Unread): string {
  if (pages.length === 1) return `page ${pages[0]} of ${path} has`;
  const shown = pages.slice(0, 5).join(", ");
  return `pages ${shown}${pages.length > 5 ? " and others" : ""} of ${path} have`;
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

const stages: Record<LostAt, string> = {
  split: "no chunk holds the passage whole",
  "not-retrieved": "neither words nor meaning find the passage",
  "fused-out": "other passages are ranked before the right one",
  cut: "the passage was found and did not get into the answer",
};

/** `everywhere`: how many it mends of all lost turns, of whatever stage. */
type SettingOutcome = { arm: SettingArm; mended: number; everywhere?: number; broken: number };

/**
 * The setting that mends most and breaks least. Of equals the one that mends most elsewhere too, for one fault often
 * shows at several stages; then the first, for they are in order of cost.
 */
function bestSetting(outcomes: readonly SettingOutcome[]): SettingOutcome | null {
  const net = ({ mended, broken }: SettingOutcome) => mended - broken;
  const [best] = outcomes.toSorted((a, b) => net(b) - net(a) || (b.everywhere ?? 0) - (a.everywhere ?? 0));
  return best && net(best) > 0 ? best : null;
}

function brokenText(broken: number, controls: number): string {
  return controls === 0
    ? ""
    : broken === 0
      ? ", and breaks none that was right"
      : `, and breaks ${broken} that were right`;
}

export function lost(what: {
  stage: LostAt | null;
  cases: readonly Failed[];
  tried: number;
  outcomes: readonly SettingOutcome[];
  gold: Trial;
  controls: number;
  /** Headings above a passage that are too long. */
  headings: { path: string; words: number } | null;
}): Cause {
  const { stage, cases, tried, outcomes, gold, controls, headings } = what;
  const best = bestSetting(outcomes);
  const how = stage === null ? "the passage came, and another was answered from" : stages[stage];
  const shorten = headings
    ? `Shorten the heading in ${headings.path}: it and those above it have ${headings.words} words, which outweigh the passage below. `
    : "";
  const rewrite = headings ? "" : `write it in the words that people ask with, as ${asked(cases)}, or `;
  const remedy: Remedy = best
    ? {
        kind: "retrieval",
        text: `${shorten}Set \`${best.arm.name}\`: ${how}; this mends ${best.mended} of ${count(tried)}${brokenText(best.broken, controls)}.`,
        settings: { ...best.arm.change },
      }
    : {
        kind: "retrieval",
        text: `${shorten}No setting that was tried brings the passage (${how}): ${rewrite}choose another embedder.`,
      };
  const trials = outcomes.map(({ arm, mended }) => ({ name: arm.name, kind: "retrieval" as const, tried, mended }));
  return { name: "passage-lost", lostAt: stage, turns: idsOf(cases), remedy, trials: [gold, ...trials] };
}

export function overreach(what: {
  cases: readonly Failed[];
  tried: number;
  outcomes: readonly SettingOutcome[];
  half: number;
  controls: number;
}): Cause {
  const { cases, tried, outcomes, half, controls } = what;
  const best = bestSetting(outcomes);
  const trials = outcomes.map(({ arm, mended }) => ({ name: arm.name, kind: "retrieval" as const, tried, mended }));
  const remedy: Remedy =
    best && best.mended >= half * tried
      ? {
          kind: "retrieval",
          text: `Set \`${best.arm.name}\`: ${count(tried)} were answered that the documents do not answer; this mends ${best.mended}${brokenText(best.broken, controls)}.`,
          settings: { ...best.arm.change },
        }
      : tuneOr(trials, "say that the documents do not say", tried);
  return { name: "model-ability", lostAt: null, turns: idsOf(cases), remedy, trials };
}

/** The best wording arm where it mends half; else tuning, with the figures of what fell short. */
export function wording(what: {
  name: "form" | "prompt";
  cases: readonly Failed[];
  outcomes: readonly { arm: WordingArm; tried: number; mended: number }[];
  half: number;
  /** What was tried on these turns before their wording. */
  before?: readonly Trial[];
}): Cause {
  const { name, cases, outcomes, half, before = [] } = what;
  const trials: Trial[] = outcomes.map(({ arm, tried, mended }) => ({ name: arm.name, kind: "prompt", tried, mended }));
  const enough = outcomes.filter(({ mended, tried }) => mended > 0 && mended >= half * tried);
  const kept = enough.filter(({ arm }) => !arm.isOtherApp);
  const [first, ...others] = kept.length > 0 ? kept : enough;
  const best = first && others.reduce((most, one) => (one.mended > most.mended ? one : most), first);
  const remedy: Remedy = best
    ? {
        kind: "prompt",
        text: `${best.arm.advice}: this mends ${best.mended} of ${count(best.tried)}. \`pawl check\` says what it does to the others.`,
        settings: best.arm.settings,
      }
    : tuneOr(trials, name === "form" ? "keep the form" : "answer from the passages", cases.length);
  return {
    name: best || name === "form" ? name : "model-ability",
    lostAt: null,
    turns: idsOf(cases),
    remedy,
    trials: [...before, ...trials],
  };
}

/** Fewer turns than this say little of what a model can do. */
const fewestToTune = 3;

/** Tuning, only after cheaper arms were run; where there was nothing to run, what is wanted first. */
function tuneOr(trials: readonly Trial[], what: string, turns: number): Remedy {
  const run = trials.filter(({ tried }) => tried > 0);
  if (run.length === 0)
    return {
      kind: "none",
      text: `No cheaper remedy could be tried on ${count(turns)}: two right answers more (corrections, or examples of a dataset) are wanted first.`,
    };
  const figures = run.map(({ name, mended, tried }) => `${name} mends ${mended} of ${tried}`).join(", ");
  if (turns < fewestToTune)
    return {
      kind: "none",
      text: `${count(turns)} ${turns === 1 ? "is" : "are"} too few to tune the model for (${figures}).`,
    };
  return { kind: "tune", text: `Tune the model to ${what}: cheaper ways fell short (${figures}).` };
}

export function nothing(cases: readonly Case[]): Cause[] {
  if (cases.length === 0) return [];
  const text = `${count(cases.length)} that were held to be failures answer what the reference says: nothing is to be mended.`;
  return [{ name: "none", lostAt: null, turns: idsOf(cases), remedy: { kind: "none", text }, trials: [] }];
}

export function unknown(cases: readonly Case[]): Cause[] {
  if (cases.length === 0) return [];
  const text = `Nobody said what ${count(cases.length)} should have answered: a correction (\`pawl feedback TURN --correct\`) lets the cause be found.`;
  return [{ name: "none", lostAt: null, turns: idsOf(cases), remedy: { kind: "none", text }, trials: [] }];
}
