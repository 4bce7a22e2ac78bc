import type { LlamaModel, Token } from "node-llama-cpp";
import { type ChatTemplate, chatMl, renderParts, type TemplateMessage } from "../template.ts";
import { startLlama } from "./llama.ts";

/** How a model's chats become tokens: one way for serving and for training. */
export class ChatTokens {
  readonly #model: LlamaModel;
  readonly #template: ChatTemplate;
  readonly #specialTokens: readonly string[];

  constructor(model: LlamaModel) {
    this.#model = model;
    this.#template = {
      source: model.fileInfo.metadata.tokenizer.chat_template ?? chatMl,
      bosToken: model.tokens.bosString ?? "",
      eosToken: model.tokens.eosString ?? "",
    };
    this.#specialTokens = [...model.iterateAllTokens()]
      .filter((token) => model.isSpecialToken(token))
      .map((token) => model.detokenize([token], true))
      .filter((text) => text.length > 2);
  }

  /** The tokens before an answer, with the begin token exactly once where the model wants one. */
  prompt(messages: readonly TemplateMessage[]): Token[] {
    const parts = renderParts(this.#template, messages, {
      addGenerationPrompt: true,
      specialTokens: this.#specialTokens,
    });
    const tokens = parts.flatMap((part) => this.#model.tokenize(part.text, part.kind === "template"));
    const { bos, shouldPrependBosToken } = this.#model.tokens;
    return bos !== null && shouldPrependBosToken && tokens[0] !== bos ? [bos, ...tokens] : tokens;
  }

  /** The tokens of an answer as the model would write it after {@link prompt}, with the one that ends it. */
  answer(text: string): Token[] {
    const { eot, eos } = this.#model.tokens;
    const end = eot ?? eos;
    return [...this.#model.tokenize(text, false), ...(end === null ? [] : [end])];
  }
}

/** A chat model's tokenizer without its weights. Throws `engine-unavailable`. */
export async function openChatTokens(path: string): Promise<{ tokens: ChatTokens; close(): Promise<void> }> {
  const llama = await startLlama();
  const model = await llama.loadModel({ modelPath: path, vocabOnly: true });
  return { tokens: new ChatTokens(model), close: () => llama.dispose() };
}
