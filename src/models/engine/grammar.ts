import type { GbnfJsonSchema, Llama, LlamaGrammarEvaluationState, LlamaModel } from "node-llama-cpp";
import { PawlError } from "#kernel";
import type { ResponseFormat } from "#schema";
import { importNative } from "./native.ts";

export type Format = ResponseFormat;

/** The state that allows only tokens which keep the answer within the asked format; undefined for free text. */
export async function createGrammarState(
  llama: Llama,
  model: LlamaModel,
  format: Format,
): Promise<LlamaGrammarEvaluationState | undefined> {
  if (format.type === "text") return undefined;
  const { LlamaGrammarEvaluationState: State } = await importNative("node-llama-cpp");
  if (format.type === "json_object") {
    return new State({ model, grammar: await llama.getGrammarFor("json") });
  }
  try {
    // A JSON Schema from outside: the library checks it while it builds the grammar, its type is for literals in code.
    const grammar = await llama.createGrammarForJsonSchema<GbnfJsonSchema>(format.schema as GbnfJsonSchema);
    return new State({ model, grammar });
  } catch (error) {
    const reason = error instanceof Error ? error.message : "unknown reason";
    throw new PawlError("unsupported-option", `This JSON schema cannot be held by a grammar: ${reason}.`, {
      hint: "Use type, properties, required, items, enum, const, oneOf and $ref.",
      cause: error,
    });
  }
}
