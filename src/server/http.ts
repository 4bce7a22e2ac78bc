import type { Context } from "hono";
import * as z from "zod";
import { PawlError, type Problem, toProblem } from "#kernel";
import type { Route } from "./route.ts";

/** An error as the client of that path expects it: OpenAI's shape under `/v1`, problem details (RFC 9457) elsewhere. */
export function errorResponse(path: string, error: unknown, headers: Record<string, string> = {}): Response {
  const problem = toProblem(error);
  const body = path.startsWith("/v1/") ? openAIError(problem) : problem;
  const type = path.startsWith("/v1/") ? "application/json" : "application/problem+json";
  return new Response(JSON.stringify(body), { status: problem.status, headers: { ...headers, "content-type": type } });
}

/** OpenAI's error body; `code`, `hint` and `details` are pawl's. */
export function openAIError(problem: Problem) {
  return {
    error: {
      message: problem.hint ? `${problem.title} ${problem.hint}` : problem.title,
      type: openAITypes[problem.status] ?? (problem.status >= 500 ? "server_error" : "invalid_request_error"),
      param: null,
      code: problem.code,
      status: problem.status,
      title: problem.title,
      hint: problem.hint,
      details: problem.details,
    },
    // Another pawl that asks this one reads the problem as it is.
    pawl: problem,
  };
}

const openAITypes: Record<number, string> = {
  401: "authentication_error",
  403: "permission_error",
  404: "not_found_error",
  429: "rate_limit_error",
};

/** Largest request body, in bytes: of JSON, and of a document that is uploaded. */
const maxJsonBytes = 4_000_000;
const maxUploadBytes = 50_000_000;
/** So much more is read and dropped, that a client which is still sending gets the answer and no broken connection. */
const drainedBytes = 200_000_000;

/** The parts of a request, checked against the route's schemas; throws `bad-request` that names the member. */
export async function readInput(
  route: Route,
  c: Context,
): Promise<{ params: unknown; query: unknown; body: unknown; bytes: Uint8Array }> {
  const bytes = route.upload || route.body ? await readBytes(c, route) : new Uint8Array();
  return {
    params: route.params ? check(route.params, c.req.param(), "path") : {},
    query: route.query ? check(route.query, c.req.query(), "query") : {},
    body: route.body ? check(route.body, parseJson(bytes), "body") : undefined,
    bytes,
  };
}

/** The request's body; its length is counted, whatever the headers say. */
async function readBytes(c: Context, route: Route): Promise<Uint8Array> {
  const limit = route.upload || route.isLarge ? maxUploadBytes : maxJsonBytes;
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of c.req.raw.body ?? []) {
    size += part.length;
    if (size <= limit) parts.push(part);
    if (size > limit + drainedBytes) break;
  }
  if (size <= limit) return Buffer.concat(parts);
  throw new PawlError(
    route.upload ? "document-too-large" : "too-large",
    `The request is larger than ${limit / 1e6} MB.`,
    {
      hint: route.upload ? "Split the document." : "Send less at once.",
    },
  );
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new PawlError(
      "malformed-json",
      `The request body is not JSON: ${cause instanceof Error ? cause.message : cause}.`,
      {
        hint: "Send a JSON object with content-type application/json.",
      },
    );
  }
}

function check(schema: z.ZodType, value: unknown, where: string): unknown {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const path = issue?.path.join(".") ?? "";
  throw new PawlError("bad-request", `${path || `The ${where}`}: ${issue?.message}.`, {
    hint: "The OpenAPI document at /openapi.json says what is taken.",
    details: { where, issues: z.flattenError(parsed.error) },
  });
}
