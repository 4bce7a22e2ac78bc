import type {
  ChatRequest,
  ChatResponse,
  EmbedRequest,
  EmbedResponse,
  ModelInfo,
  ModelKind,
  OnSpans,
  ReadRequest,
  ReadResponse,
} from "#schema";

export type Description = { id: string; kind: ModelKind; version: string; contextTokens: number | null };
type Signal = { signal: AbortSignal };

/** Where models come from. `model` is the name without the provider, as the provider knows it. */
export type Provider = {
  name: string;
  chat(
    model: string,
    request: ChatRequest,
    options: Signal & { onDelta?: (text: string) => Promise<void> },
  ): Promise<ChatResponse>;
  embed(model: string, request: EmbedRequest, options: Signal): Promise<EmbedResponse>;
  /** Providers without readers have none. */
  read?(model: string, request: ReadRequest, options: Signal & OnSpans): Promise<ReadResponse>;
  countTokens(model: string, texts: readonly string[], options: Signal): Promise<number[]>;
  describe(model: string): Promise<Description>;
  list(): Promise<ModelInfo[]>;
  close(): Promise<void>;
};
