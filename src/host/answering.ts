import {
  type AnsweredLine,
  type AnswersLine,
  type Arm,
  benchAnswers,
  chatArm,
  type Reading,
  readerArm,
} from "#evaluate";
import { PawlError } from "#kernel";
import { type AnswersArm, type AnswersArmName, type Message, readerBeside } from "#schema";
import type { JobContext } from "#store";
import type { HostCore } from "./core.ts";

/** Answers from passages are spans and clauses; a model that goes on for longer has missed the question. */
const longestAnswer = 64;

/**
 * Figures of ways to answer on passages given: the model that an app's live release asks first, `bare` without an adapter,
 * `adapter` with the release's and `default` as the release has it (a reader beside pawl's own skill), and the `reader`; all
 * that there are, where none is named.
 *
 * @throws PawlError `model-unknown` for a reader that is not there
 */
export async function answersArms(
  host: HostCore,
  app: string,
  lines: readonly AnswersLine[],
  options: { arms?: readonly AnswersArmName[] | undefined; job: JobContext },
): Promise<Record<string, AnswersArm>> {
  const { signal, report, recorded, record } = options.job;
  const { spec } = await host.answering(app, signal);
  const [first] = spec.route;
  if (!first) throw new Error("A release asks at least one model.");
  const isAsked = (name: AnswersArmName) => options.arms?.includes(name) ?? true;
  const adapter = spec.adapter?.model === first.model ? spec.adapter.sha256 : undefined;
  const sampling = { ...spec.sampling, maxTokens: Math.min(spec.sampling.maxTokens, longestAnswer) };
  const beside = readerBeside(spec);
  const chat = (loaded: string | undefined, read?: Reading) => {
    const ask = (messages: Message[]) => {
      const request = { model: first.model, messages, sampling, format: { type: "text" as const } };
      const adapted = loaded === undefined ? request : { ...request, adapter: loaded };
      return host.gateway.chat(read === undefined ? adapted : { ...adapted, topLogprobs: 0 }, { signal });
    };
    return chatArm(spec, ask, read);
  };
  const { reader } = isAsked("reader") ? await host.gateway.findReader() : { reader: null };
  if (reader === null && options.arms?.includes("reader")) {
    throw new PawlError("model-unknown", "There is no reader here.", {
      hint: "Turn skills on: pawl models enable skills",
    });
  }
  // Without an adapter bare and default are one: asked twice, the second would only know the first's prompts.
  const isOne = adapter === undefined;
  const arms: Record<string, Arm> = {
    ...(isAsked("bare") || (isOne && isAsked("default")) ? { bare: chat(undefined) } : {}),
    ...(!isOne && beside && isAsked("adapter") ? { adapter: chat(adapter) } : {}),
    ...(!isOne && isAsked("default")
      ? { default: chat(adapter, beside && readingOf(host, beside.model, signal)) }
      : {}),
    ...(reader ? { reader: readerArm(readingOf(host, reader.model, signal)) } : {}),
  };
  const told = await benchAnswers({
    ...{ lines, arms, signal, report },
    recorded: (line) => recorded(`line ${line}`) as AnsweredLine | undefined, // it was recorded below
    record: (line, answered) => record(`line ${line}`, answered),
  });
  return isOne && told.bare && isAsked("default") ? { ...told, default: told.bare } : told;
}

function readingOf({ gateway }: HostCore, model: string, signal: AbortSignal): Reading {
  return async ({ question, passages }) => {
    const { spans, others } = await gateway.read({ model, question, passages }, { signal });
    return [...spans, ...others].map(({ passage, start, end, support }) => ({
      passage,
      support,
      text: passages[passage]?.slice(start, end) ?? "",
    }));
  };
}
