import type { Learned } from "#app";
import { PawlError } from "#kernel";
import type { Arm, Cause, LoopReport, MetricDifference, Release, ReleaseEstimate, Turn, TurnAnswer } from "#schema";
import { bounds, detectable, foreseen, mean, single } from "#stats";
import { cheapArms, type Proposal } from "./arms.ts";
import { closeness } from "./closeness.ts";
import { type Correction, divided, type Parts } from "./corrections.ts";
import { isQuoting } from "./wordings.ts";

/** Each cause as a part of a sentence. */
const said: Record<Exclude<Cause["name"], "none">, string> = {
  "document-missing": "no document says it",
  "passage-lost": "the passage was lost on its way",
  prompt: "the prompt",
  form: "the form of the answer",
  "model-ability": "more than the model can do",
};

/** Who reacted: how many turns they saw, of how many different questions, and the thumbs that they gave. */
type Users = { turns: number; questions: number; thumbs: number; areSimulated: boolean };

/** What the loop needs of the world. No function gives it a reference: what it knows of right answers, people said. */
export type LoopParts = {
  app: string;
  live: Release;
  minutes: number;
  /** Minutes that are left of these. */
  left(): number;
  signal: AbortSignal;
  /** Does `work` once: its outcome is kept, and found again after a crash. */
  step<T>(name: string, work: () => Promise<T>): Promise<T>;
  say(text: string): void;
  /** People's reactions to turns of the live release; where there are none, simulated users are asked. */
  users(): Promise<Users>;
  /** What these users corrected, the same in every attempt. */
  corrections(users: Users): Promise<Correction[]>;
  /** What they liked, of other questions; the same in every attempt. */
  liked(): Promise<Correction[]>;
  estimate(): Promise<ReleaseEstimate | null>;
  causes(): Promise<Cause[]>;
  /** The live release with a change. */
  candidate(change: Learned): Promise<Release>;
  /** What a release answers to the question of a turn. */
  answer(release: Release, turn: Turn): Promise<TurnAnswer | null>;
  gateExamples(): Promise<number>;
  /** An adapter from these corrections; null where they give the model nothing to learn from. */
  train(
    train: readonly Correction[],
    validation: readonly Correction[],
    minutes: number,
  ): Promise<{ adapter: string; note: string } | null>;
  /** Writes the change down as the app's candidate and asks the gate. */
  gate(change: Learned): Promise<{ passed: boolean; reason: string; metrics: MetricDifference[]; release: string }>;
  /** Live, promoted release and the best other arm on the report split, once. */
  report(
    live: Release,
    promoted: Release,
    other: Release | null,
  ): Promise<{ metrics: MetricDifference[]; story: string[] }>;
};

/**
 * An arm that was measured. `score`: closeness to the corrections; `value`: closeness to all that users want, as corrected
 * are the answers that were bad: what they liked counts by its share.
 */
type Tried = { proposal: Proposal; arm: Arm; score: number; kept: number | null; value: number };

/** What an arm is judged by: held-back corrections, and answers that users liked, which are this share of all. */
type Judges = { held: readonly Correction[]; liked: readonly Correction[]; share: number };

/** Fewer corrections than this say nothing. */
const fewest = 8;
/** An arm whose answers are this close to what people wanted leaves training nothing to win. */
const goodEnough = 0.95;
/** Of the loop's minutes, those that training may take. */
const trainingShare = 0.4;
/** A training of less does not get beyond loading. */
const fewestMinutes = 1;
/** Why a trainer does not take examples: the cheaper arms stand all the same. */
const refusals = new Set(["example-too-long", "memory-short", "training-diverged", "splits-overlap", "bad-request"]);
/** The gate's first look, at one tail. */
const alpha = 0.025;

/**
 * From reactions to a promotion or a refusal: reactions → quality → causes → cheap remedies → training where they fell
 * short → the gate → the report. Every stage is a step that is done once.
 */
export async function improve(parts: LoopParts): Promise<Omit<LoopReport, "id" | "createdAt" | "seconds">> {
  const { live, step, say } = parts;
  const story: string[] = [];
  const tell = (text: string) => {
    story.push(text);
    say(text);
  };
  const users = await step("users", parts.users);
  tell(`${users.areSimulated ? "Simulated users" : "Users"} reacted to ${users.turns} turns: ${users.thumbs} thumbs.`);
  const corrections = await parts.corrections(users);
  const estimate = await step("estimate", parts.estimate);
  if (estimate?.raw != null)
    tell(
      `Thumbs up: ${percent(estimate.raw)} as given, ${percent(estimate.corrected)} as the average rater would give them (${percent(estimate.low)}–${percent(estimate.high)}).`,
    );
  tell(`${corrections.length} answers were corrected.`);
  const cause = await step("causes", parts.causes);
  for (const one of cause)
    tell(
      one.name === "none"
        ? one.remedy.text
        : `${one.turns.length} ${one.turns.length === 1 ? "turn" : "turns"} failed: ${said[one.name]}${one.lostAt ? ` (${one.lostAt})` : ""}. ${one.remedy.text}`,
    );

  const feedback = {
    turns: users.turns,
    thumbs: users.thumbs,
    corrections: corrections.length,
    raw: estimate?.raw ?? null,
    corrected: estimate?.corrected ?? null,
  };
  const told = { app: parts.app, areUsersSimulated: users.areSimulated, feedback, cause, live: live.id, story };
  const refused = (reason: string, arms: Arm[] = [], more: Partial<LoopReport> = {}) => {
    tell(/^Refused\b/.test(reason) ? reason : `Refused: ${reason}`);
    return {
      ...told,
      verdict: "refused" as const,
      reason,
      arms,
      metrics: [],
      report: [],
      candidate: null,
      todo: todoOf(cause),
      ...more,
    };
  };

  if (corrections.length < fewest)
    return refused(`${corrections.length} corrections are too few to choose a change by: ${fewest} are needed.`);
  const divisions = divided(corrections);
  const proposals = cheapArms(
    cause,
    divisions.shown,
    [...divisions.train, ...divisions.validation],
    Object.keys(live.spec.knowledge),
  );
  const whyUntrained = whyNotTrained(live, cause);
  // Settings are learned from no correction: where nothing else is tried, all of them may judge.
  const isLearned = whyUntrained === null || proposals.some(({ kind }) => kind === "prompt");
  const held = isLearned ? divisions.held : corrections;
  const liked = await parts.liked();
  const share = liked.length === 0 ? 0 : Math.min(1, Math.max(0, estimate?.corrected ?? estimate?.raw ?? 0));
  const judges: Judges = { held, liked, share };
  const base = await measure(parts, { name: "live", kind: "retrieval", change: {} }, live, judges, 0);
  const arms: Arm[] = [{ ...base.arm, kind: "live" }];
  // Corrected are the answers that were wrong: of all questions a smaller part is left to gain.
  const room = (1 - base.score) * Math.min(1, corrections.length / Math.max(1, users.questions));
  tell(
    `Live answers come as close as ${percent(base.score)} to what ${held.length} ${isLearned ? "held-back " : ""}corrections say.`,
  );
  const gateExamples = await parts.gateExamples();
  const visible = detectable(foreseen(gateExamples, { share: 1 - room }), { tail: alpha });
  if (visible === null || visible > room) {
    const shows = visible === null ? "can show no gain at all" : `show a gain of ${percent(visible)} or more`;
    return refused(
      `The gate's examples ${shows}; there are ${percent(room)} left to gain. More examples are needed before anything is trained.`,
      arms,
    );
  }

  const perAnswer = base.arm.seconds / 60 / Math.max(1, held.length);
  // Gate and report ask two releases each, of about as many questions.
  const time = { arm: perAnswer * (held.length + liked.length), judging: perAnswer * gateExamples * 4 };
  const cut: string[] = [];
  const tried = await tryCheap(parts, proposals, judges, { arms, tell, time, cut });
  const best = bestOf(tried, base.value);
  const reached = best?.score ?? base.score;
  const why = whyUntrained ?? (reached >= goodEnough ? `${percent(reached)} is reached without` : null);
  if (why) tell(`Nothing is trained: ${why}.`);
  const tuned = why ? null : await tryTuning(parts, divisions, judges, { arms, tell, time, cut });
  const chosen = bestOf(tuned ? [...tried, tuned] : tried, base.value);
  if (!chosen) {
    const isPersons = cause.some(({ remedy }) => remedy.kind === "document");
    const isAnybodys = cause.some(({ remedy }) => remedy.kind !== "document" && remedy.kind !== "none");
    const reason = isAnybodys
      ? cut.length > 0
        ? "No remedy that there was time for comes closer to what people wanted: give the loop more with --minutes."
        : "No remedy that was tried comes closer to what people wanted, what they liked included."
      : isPersons
        ? "What fails is not the app's to mend: see what a person should do."
        : "No cause was found that anything here would mend.";
    return refused(reason, arms, { todo: [...todoOf(cause), ...beyond(cause)] });
  }
  tell(`The gate is asked about: ${chosen.proposal.name}.`);
  const gate = await step("gate", () => parts.gate(chosen.proposal.change));
  if (!gate.passed) return refused(gate.reason, arms, { metrics: gate.metrics, candidate: gate.release });
  const other = chosen === tuned ? best : null;
  const promoted = await parts.candidate(chosen.proposal.change);
  const report = await step("report", async () =>
    parts.report(live, promoted, other ? await parts.candidate(other.proposal.change) : null),
  );
  for (const line of report.story) tell(line);
  tell(`Promoted: ${gate.reason}`);
  return {
    ...told,
    verdict: "promoted",
    reason: gate.reason,
    arms,
    metrics: gate.metrics,
    report: report.metrics,
    candidate: gate.release,
    todo: [
      "Review pawl.learned.json and pawl.lock.json and commit them, with the adapter beside them if one was learned.",
      ...todoOf(cause),
    ],
  };
}

async function tryCheap(
  parts: LoopParts,
  proposals: readonly Proposal[],
  judges: Judges,
  { arms, tell, time, cut }: Telling,
): Promise<Tried[]> {
  const tried: Tried[] = [];
  for (const [at, proposal] of proposals.entries()) {
    const isThere = await parts.step(`time for ${proposal.name}`, async () => parts.left() > time.arm + time.judging);
    if (!isThere) {
      cut.push(...proposals.slice(at).map(({ name }) => name));
      tell(`Not tried, as the minutes are needed for the gate: ${cut.join(", ")}.`);
      break;
    }
    const one = await measure(parts, proposal, await parts.candidate(proposal.change), judges, 0);
    tried.push(one);
    arms.push(one.arm);
    tell(`${proposal.name}: ${scored(one)}.`);
  }
  return tried;
}

/**
 * Where the arms that were measured, the sentences of the story, and the names of what there was no time for go; and the
 * minutes that an arm and the judging of the chosen one will take.
 */
type Telling = {
  arms: Arm[];
  tell: (text: string) => void;
  cut: string[];
  time: { arm: number; judging: number };
};

/** Why training could mend nothing here; null where it could. */
function whyNotTrained({ spec }: Release, cause: readonly Cause[]): string | null {
  // Form and ability can be learned; facts cannot: they belong to retrieval and to the documents.
  const isLearnable = cause.some(
    ({ name, remedy }) =>
      (name === "form" || name === "prompt" || name === "model-ability") &&
      (remedy.kind === "prompt" || remedy.kind === "tune"),
  );
  if (!isLearnable) return "no cause is one that training mends";
  if (!spec.route.some(({ model }) => model.startsWith("local/"))) return "the app's model is not on this machine";
  return null;
}

/** Training, where what is cheaper fell short; what the trainer refuses ends the training, and not the loop. */
async function tryTuning(
  parts: LoopParts,
  divisions: Parts,
  judges: Judges,
  { arms, tell, time, cut }: Telling,
): Promise<Tried | null> {
  // Fixed once: a training that goes on does so over as many steps as it was begun with.
  const minutes = await parts.step("training minutes", async () =>
    Math.min(parts.minutes * trainingShare, parts.left() - time.arm - time.judging),
  );
  if (minutes < fewestMinutes) {
    cut.push("tuned");
    tell("Nothing is trained: the minutes that are left are needed for the gate. Give the loop more with --minutes.");
    return null;
  }
  const outcome = await parts.step("tune", async () => {
    const from = performance.now();
    try {
      const trained = await parts.train(divisions.train, divisions.validation, minutes);
      return { trained, seconds: (performance.now() - from) / 1000, refused: null };
    } catch (error) {
      if (parts.signal.aborted || !(error instanceof PawlError) || !refusals.has(error.code)) throw error;
      return { trained: null, seconds: 0, refused: error.message };
    }
  });
  const { trained, seconds } = outcome;
  if (!trained) {
    tell(`Nothing is trained: ${outcome.refused ?? "the corrections give the model nothing to learn from."}`);
    return null;
  }
  // Where the app quotes its documents, what was trained is heard only if the model may word the answer.
  const adapter = trained.adapter;
  const proposal: Proposal = isQuoting(parts.live.spec)
    ? { name: "tuned, answer: model", kind: "tune", change: { adapter, answer: "model" } }
    : { name: "tuned", kind: "tune", change: { adapter } };
  const one = await measure(parts, proposal, await parts.candidate(proposal.change), judges, seconds);
  const arm = { ...one.arm, note: trained.note };
  arms.push(arm);
  tell(`${proposal.name}: ${scored(one)}. ${trained.note}`);
  return { ...one, arm };
}

/** Asks a release what the corrected and the liked turns asked, and compares with what people said. */
async function measure(
  parts: LoopParts,
  proposal: Proposal,
  release: Release,
  { held, liked, share }: Judges,
  before: number,
): Promise<Tried> {
  const closenessTo = async (wanted: readonly Correction[]) => {
    const scores: number[] = [];
    for (const one of wanted) scores.push(closeness(await parts.answer(release, one.turn), one.wanted, one.passage));
    return scores;
  };
  const { scores, kept, seconds } = await parts.step(`arm ${proposal.name}`, async () => {
    const from = performance.now();
    const scores = await closenessTo(held);
    // What is live gave the answers that were liked.
    const kept = release.id === parts.live.id ? liked.map(() => 1) : await closenessTo(liked);
    return { scores, kept, seconds: (performance.now() - from) / 1000 };
  });
  const score = scores.length === 0 ? 0 : mean(scores);
  const keptMean = kept.length === 0 ? null : mean(kept);
  return {
    proposal,
    score,
    kept: keptMean,
    value: (1 - share) * score + share * (keptMean ?? 0),
    arm: {
      name: proposal.name,
      kind: proposal.kind,
      release: release.id,
      metrics: [
        metricOf("closeness", scores),
        ...(kept.length > 0 ? [metricOf("closeness to what was liked", kept)] : []),
      ],
      seconds: before + seconds,
      costUsd: null,
      note: "",
    },
  };
}

function metricOf(name: string, scores: readonly number[]): Arm["metrics"][number] {
  const interval = bounds(
    single(
      scores.map((value, i) => ({ value, cluster: String(i) })),
      [0, 1],
    ),
  );
  return {
    name,
    mean: scores.length === 0 ? 0 : mean(scores),
    low: interval?.low ?? null,
    high: interval?.high ?? null,
    examples: scores.length,
    unit: "score",
    direction: "higher",
  };
}

function scored({ score, kept }: Tried): string {
  return kept === null ? percent(score) : `${percent(score)}, and ${percent(kept)} of what was liked`;
}

/** The arm that comes closest to all that users want; among equals the one that was tried first, which is the cheaper one. Null: none gains. */
function bestOf(tried: readonly Tried[], base: number): Tried | null {
  const gaining = tried.filter(({ value }) => value > base);
  return gaining.reduce<Tried | null>((best, one) => (!best || one.value > best.value ? one : best), null);
}

function todoOf(cause: readonly Cause[]): string[] {
  return cause.filter(({ remedy }) => remedy.kind === "document").map(({ remedy }) => remedy.text);
}

/** What is left to a person where nothing that was tried mends what the model cannot do. */
function beyond(cause: readonly Cause[]): string[] {
  const turns = cause.flatMap((one) => (one.name === "model-ability" && one.remedy.kind === "tune" ? one.turns : []));
  return turns.length === 0
    ? []
    : [
        `Name a larger model in the app's \`model\`, or write the documents in the words that people ask with: ${turns.length} ${turns.length === 1 ? "turn is" : "turns are"} more than this model can do.`,
      ];
}

function percent(share: number | null): string {
  return share === null ? "?" : `${(100 * share).toFixed(0)} %`;
}
