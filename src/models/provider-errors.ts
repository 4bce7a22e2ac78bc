import { fromProblem, PawlError } from "#kernel";

/** Who was asked, for error texts: a name, and the variable its key comes from. Never the key. */
export type Asked = { name: string; keyEnv: string | undefined };

/** A provider's refusal as pawl's error: status, body text and headers of an HTTP answer that was not 2xx. */
export function refusal(asked: Asked, status: number, body: string, headers: Headers): PawlError {
  const parsed = parse(body);
  const own = parsed.pawl;
  if (isRecord(own) && typeof own.code === "string") return fromProblem(own);
  const said = message(parsed, body);
  const retryAfterMs = retryAfter(headers);
  const details = { provider: asked.name, status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  const code = isRecord(parsed.error) ? parsed.error.code : undefined;
  if (code === "context_length_exceeded" || isOverflow(status, said)) {
    return new PawlError("context-overflow", `${asked.name} says the prompt is too long for the model: ${said}`, {
      hint: "Give it fewer or shorter passages, a shorter conversation, or a model with a longer context.",
      details,
    });
  }
  if (status === 401 || status === 403) {
    return new PawlError("provider-key-wrong", `${asked.name} refuses the key (${status}).`, {
      hint:
        asked.keyEnv === undefined
          ? "Check the key that is configured for this provider."
          : `Check the key in ${asked.keyEnv}.`,
      details,
    });
  }
  if (status === 404) {
    return new PawlError("model-unknown", `${asked.name} does not know this model or address: ${said}`, {
      hint: "Check the model's name and the provider's URL.",
      details,
    });
  }
  if (status === 429) {
    return new PawlError("provider-rate-limited", `${asked.name} allows no more requests now: ${said}`, {
      hint:
        retryAfterMs === undefined
          ? "Wait, or use another model in the route."
          : `Wait ${Math.ceil(retryAfterMs / 1000)} s, or use another model in the route.`,
      details,
    });
  }
  if (status === 408 || status === 504) return timeout(asked, undefined);
  if (status === 400 || status === 422) {
    return new PawlError("bad-request", `${asked.name} refuses the request: ${said}`, { details });
  }
  return new PawlError("provider-failed", `${asked.name} failed (${status}): ${said}`, {
    hint: "It may be down for a moment; pawl tries again a few times.",
    details,
  });
}

export function timeout(asked: Asked, ms: number | undefined): PawlError {
  const after = ms === undefined ? "" : ` within ${Math.round(ms / 100) / 10} s`;
  return new PawlError("provider-timeout", `${asked.name} did not answer${after}.`, {
    hint: "Try again, raise the provider's time-out, or use another model in the route.",
    details: { provider: asked.name },
  });
}

export function unreachable(asked: Asked, cause: unknown): PawlError {
  return new PawlError("provider-unreachable", `${asked.name} could not be reached (${innermost(cause)}).`, {
    hint: "Is the address right, and the server running?",
    cause,
    details: { provider: asked.name },
  });
}

export function broken(asked: Asked, cause: unknown): PawlError {
  return new PawlError("provider-failed", `${asked.name} broke off in the middle of its answer.`, {
    hint: "Ask again.",
    cause,
    details: { provider: asked.name },
  });
}

export function keyMissing(name: string, keyEnv: string): PawlError {
  return new PawlError("provider-key-missing", `There is no key for ${name}.`, {
    hint: `Set ${keyEnv} in the environment.`,
    details: { provider: name, variable: keyEnv },
  });
}

export function adapterRefused(name: string): PawlError {
  return new PawlError("unsupported-option", `${name} takes no adapter.`, {
    hint: "Adapters are used with `local/…` models.",
    details: { provider: name },
  });
}

/** RFC 9110 §10.2.3: seconds or a date; some providers send milliseconds in a header of their own. */
function retryAfter(headers: Headers): number | undefined {
  const ms = Number(headers.get("retry-after-ms") ?? Number.NaN);
  if (!Number.isNaN(ms)) return ms;
  const value = headers.get("retry-after");
  if (value === null) return undefined;
  const seconds = Number(value);
  if (!Number.isNaN(seconds)) return seconds * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}

function isOverflow(status: number, said: string): boolean {
  return (
    (status === 400 || status === 413 || status === 422) &&
    /context (length|size|window)|maximum context|too many tokens|prompt is too long|exceeds? the (available )?context|input token count/i.test(
      said,
    )
  );
}

/** The provider's own sentence, cut, without anything that looks like a key. */
function message(parsed: Record<string, unknown>, body: string): string {
  const error = parsed.error;
  const text =
    isRecord(error) && typeof error.message === "string"
      ? error.message
      : typeof error === "string"
        ? error
        : typeof parsed.message === "string"
          ? parsed.message
          : body;
  return withoutKeys(text.trim() === "" ? "no reason given" : text.trim()).slice(0, 300);
}

/** Providers echo keys in their errors (`Incorrect API key provided: sk-…`): any long token-like word is masked. */
export function withoutKeys(text: string): string {
  return text.replace(/\b(?:sk|pk|key|AIza|gsk|xai|hf|Bearer)[-_ ]?[A-Za-z0-9*._-]{8,}/g, "(key)");
}

function parse(body: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body);
    // Google answers an error as a list of one.
    const first: unknown = Array.isArray(value) ? value[0] : value;
    return isRecord(first) ? first : {};
  } catch {
    return {}; // not JSON: the text itself is the message
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function innermost(error: unknown): string {
  let inner = error;
  while (inner instanceof Error && inner.cause !== undefined) inner = inner.cause;
  if (inner instanceof AggregateError && inner.errors.length > 0) inner = inner.errors[0];
  if (!(inner instanceof Error)) return "unknown reason";
  return "code" in inner && typeof inner.code === "string" ? inner.code : inner.message;
}
