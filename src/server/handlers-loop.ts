import { skill } from "#app";
import { dividedLines, questionExample } from "#data";
import type { Host } from "#host";
import { PawlError } from "#kernel";
import type { Message, TuneLine } from "#schema";
import type { Handlers } from "./handlers.ts";
import { jobOf } from "./jobs.ts";

type Names = "tune" | "tunings" | "tuning" | "loop" | "loops" | "loopReport";

/** A reader's probabilities are fitted to what it says of its validation lines. */
const readerValidation = 300;

/** Conversations that a question writer learns from: of lines with an answer, and a question that would be kept of a writer. */
function questionsOf(lines: readonly TuneLine[]): Message[][] {
  const asked = lines.flatMap((line) => {
    if (line.answer === null) return [];
    const example = questionExample(line);
    if (example !== null) return example.fault === null ? [example.messages] : [];
    throw new PawlError("example-malformed", `The answer "${line.answer}" stands in none of its passages.`, {
      hint: "A question writer learns from answers that are words of their passage; name it in `citation`.",
    });
  });
  if (asked.length > 0) return asked;
  throw new PawlError("dataset-empty", "No line has an answer and a question that could be kept of a writer.", {
    hint: "A question names what its answer's sentence names, and not the answer (docs/questions.md).",
  });
}

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
        return jobOf(
          host,
          await host.tuning.start({
            ...common,
            examples: read,
            from: body.fresh ? null : await host.gateway.readerSkill(),
          }),
        );
      }
      const { train, validation } = dividedLines(lines);
      if (kind === "writer") {
        const written = { kind, train: questionsOf(train), validation: questionsOf(validation) };
        return jobOf(
          host,
          await host.tuning.start({
            ...common,
            examples: written,
            from: body.fresh ? null : await host.questions.skill(),
          }),
        );
      }
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
