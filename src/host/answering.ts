import { type AnswersLine, benchAnswers } from "#evaluate";
import { PawlError, type Report } from "#kernel";
import type { AnswersArm, Message } from "#schema";
import type { HostCore } from "./core.ts";

/** Answers from passages are spans and clauses; a model that goes on for longer has missed the question. */
const longestAnswer = 64;

/**
 * Figures of the model that an app's live release asks first, on passages given: `bare` without an adapter, `default` as
 * the release has it.
 *
 * @throws PawlError `not-ready`
 */
export async function answersArms(
  host: HostCore,
  app: string,
  lines: readonly AnswersLine[],
  options: { signal: AbortSignal; report: Report },
): Promise<Record<string, AnswersArm>> {
  const { release } = host.app(app);
  const first = release?.spec.route[0];
  if (!release || !first) throw new PawlError("not-ready", `The app ${app} does not answer yet.`);
  const { spec } = release;
  const adapter = spec.adapter?.model === first.model ? spec.adapter.sha256 : undefined;
  const sampling = { ...spec.sampling, maxTokens: Math.min(spec.sampling.maxTokens, longestAnswer) };
  const asking = (loaded: string | undefined) => async (messages: Message[]) => {
    const request = { model: first.model, messages, sampling, format: { type: "text" as const } };
    const said = await host.gateway.chat(loaded === undefined ? request : { ...request, adapter: loaded }, {
      signal: options.signal,
    });
    return said.text;
  };
  // Without an adapter both arms are one: asked twice, the second would only know the first's prompts.
  const arms =
    adapter === undefined ? { bare: asking(undefined) } : { bare: asking(undefined), default: asking(adapter) };
  const { instructions, examples } = spec;
  const told = await benchAnswers({ lines, instructions, examples, arms, ...options });
  return adapter === undefined && told.bare ? { ...told, default: told.bare } : told;
}
