import type { Host } from "#host";
import type { Handlers } from "./handlers.ts";
import { jobOf } from "./jobs.ts";

type Names = "benchAnswers" | "feedback" | "feedbackList" | "feedbackEstimates" | "findCauses" | "causes";

/** What people say of turns, and what follows from it. */
export function improveHandlers(host: Host): Pick<Handlers, Names> {
  return {
    async benchAnswers({ params, body }) {
      return jobOf(host, await host.working.benchAnswers({ app: host.app(params.id).name, ...body }));
    },
    feedback: ({ params, body }) => host.feedback(params.id, body),
    feedbackList: ({ query }) => host.feedbackList(query),
    async feedbackEstimates({ params }) {
      const estimates = await host.feedbackEstimates(params.id);
      // An app of another program's traces has estimates and is not served here.
      return estimates.releases.length > 0 ? estimates : host.feedbackEstimates(host.app(params.id).name);
    },
    findCauses: async ({ params, body }) =>
      jobOf(host, await host.improving.findCauses({ app: host.app(params.id).name, ...body })),
    async causes({ params }) {
      return { report: await host.improving.newest(host.app(params.id).name) };
    },
  };
}
