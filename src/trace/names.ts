/*
 * What other programs call things. All names of foreign attributes, events and operations stand here: OpenTelemetry's GenAI conventions
 * (`gen_ai.*`, old and new), the AI SDK's own telemetry (`ai.*`), OpenInference (`llm.*`, `openinference.*`),
 * OpenLLMetry (`traceloop.*`). The first name of each row is the one that pawl itself writes (`ai.ts`).
 */
export const names = {
  service: ["service.name"],
  version: ["service.version"],
  operation: ["gen_ai.operation.name", "llm.request.type"],
  sdkOperation: ["ai.operationId"],
  inferenceKind: ["openinference.span.kind"],
  loopKind: ["traceloop.span.kind"],
  agent: ["gen_ai.agent.name", "agent.name"],
  task: ["ai.telemetry.functionId", "traceloop.entity.name"],
  session: [
    "gen_ai.conversation.id",
    "session.id",
    "ai.telemetry.metadata.sessionId",
    "ai.telemetry.metadata.session",
    "langfuse.session.id",
    "traceloop.association.properties.session_id",
  ],
  provider: ["gen_ai.provider.name", "gen_ai.system", "ai.model.provider", "llm.provider", "llm.system"],
  model: ["gen_ai.request.model", "ai.model.id", "llm.model_name"],
  answeredBy: ["gen_ai.response.model", "ai.response.model"],
  messages: ["ai.prompt.messages", "gen_ai.input.messages", "gen_ai.prompt"],
  indexedMessages: ["llm.input_messages", "gen_ai.prompt"],
  prompt: ["ai.prompt"],
  system: ["gen_ai.system_instructions"],
  text: ["ai.response.text"],
  object: ["ai.response.object"],
  toolCalls: ["ai.response.toolCalls"],
  answers: ["gen_ai.output.messages", "gen_ai.completion"],
  indexedAnswers: ["llm.output_messages", "gen_ai.completion"],
  input: ["input.value", "traceloop.entity.input"],
  output: ["output.value", "traceloop.entity.output"],
  finish: ["gen_ai.response.finish_reasons", "ai.response.finishReason"],
  inputTokens: [
    "gen_ai.usage.input_tokens",
    "gen_ai.usage.prompt_tokens",
    "ai.usage.inputTokens",
    "ai.usage.promptTokens",
    "llm.token_count.prompt",
  ],
  outputTokens: [
    "gen_ai.usage.output_tokens",
    "gen_ai.usage.completion_tokens",
    "ai.usage.outputTokens",
    "ai.usage.completionTokens",
    "llm.token_count.completion",
  ],
  cachedTokens: [
    "gen_ai.usage.cache_read.input_tokens",
    "gen_ai.usage.cache_read_input_tokens",
    "ai.usage.inputTokenDetails.cacheReadTokens",
    "ai.usage.cachedInputTokens",
    "llm.token_count.prompt_details.cache_read",
  ],
  firstMs: ["ai.response.msToFirstChunk", "ai.stream.msToFirstChunk"],
  firstSeconds: ["gen_ai.response.time_to_first_chunk"],
  temperature: ["gen_ai.request.temperature", "ai.settings.temperature"],
  topP: ["gen_ai.request.top_p", "ai.settings.topP"],
  topK: ["gen_ai.request.top_k", "ai.settings.topK"],
  maxTokens: ["gen_ai.request.max_tokens", "ai.settings.maxOutputTokens", "ai.settings.maxTokens"],
  seed: ["gen_ai.request.seed", "ai.settings.seed"],
  stop: ["gen_ai.request.stop_sequences", "ai.settings.stopSequences"],
  invocation: ["llm.invocation_parameters"],
  tools: ["ai.prompt.tools", "gen_ai.tool.definitions"],
  tool: ["gen_ai.tool.name", "ai.toolCall.name", "tool.name"],
  toolInput: ["gen_ai.tool.call.arguments", "ai.toolCall.args", "tool.parameters"],
  toolOutput: ["gen_ai.tool.call.result", "ai.toolCall.result"],
  query: ["gen_ai.retrieval.query.text", "gen_ai.retrieval.query"],
  documents: ["gen_ai.retrieval.documents"],
  indexedDocuments: ["retrieval.documents"],
  source: ["gen_ai.data_source.id"],
  failure: ["exception.message"],
} as const satisfies Record<string, readonly string[]>;

/** Events whose attributes belong to the span itself. */
export const detailEvents = new Set([
  "gen_ai.client.inference.operation.details",
  "gen_ai.content.prompt",
  "gen_ai.content.completion",
]);
/** Events that are one message each; the role is in the name. */
export const messageEvent = /^gen_ai\.(system|user|assistant|tool)\.message$/;
/** An answer of the model. */
export const choiceEvent = /^gen_ai\.choice$/;

/** Attributes that may hold a secret or say nothing of the step: they are not stored. */
export const notStored = /^(ai\.request\.headers|http\.request\.header|http\.response\.header)\./;

export const modelOperations = new Set(["chat", "text_completion", "completion", "generate_content"]);
export const agentOperations = new Set(["invoke_agent", "invoke_workflow"]);
export const sdkAnswers = new Set(["ai.generateText", "ai.streamText", "ai.generateObject", "ai.streamObject"]);
/** The AI SDK's spans of the call itself, below the one of what the program called. */
export const sdkCall = /\.do(Generate|Stream)$/;
export const sdkTool = "ai.toolCall";
