import { eq } from "drizzle-orm";
import { normalQuestion, readExamples } from "#data";
import { correctionsOf, isTooLong, type LoopParts, simulateUsers } from "#improve";
import type { Report } from "#kernel";
import type { Example, Feedback, Release, Turn } from "#schema";
import { tables } from "#store";
import { spansOf } from "#trace";
import type { HostCore } from "./core.ts";
import { datasetOf, documentsByPath, questionOfExample } from "./datasets.ts";
import { doneTurn } from "./done-turn.ts";

const { feedback } = tables;

/** How often each question of the development split is asked by simulated users. */
const rounds = 3;
/** With so many corrections the app's own users are heard, and nobody is simulated. */
const enoughCorrections = 8;

/** The session of a loop's simulated users. */
export function simulatedBy(loop: string): string {
  return `sim_${loop}`;
}

/** The turns of a release that somebody reacted to, with the reactions. */
export async function reactedTurns(host: HostCore, release: string): Promise<(Turn & { feedback: Feedback[] })[]> {
  const rows = await host.store.db
    .selectDistinct({ turn: feedback.turn })
    .from(feedback)
    .where(eq(feedback.release, release));
  return Promise.all(rows.map(({ turn }) => host.turn(turn)));
}

/** Who reacted to what is live: the app's users where they did, else simulated ones that ask the development split. */
export async function whoReacted(
  host: HostCore,
  what: {
    app: string;
    live: Release;
    loop: string;
    seed: number;
    /** Questions that the gate and the report ask. */
    judging: ReadonlySet<string>;
    signal: AbortSignal;
    report: Report;
  },
): ReturnType<LoopParts["users"]> {
  const session = simulatedBy(what.loop);
  const real = (await reactedTurns(host, what.live.id)).filter(
    (turn) => !turn.session.startsWith("sim_") && !what.judging.has(normalQuestion(turn.input.messages)),
  );
  if (correctionsOf(real).length >= enoughCorrections) {
    const questions = new Set(real.map((turn) => normalQuestion(turn.input.messages))).size;
    return { turns: real.length, questions, thumbs: thumbsOf(real), areSimulated: false };
  }
  const version = await datasetOf(host, what.app, undefined);
  const examples = await readExamples(host.store, version.id, "development");
  const documentId = await documentsByPath(host, what.app);
  const asked: { turn: Turn; example: Example }[] = [];
  const total = examples.length * rounds;
  for (const example of examples) {
    let first: Turn | null = null;
    for (let round = 0; round < rounds; round++) {
      const turn: Turn | null = await answeredTurn(host, {
        key: { session, example: example.hash, round },
        ...{ release: what.live, question: questionOfExample(example, documentId), session, signal: what.signal },
        known: first ? [spansOf(first.spans)] : [],
      });
      first ??= turn;
      if (turn) asked.push({ turn, example });
      what.report({ task: "users ask", done: asked.length, total, unit: "examples" });
    }
  }
  const said = simulateUsers(asked, { seed: what.seed, documentId });
  for (const { turn, body } of said) await host.feedback(turn, body);
  const thumbs = said.filter(({ body }) => body.kind === "thumb").length;
  return { turns: asked.length, questions: examples.length, thumbs, areSimulated: true };
}

/** A turn of a loop. Null where the question leaves no room for an answer: the release is to blame for that, and for no other error. */
export function answeredTurn(host: HostCore, what: Parameters<typeof doneTurn>[1]): Promise<Turn | null> {
  return doneTurn(host, what).catch((error: unknown) => {
    if (isTooLong(error)) return null;
    throw error;
  });
}

function thumbsOf(turns: readonly { feedback: readonly Feedback[] }[]): number {
  return turns.flatMap((turn) => turn.feedback).filter(({ body }) => body.kind === "thumb").length;
}
