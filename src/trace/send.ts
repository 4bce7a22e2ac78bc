import { names } from "./names.ts";

/** A span on its way to pawl; attributes by pawl's words, sent under the first of their names. */
export type OutSpan = {
  trace: string;
  id: string;
  parent: string | null;
  name: string;
  startMs: number;
  endMs: number;
  failure: string | null;
  attributes: Partial<Record<keyof typeof names, unknown>>;
};

type Destination = { url: string; key: string | undefined; app: string; release: string | undefined };
type Sender = { add(span: OutSpan): void; flush(): Promise<void> };

/** Milliseconds that a span waits for others to go with it. */
const delayMs = 200;
/** With long prompts a request stays far below what pawl takes. */
const batchSpans = 20;
/** Most spans that wait while pawl cannot be reached; the oldest go first. */
const maxWaiting = 1_000;
const timeoutMs = 5_000;
const retryMs = [1_000, 3_000, 10_000, 30_000];

const senders = new Map<string, Sender>();
let dropped = 0;

/** The one sender to a destination. */
export function senderTo(destination: Destination): Sender {
  const key = JSON.stringify(destination);
  const known = senders.get(key);
  if (known) return known;
  if (senders.size === 0) process.on("beforeExit", atExit);
  const sender = newSender(destination);
  senders.set(key, sender);
  return sender;
}

/** Counts what was lost, and says so once. */
senderTo.drop = (count: number, why: string): void => {
  if (count === 0) return;
  if (dropped === 0) {
    process.emitWarning(`Calls are not recorded: ${why} The program goes on as it is; this is said once.`, {
      code: "PAWL_NOT_RECORDED",
    });
  }
  dropped += count;
};

/**
 * Sends what waits. Resolves when pawl has it, or cannot be reached (then it is dropped); never rejects.
 *
 * @returns how many calls were not recorded since the program began
 */
export async function flush(): Promise<{ dropped: number }> {
  await Promise.all([...senders.values()].map((sender) => sender.flush()));
  return { dropped };
}

/** A program that ends on its own sends what waits; one that calls `process.exit` awaits `flush` before. */
function atExit(): void {
  void flush();
}

export function randomId(bytes: number): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) => byte.toString(16).padStart(2, "0")).join(
    "",
  );
}

function newSender(destination: Destination): Sender {
  let waiting: OutSpan[] = [];
  let timer: NodeJS.Timeout | undefined;
  let sending: Promise<void> | undefined;
  let failures = 0;

  async function post(spans: readonly OutSpan[]): Promise<"sent" | "away"> {
    try {
      const response = await fetch(`${destination.url.replace(/\/$/, "")}/v1/traces`, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          ...(destination.key ? { authorization: `Bearer ${destination.key}` } : {}),
        },
        body: JSON.stringify(requestOf(destination, spans)),
        signal: AbortSignal.timeout(timeoutMs),
      });
      const text = await response.text();
      if (response.ok) return "sent";
      if (response.status >= 500 || response.status === 429) return "away";
      senderTo.drop(spans.length, `pawl at ${destination.url} answered ${response.status}: ${text.slice(0, 300)}`);
      return "sent"; // it would be refused again
    } catch {
      return "away";
    }
  }

  /** Sends until nothing waits or pawl is away; the spans of a failed request wait on. */
  async function work(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, batchSpans);
      if ((await post(batch)) === "away") {
        failures += 1;
        return;
      }
      failures = 0;
      const sent = new Set(batch);
      waiting = waiting.filter((span) => !sent.has(span));
    }
  }

  function start(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    sending ??= work().finally(() => {
      sending = undefined;
      if (waiting.length > 0) later();
    });
    return sending;
  }

  function later(): void {
    const wait = failures === 0 ? delayMs : (retryMs[Math.min(failures, retryMs.length) - 1] ?? delayMs);
    timer ??= setTimeout(() => void start(), wait).unref();
  }

  return {
    add(span) {
      waiting.push(span);
      if (waiting.length > maxWaiting) {
        const over = waiting.length - maxWaiting;
        waiting = waiting.slice(over);
        senderTo.drop(over, `pawl at ${destination.url} cannot be reached.`);
      }
      if (sending === undefined) later();
    },
    async flush() {
      await sending; // that one may have begun before the last spans came
      if (waiting.length > 0) await start();
      clearTimeout(timer);
      timer = undefined;
      senderTo.drop(waiting.length, `pawl at ${destination.url} cannot be reached.`);
      waiting = [];
    },
  };
}

/** OTLP's JSON encoding of an export request. */
function requestOf({ app, release }: Destination, spans: readonly OutSpan[]) {
  const resource = attributesOf({ service: app, version: release });
  return {
    resourceSpans: [
      {
        resource: { attributes: resource },
        scopeSpans: [
          {
            scope: { name: "pawl/ai" },
            spans: spans.map((span) => ({
              traceId: span.trace,
              spanId: span.id,
              ...(span.parent === null ? {} : { parentSpanId: span.parent }),
              name: span.name,
              kind: 3,
              startTimeUnixNano: `${span.startMs}000000`,
              endTimeUnixNano: `${span.endMs}000000`,
              attributes: attributesOf(span.attributes),
              status: span.failure === null ? { code: 0 } : { code: 2, message: span.failure },
            })),
          },
        ],
      },
    ],
  };
}

function attributesOf(values: OutSpan["attributes"]) {
  return Object.entries(values).flatMap(([word, value]) => {
    if (value === undefined || value === null) return [];
    const key = names[word as keyof typeof names][0]; // the keys of `values` are words of `names`
    return [{ key, value: anyValue(value) }];
  });
}

function anyValue(value: unknown) {
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "boolean") return { boolValue: value };
  if (typeof value === "number") return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  return { stringValue: JSON.stringify(value) };
}
