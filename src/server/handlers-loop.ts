import { skill } from "#app";
import type { Host } from "#host";
import { PawlError } from "#kernel";
import type { TuneLine } from "#schema";
import type { Handlers } from "./handlers.ts";
import { jobOf } from "./jobs.ts";

type Names = "tune" | "tunings" | "tuning" | "loop" | "loops" | "loopReport";

/** Training and the loop. */
export function loopHandlers(host: Host): Pick<Handlers, Names> {
  return {
    async tune({ params, body }) {
      const release = host.app(params.id).release;
      if (!release) throw new PawlError("not-ready", `The app ${params.id} is still reading its documents.`);
      const { skillPrompt, skilledAnswer } = await skill();
      const { instructions, examples } = release.spec;
      const conversation = ({ passages, question, ...line }: TuneLine) => [
        ...skillPrompt({ instructions, examples, passages, question }),
        { role: "assistant" as const, content: skilledAnswer(line) },
      ];
      const { train, validation } = divided(body.lines);
      const job = await host.tuning.start({
        app: params.id,
        train: train.map(conversation),
        validation: validation.map(conversation),
        minutes: body.minutes,
        recipe: body.recipe ?? {},
        from: body.fresh ? null : (release.spec.adapter?.sha256 ?? null),
      });
      return jobOf(host, job);
    },
    async tunings({ query }) {
      return { tunings: await host.tuning.list(query.app) };
    },
    tuning: ({ params }) => host.tuning.read(params.id),
    async loop({ params, body }) {
      return jobOf(host, await host.working.loop({ app: params.id, minutes: body.minutes, seed: body.seed }));
    },
    async loops({ query }) {
      return { loops: await host.looping.list(query.app) };
    },
    loopReport: ({ params }) => host.looping.read(params.id),
  };
}

/** One line in so many validates, at most {@link mostValidation} of them; lines over the same passages stay together. */
const validationEvery = 20;
const mostValidation = 48;

/**
 * Lines to train on and lines to validate on.
 *
 * @throws PawlError `dataset-empty` where there are too few for both
 */
export function divided(lines: readonly TuneLine[]): { train: TuneLine[]; validation: TuneLine[] } {
  if (lines.length < 4)
    throw new PawlError("dataset-empty", `${lines.length} lines are too few to train on and to validate on.`, {
      hint: "Give at least 4; a few hundred are a good beginning.",
    });
  const every = Math.max(2, Math.min(validationEvery, lines.length));
  const groups = new Map<string, TuneLine[]>();
  for (const line of lines) {
    const key = line.passages.length > 0 ? line.passages.join("\n") : line.question;
    groups.set(key, [...(groups.get(key) ?? []), line]);
  }
  const train: TuneLine[] = [];
  const validation: TuneLine[] = [];
  for (const [at, group] of [...groups.values()].entries())
    (at % every === every - 1 && validation.length < mostValidation ? validation : train).push(...group);
  if (validation.length === 0) validation.push(...train.splice(-1));
  return { train, validation };
}
