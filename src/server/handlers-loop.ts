import { skill } from "#app";
import { dividedLines } from "#data";
import type { Host } from "#host";
import { PawlError } from "#kernel";
import type { TuneLine } from "#schema";
import type { Handlers } from "./handlers.ts";
import { jobOf } from "./jobs.ts";

type Names = "tune" | "tunings" | "tuning" | "loop" | "loops" | "loopReport";

/** A reader's probabilities are fitted to what it says of its validation lines. */
const readerValidation = 300;

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
      const { kind, lines, minutes, recipe = {} } = body;
      const common = { app: params.id, minutes, recipe };
      if (kind === "reader") {
        const read = { kind, ...dividedLines(lines, readerValidation) };
        return jobOf(host, await host.tuning.start({ ...common, examples: read, from: null }));
      }
      const { train, validation } = dividedLines(lines);
      const chats = { kind, train: train.map(conversation), validation: validation.map(conversation) };
      const from = body.fresh ? null : (release.spec.adapter?.sha256 ?? null);
      return jobOf(host, await host.tuning.start({ ...common, examples: chats, from }));
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
