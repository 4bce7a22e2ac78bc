import type { Host } from "#host";
import type { Handlers } from "./handlers.ts";
import { jobOf } from "./jobs.ts";

type Names = "writeQuestions" | "questions" | "gaps";

/** Questions from an app's own documents. */
export function questionsHandlers(host: Host): Pick<Handlers, Names> {
  return {
    writeQuestions: async ({ params, body }) =>
      jobOf(host, await host.questions.write({ app: host.app(params.id).name, ...body })),
    questions: async ({ params }) => ({ report: await host.questions.newest(host.app(params.id).name) }),
    gaps: ({ params }) => host.questions.gaps(host.app(params.id).name),
  };
}
