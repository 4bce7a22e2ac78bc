import * as z from "zod";
import { hashOf } from "#kernel";
import { AnswersArmName, type Json, TuneLine } from "#schema";
import type { Jobs } from "#store";
import { answersArms } from "./answering.ts";
import type { HostCore } from "./core.ts";
import type { Evaluating } from "./evaluating.ts";
import type { Looping } from "./looping.ts";
import type { Shipping } from "./shipping.ts";

const ExperimentInput = z.object({ experiment: z.string() });
const Subject = z.object({ app: z.string(), dataset: z.string().optional() });
const CheckInput = Subject.extend({ against: z.string().optional() });
const ShipInput = Subject.extend({
  noWorse: z.boolean(),
  overrule: z.string().optional(),
  by: z.string().optional(),
  adopt: z.boolean(),
});
const LoopInput = z.object({ app: z.string(), minutes: z.number(), seed: z.int() });
const AnswersInput = z.object({
  app: z.string(),
  lines: z.array(TuneLine.extend({ answers: z.array(z.string()) })),
  arms: z.array(AnswersArmName).optional(),
});
export type ShipInput = z.infer<typeof ShipInput>;

/** Long work that the host itself does, as jobs: it goes on after a crash, and any process may ask how far it is. */
export type Working = {
  experiment(id: string): Promise<string>;
  check(input: z.infer<typeof CheckInput>): Promise<string>;
  ship(input: ShipInput): Promise<string>;
  loop(input: z.infer<typeof LoopInput>): Promise<string>;
  /** Ways to answer on passages given; the same request goes on where it was. */
  benchAnswers(input: z.infer<typeof AnswersInput>): Promise<string>;
  /** Ends when `signal` of `openWorking` is aborted. */
  readonly ended: Promise<unknown>;
};

export function openWorking(parts: {
  host: HostCore;
  jobs: Jobs;
  evaluating: Evaluating;
  shipping: Shipping;
  looping: Looping;
  signal: AbortSignal;
}): Working {
  const { host, jobs, evaluating, shipping, looping, signal } = parts;
  const plain = (value: unknown): Json => JSON.parse(JSON.stringify(value));

  const ended = Promise.all([
    jobs.work(
      "experiment",
      async ({ input, signal: own, report }) => {
        const experiment = await evaluating.read(ExperimentInput.parse(input).experiment);
        const examples = await evaluating.examples(experiment);
        return plain(await evaluating.run(experiment, examples, { signal: own, report }));
      },
      { signal },
    ),
    jobs.work(
      "check",
      async ({ input, signal: own, report }) => {
        const { app, ...options } = CheckInput.parse(input);
        return plain(await shipping.check(app, { ...options, signal: own, report }));
      },
      { signal },
    ),
    jobs.work(
      "ship",
      async ({ input, signal: own, report }) => {
        const { app, adopt, ...options } = ShipInput.parse(input);
        return plain(adopt ? await shipping.adopt(app) : await shipping.ship(app, { ...options, signal: own, report }));
      },
      { signal },
    ),
    jobs.work(
      "loop",
      async ({ input, signal: own, report }) =>
        plain(await looping.run(LoopInput.parse(input), { signal: own, report })),
      { signal },
    ),
    jobs.work(
      "bench-answers",
      async (job) => {
        const { app, lines, arms } = AnswersInput.parse(job.input);
        return plain({ arms: await answersArms(host, app, lines, { arms, job }) });
      },
      { signal },
    ),
  ]);

  return {
    experiment: (id) => jobs.enqueue("experiment", { experiment: id }, { key: id }),
    check: (input) => jobs.enqueue("check", plain(input), { key: input.app }),
    ship: (input) => jobs.enqueue("ship", plain(input), { key: input.app }),
    loop: (input) => jobs.enqueue("loop", plain(input), { key: input.app }),
    async benchAnswers(input) {
      const asked = { release: host.app(input.app).release?.id, reader: await host.gateway.readerSkill(), input };
      return jobs.enqueue("bench-answers", plain(input), { key: hashOf(asked) });
    },
    ended,
  };
}
