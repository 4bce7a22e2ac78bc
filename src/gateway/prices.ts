import * as z from "zod";
import type { Usage } from "#schema";

/** US dollars for a million tokens. `cached`: input that the provider had in its cache; default as other input. */
export const Price = z.strictObject({
  input: z.number().nonnegative(),
  cached: z.number().nonnegative().optional(),
  output: z.number().nonnegative().default(0),
});
export type Price = z.infer<typeof Price>;

const price = (input: number, cached: number, output: number): Price => ({ input, cached, output });

/**
 * List prices of the providers' own interfaces (standard tier, shortest context), as published in November 2025. They
 * change: `prices` in pawl.config.ts goes before them.
 */
const listed: Readonly<Record<string, Price>> = {
  "openai/gpt-5.1": price(1.25, 0.125, 10),
  "openai/gpt-5": price(1.25, 0.125, 10),
  "openai/gpt-5-mini": price(0.25, 0.025, 2),
  "openai/gpt-5-nano": price(0.05, 0.005, 0.4),
  "openai/gpt-4.1": price(2, 0.5, 8),
  "openai/gpt-4.1-mini": price(0.4, 0.1, 1.6),
  "openai/gpt-4.1-nano": price(0.1, 0.025, 0.4),
  "openai/gpt-4o": price(2.5, 1.25, 10),
  "openai/gpt-4o-mini": price(0.15, 0.075, 0.6),
  "openai/o3": price(2, 0.5, 8),
  "openai/o4-mini": price(1.1, 0.275, 4.4),
  "openai/text-embedding-3-small": price(0.02, 0.02, 0),
  "openai/text-embedding-3-large": price(0.13, 0.13, 0),
  "anthropic/claude-opus-4-5": price(5, 0.5, 25),
  "anthropic/claude-opus-4-1": price(15, 1.5, 75),
  "anthropic/claude-sonnet-4-5": price(3, 0.3, 15),
  "anthropic/claude-haiku-4-5": price(1, 0.1, 5),
  "google/gemini-2.5-pro": price(1.25, 0.125, 10),
  "google/gemini-2.5-flash": price(0.3, 0.03, 2.5),
  "google/gemini-2.5-flash-lite": price(0.1, 0.01, 0.4),
  "google/gemini-embedding-001": price(0.15, 0.15, 0),
};

const free: Price = { input: 0, cached: 0, output: 0 };

/**
 * The price of a model; null where nobody said one. What runs on the user's own machine (`local/…`, `file:…`,
 * `ollama/…`) is free. A dated name (`gpt-5-mini-2025-08-07`) has the price of the name without its date.
 *
 * @param own the user's prices, by `provider/model`
 */
export function priceOf(model: string, own: Readonly<Record<string, Price>> = {}): Price | null {
  const undated = model.replace(/-(\d{8}|\d{4}-\d{2}-\d{2}|latest)$/, "");
  const given = own[model] ?? own[undated];
  if (given) return given;
  if (/^(local\/|file:|ollama\/)/.test(model)) return free;
  return listed[model] ?? listed[undated] ?? null;
}

/** What tokens cost at a price, in US dollars. `inputTokens` include the cached ones, as every provider's usage does. */
export function costOf({ input, cached = input, output }: Price, usage: Usage): number {
  const fresh = usage.inputTokens - usage.cachedTokens;
  return (fresh * input + usage.cachedTokens * cached + usage.outputTokens * output) / 1e6;
}
