import type { Host } from "#host";
import type { ExampleResult, Turn } from "#schema";
import type { Contract } from "./contract.ts";
import type { Handlers } from "./handlers.ts";
import { jobOf } from "./jobs.ts";
import type { RouteOutput } from "./route.ts";

type Names =
  | "experiments"
  | "evaluate"
  | "experiment"
  | "results"
  | "cancelExperiment"
  | "candidate"
  | "story"
  | "check"
  | "ship"
  | "rollback"
  | "replays";

/** Experiments, check and ship. */
export function evaluateHandlers(host: Host): Pick<Handlers, Names> {
  const { evaluating, shipping, working } = host;
  return {
    async experiments({ query }) {
      return { experiments: await evaluating.list(query.app) };
    },
    async evaluate({ body }) {
      const { live, candidate } = await shipping.candidate(body.app);
      const named = body.releases
        ? await Promise.all(body.releases.map(host.release))
        : [...(live && live.id !== candidate.id ? [live] : []), candidate];
      const { experiment } = await evaluating.plan({
        app: body.app,
        dataset: body.dataset,
        split: body.split,
        releases: named,
      });
      const job = await working.experiment(experiment.id);
      return { ...experiment, status: "running" as const, job };
    },
    async experiment({ params }) {
      return evaluating.detail(await evaluating.read(params.id));
    },
    async results({ params, query }) {
      const experiment = await evaluating.read(params.id);
      const { rows, next, total } = await evaluating.rows(experiment, query);
      const withAnswers = await Promise.all(
        rows.map(async ({ example, results }) => ({
          example,
          results: await Promise.all(results.map((result) => withAnswer(host, result))),
        })),
      );
      return { rows: withAnswers, next, total };
    },
    async cancelExperiment({ params }) {
      const experiment = await evaluating.read(params.id);
      const running = await host.ingesting.jobs.list({ kind: "experiment" });
      const job = running.find(
        ({ key, status }) => key === experiment.id && (status === "queued" || status === "running"),
      );
      if (job) await host.ingesting.jobs.cancel(job.id);
      return evaluating.read(params.id);
    },
    async candidate({ params }) {
      const { live, candidate, changes } = await shipping.candidate(params.id);
      return { live: live?.id ?? null, candidate: candidate.id, changes };
    },
    async story({ params }) {
      const { live } = await shipping.candidate(params.id);
      return { live: live?.id ?? null, decisions: await shipping.story(params.id) };
    },
    async check({ params, body }) {
      return jobOf(host, await working.check({ app: params.id, ...body }));
    },
    async ship({ params, body }) {
      return jobOf(host, await working.ship({ app: params.id, ...body }));
    },
    async replays({ params }) {
      const { release, isRunning, turns } = host.replaying.of(params.id);
      const summary = ({ input: _, spans: __, ...turn }: Turn) => ({ ...turn, thumb: null });
      return {
        release,
        isRunning,
        turns: turns.map(({ was, now, isSame }) => ({ was: summary(was), now: now && summary(now), isSame })),
      };
    },
    rollback: ({ params, body }) => shipping.rollback(params.id, body),
  };
}

type Answered = RouteOutput<Contract["results"]>["rows"][number]["results"][number];

async function withAnswer(host: Host, result: ExampleResult): Promise<Answered> {
  const turn = result.turn === null ? null : await host.turn(result.turn);
  return { ...result, answer: turn?.answer?.text ?? null };
}
