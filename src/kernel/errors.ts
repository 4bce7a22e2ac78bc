/**
 * Every stable error code, with the HTTP status that it becomes at the API. A code, once released, keeps its meaning.
 * The command line exits 1 for a verdict ("refused", "worse") and 2 for an error.
 */
export const codes = {
  // input
  "bad-request": 400,
  "malformed-json": 400,
  "prompt-too-long": 400,
  "unsupported-option": 400,
  "not-found": 404,
  "turn-unknown": 404,
  "document-unknown": 404,
  "app-unknown": 404,
  "model-unknown": 404,
  conflict: 409,
  "too-large": 413,
  unauthorized: 401,
  forbidden: 403,
  // app file
  "app-file-missing": 404,
  "app-malformed": 422,
  "app-part-missing": 422,
  // documents
  "document-unreadable": 422,
  "document-empty": 422,
  "document-too-large": 413,
  "document-binary": 415,
  "document-scanned": 422,
  "document-unsupported": 415,
  "document-language": 422,
  // datasets
  "dataset-unknown": 404,
  "dataset-missing": 404,
  "dataset-unreadable": 422,
  "dataset-empty": 422,
  // training
  "example-malformed": 422,
  "example-too-long": 422,
  "splits-overlap": 409,
  "memory-short": 507,
  "training-diverged": 422,
  // models
  "model-file-unavailable": 503,
  "model-file-damaged": 500,
  "shape-mismatch": 500,
  "model-kind-wrong": 400,
  "adapter-missing": 404,
  "adapter-wrong-base": 422,
  "scorer-failed": 422,
  "lock-damaged": 422,
  "lock-mismatch": 409,
  "engine-crashed": 502,
  "engine-unavailable": 503,
  "engine-unsupported-platform": 501,
  "provider-unknown": 400,
  "provider-key-missing": 401,
  "provider-key-wrong": 401,
  "provider-rate-limited": 429,
  "provider-timeout": 504,
  "provider-unreachable": 502,
  "provider-failed": 502,
  "context-overflow": 400,
  "outside-failed": 502,
  // host and store
  "store-locked": 423,
  "store-failed": 500,
  "store-damaged": 500,
  "migration-failed": 500,
  "disk-full": 507,
  "port-taken": 409,
  "bind-refused": 403,
  "platform-unsupported": 501,
  "not-ready": 503,
  cancelled: 499,
  "replay-mismatch": 409,
  internal: 500,
} as const;

export type ErrorCode = keyof typeof codes;

/**
 * The one error that pawl throws on purpose: `code` is stable, `message` says in a sentence what was wrong,
 * `hint` says what to do about it.
 */
export class PawlError extends Error {
  override readonly name = "PawlError";
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  /** Facts a program may use (a path, a line, a limit). Never a secret. */
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    options: { hint?: string; cause?: unknown; details?: Record<string, unknown> } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.details = options.details;
  }

  get status(): number {
    return codes[this.code];
  }
}

/** RFC 9457 problem details of an error; what is not a PawlError becomes `internal`, without its text. */
export type Problem = {
  type: string;
  title: string;
  status: number;
  code: ErrorCode;
  hint?: string;
  details?: unknown;
};

export function toProblem(error: unknown): Problem {
  const known = asPawlError(error);
  return {
    type: `urn:pawl:error:${known.code}`,
    title: known.message,
    status: known.status,
    code: known.code,
    ...(known.hint === undefined ? {} : { hint: known.hint }),
    ...(known.details === undefined ? {} : { details: known.details }),
  };
}

/** The inverse of {@link toProblem}: what a client or a parent process received becomes an error again. */
export function fromProblem(problem: {
  title?: string;
  code?: string;
  hint?: string | undefined;
  details?: unknown;
}): PawlError {
  const code = isErrorCode(problem.code) ? problem.code : "internal";
  return new PawlError(code, problem.title ?? "The request failed.", {
    ...(problem.hint === undefined ? {} : { hint: problem.hint }),
    ...(isRecord(problem.details) ? { details: problem.details } : {}),
  });
}

function isErrorCode(code: string | undefined): code is ErrorCode {
  return code !== undefined && Object.hasOwn(codes, code);
}

/** Any thrown value as a PawlError; the original is its cause. */
export function asPawlError(error: unknown): PawlError {
  if (error instanceof PawlError) return error;
  if (error instanceof Error && (error.name === "AbortError" || error.name === "TimeoutError")) {
    return new PawlError("cancelled", "The request was cancelled.", { cause: error });
  }
  const system = error instanceof Error && "code" in error ? error.code : undefined;
  if (system === "ENOSPC") {
    return new PawlError("disk-full", "The disk is full.", {
      hint: "Free some space and try again; nothing that was stored is lost.",
      cause: error,
    });
  }
  return new PawlError("internal", "Something went wrong inside pawl.", {
    hint: "Run again with PAWL_DEBUG=1 to see the stack trace, and report it.",
    cause: error,
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
