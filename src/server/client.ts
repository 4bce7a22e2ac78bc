import { type Contract, contract } from "./contract.ts";
import type { ChatCompletionBody, ChatCompletionChunk } from "./openai.ts";
import type { Route, RouteInput, RouteOutput } from "./route.ts";

export type { Contract } from "./contract.ts";
export type { RouteInput, RouteOutput } from "./route.ts";

type Problem = { title?: string; status?: number; code?: string; hint?: string; details?: unknown; turn?: string };

/** A failed request: RFC 9457 problem details with pawl's stable code. */
export class ClientError extends Error {
  override readonly name = "ClientError";
  readonly status: number;
  readonly code: string;
  readonly hint: string | undefined;
  readonly details: unknown;
  /** The turn that the request began, where it began one: `GET /api/turns/{id}` says how far it came. */
  readonly turn: string | undefined;
  constructor(problem: Problem) {
    super(problem.title ?? "The request failed.");
    this.status = problem.status ?? 500;
    this.code = problem.code ?? "internal";
    this.hint = problem.hint;
    this.details = problem.details;
    this.turn = problem.turn;
  }
}

export type ClientOptions = { baseUrl: string; key?: string; fetch?: typeof globalThis.fetch };

type Call<R extends Route> = (
  ...input: object extends RouteInput<R> ? [input?: RouteInput<R> & Options] : [input: RouteInput<R> & Options]
) => Promise<RouteOutput<R>>;
type Options = { signal?: AbortSignal };

/** One function for each request of the contract, and `stream` for a chat that streams. */
export type Client = { [Name in keyof Contract]: Call<Contract[Name]> } & {
  /** The events of a streamed chat, until `[DONE]`. Throws ClientError, also for an error inside the stream. */
  stream(body: ChatCompletionBody, options?: Options): AsyncGenerator<ChatCompletionChunk, void, void>;
};

type LooseInput = Options & {
  params?: Record<string, string>;
  query?: Record<string, unknown>;
  body?: unknown;
  bytes?: Uint8Array<ArrayBuffer> | Blob;
  contentType?: string;
};

/** A typed client of pawl's HTTP API; runs in Node and in browsers. */
export function createClient(options: ClientOptions): Client {
  const call =
    (route: Route) =>
    async (input: LooseInput = {}) => {
      const response = await request(options, route, input);
      return route.out === "text" ? response.text() : response.json();
    };
  const calls = Object.fromEntries(Object.entries(contract).map(([name, route]) => [name, call(route)]));
  const stream = async function* (body: ChatCompletionBody, streamOptions: Options = {}) {
    const response = await request(options, contract.chat, { ...streamOptions, body: { ...body, stream: true } });
    yield* chunks(response);
  };
  // The table's types are known statically (Client); at run time the functions are made from the same table.
  return { ...calls, stream } as unknown as Client;
}

async function request(options: ClientOptions, route: Route, input: LooseInput): Promise<Response> {
  const path = route.path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(input.params?.[name] ?? ""));
  const url = new URL(options.baseUrl.replace(/\/$/, "") + path);
  for (const [name, value] of Object.entries(input.query ?? {})) {
    if (value !== undefined && value !== "") url.searchParams.set(name, String(value));
  }
  const headers: Record<string, string> = {};
  if (options.key) headers.authorization = `Bearer ${options.key}`;
  if (input.bytes) headers["content-type"] = input.contentType ?? "application/octet-stream";
  else if (input.body !== undefined) headers["content-type"] = "application/json";
  const body = input.bytes ? input.bytes : input.body === undefined ? null : JSON.stringify(input.body);
  const response = await (options.fetch ?? fetch)(url, {
    method: route.method,
    headers,
    body,
    ...(input.signal ? { signal: input.signal } : {}),
  });
  // `/health` answers 503 with a body of its own type while apps are loading.
  if (!response.ok && !(route.path === "/health" && response.status === 503))
    throw new ClientError(await problemOf(response));
  return response;
}

async function problemOf(response: Response): Promise<Problem> {
  const text = await response.text();
  const { status } = response;
  try {
    const body = JSON.parse(text);
    return { status, ...(body.error ?? body), title: titleOf(body.error) ?? body.title, ...turnOf(response) };
  } catch {
    return { status, title: `The server answered ${status}.`, ...turnOf(response) };
  }
}

function turnOf(response: Response): { turn?: string } {
  const turn = response.headers.get("x-pawl-turn");
  return turn === null ? {} : { turn };
}

/** The sentence of an error under `/v1`: pawl's `message` there has the hint as well, for clients that show nothing else. */
function titleOf(error: { title?: string; message?: string } | undefined): string | undefined {
  return error?.title ?? error?.message;
}

async function* chunks(response: Response): AsyncGenerator<ChatCompletionChunk, void, void> {
  if (!response.body) return;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      rest += value;
      const events = rest.split("\n\n");
      rest = events.pop() ?? "";
      for (const event of events) {
        const data = event.startsWith("data: ") ? event.slice(6) : "";
        if (data === "[DONE]") return;
        if (data === "") continue;
        const parsed = JSON.parse(data);
        if (parsed.error) throw new ClientError({ ...parsed.error, title: titleOf(parsed.error), ...turnOf(response) });
        yield parsed;
      }
    }
  } finally {
    await reader.cancel().catch(() => {}); // the connection may be gone already
  }
}
