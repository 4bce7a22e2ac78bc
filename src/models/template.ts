import { Template } from "@huggingface/jinja";
import { PawlError } from "#kernel";

/** What a chat template sees of a message. */
export type TemplateMessage = { role: string; content: string };

/** A model's chat template with the two tokens that templates refer to. */
export type ChatTemplate = { source: string; bosToken: string; eosToken: string };

/** A part of a rendered prompt. In `content` the names of special tokens are text, not tokens. */
export type PromptPart = { kind: "template" | "content"; text: string };

/** ChatML, used where a model file brings no template. */
export const chatMl =
  "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}" +
  "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

/**
 * The prompt for `messages` as the model was trained to see it. `addGenerationPrompt` opens the assistant's answer;
 * training renders whole conversations without it. Throws `bad-request` where the template refuses the messages
 * (some allow no system message, or only alternating roles).
 */
export function renderChat(
  template: ChatTemplate,
  messages: readonly TemplateMessage[],
  options: { addGenerationPrompt: boolean },
): string {
  try {
    return new Template(template.source).render({
      messages: messages.map(({ role, content }) => ({ role, content })),
      add_generation_prompt: options.addGenerationPrompt,
      bos_token: template.bosToken,
      eos_token: template.eosToken,
      enable_thinking: false,
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : "unknown reason";
    throw new PawlError("bad-request", `The model's chat template refuses these messages: ${reason}.`, {
      hint: "Check the order of roles; some models allow no system message.",
      cause: error,
    });
  }
}

/**
 * Like {@link renderChat}, in parts, so that text that a user or a document wrote can never become a special token
 * (`<|im_end|>` in a document would otherwise end the message and open another). Where no content holds the name of
 * a special token the prompt is one part, tokenised as it was in training.
 */
export function renderParts(
  template: ChatTemplate,
  messages: readonly TemplateMessage[],
  options: { addGenerationPrompt: boolean; specialTokens: readonly string[] },
): PromptPart[] {
  const dangerous = messages.some(({ content }) => options.specialTokens.some((token) => content.includes(token)));
  if (!dangerous) return [{ kind: "template", text: renderChat(template, messages, options) }];
  const marked = messages.map((message, index) => ({ role: message.role, content: mark(index) }));
  const rendered = renderChat(template, marked, options);
  const parts: PromptPart[] = [];
  let at = 0;
  for (const found of rendered.matchAll(/\uE000(\d+)\uE001/g)) {
    parts.push({ kind: "template", text: rendered.slice(at, found.index) });
    parts.push({ kind: "content", text: messages[Number(found[1])]?.content ?? "" });
    at = found.index + found[0].length;
  }
  parts.push({ kind: "template", text: rendered.slice(at) });
  return parts.filter((part) => part.text !== "");
}

/** Stands for a content while the template runs: characters of the private use area, which no template looks for. */
function mark(index: number): string {
  return `\uE000${index}\uE001`;
}
