import { answerText, type Scored, type Scorer, scorersFor } from "#evaluate";
import { hashOf, PawlError } from "#kernel";
import type { Example } from "#schema";
import type { HostCore } from "./core.ts";

/**
 * The scorers of an app's experiments: pawl's that have something to say of these examples, and those that the app file brings.
 *
 * @throws PawlError `app-malformed` where a scorer of the user's has the name of one of pawl's
 */
export function scorersOf(host: Pick<HostCore, "apps">, app: string, examples: readonly Example[]): readonly Scorer[] {
  const own = scorersFor(examples);
  const loaded = host.apps.get(app)?.loaded;
  const given = Object.entries(loaded?.app.evals.scorers ?? {});
  const taken = given.find(([name]) => own.some(({ info }) => info.name === name));
  if (taken) {
    throw new PawlError("app-malformed", `evals.scorers: pawl has a scorer ${taken[0]} already.`, {
      hint: "Give it another name.",
    });
  }
  return [
    ...own,
    ...given.map(([name, { info, score }]): Scorer => {
      const version = loaded?.scorerVersions[name] ?? loaded?.code;
      return {
        info,
        ...(version ? { version } : {}),
        score: async (input) => {
          const value = await score(resultOf(input));
          return typeof value === "boolean" ? Number(value) : value;
        },
      };
    }),
  ];
}

function resultOf(input: Scored) {
  const { example, turn } = input;
  return {
    question: turn.question,
    answer: answerText(turn),
    abstained: turn.answer?.abstained ?? false,
    citations: turn.answer?.citations ?? [],
    example,
    turn,
  };
}

/** Changes with a scorer's name or code: scores of other versions are not mixed. */
export function scorersVersion(scorers: readonly Scorer[]): string {
  return hashOf(scorers.map(({ info, version }) => (version ? `${info.name}@${version}` : info.name)));
}
