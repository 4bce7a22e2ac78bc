import { gunzipSync } from "node:zlib";
import { PbfReader } from "pbf";
import * as z from "zod";
import { PawlError } from "#kernel";
import { isObject } from "./messages.ts";

/** An attribute's value, as OTLP's `AnyValue` has it; bytes are left out. */
export type Value = null | boolean | number | string | Value[] | { [name: string]: Value };
export type Attributes = Record<string, Value>;

/** A span of another program, as it came. */
export type ForeignSpan = {
  /** Hex, 32 and 16 digits. */
  trace: string;
  id: string;
  parent: string | null;
  name: string;
  startMs: number;
  endMs: number;
  attributes: Attributes;
  events: { name: string; attributes: Attributes }[];
  /** What its status says where that is an error. */
  failure: string | null;
  /** Who sent it. */
  resource: Attributes;
};

/** The spans of one request, and how many were not spans (ids of another length, no times). */
export type ReadSpans = { spans: ForeignSpan[]; rejected: number };

/** Largest body once unpacked; an exporter's batch is far below. */
const maxBytes = 64_000_000;
/** Deepest value within a value. */
const maxDepth = 32;

/**
 * Reads the body of an OTLP/HTTP export request.
 *
 * @param type `content-type`: `application/json` or `application/x-protobuf`
 * @param encoding `content-encoding`: none or `gzip`
 * @throws PawlError `unsupported-option`, `malformed-json`, `bad-request`, `too-large`
 * @see https://opentelemetry.io/docs/specs/otlp/ (1.x; `ExportTraceServiceRequest`)
 */
export function readTraces(body: Uint8Array, type: string, encoding: string | undefined): ReadSpans {
  const bytes = unpacked(body, encoding);
  if (type.startsWith("application/json")) return spansOf(readJson(bytes));
  if (type.startsWith("application/x-protobuf")) return spansOf(readProtobuf(bytes));
  throw new PawlError("unsupported-option", `Traces of type "${type}" are not taken.`, {
    hint: "Send OTLP over HTTP as application/x-protobuf or application/json; OTLP over gRPC is another protocol.",
  });
}

function unpacked(body: Uint8Array, encoding: string | undefined): Uint8Array {
  if (encoding === undefined || encoding === "identity" || encoding === "") return body;
  if (encoding !== "gzip") {
    throw new PawlError("unsupported-option", `A body packed with ${encoding} is not taken.`, {
      hint: "Send it as it is, or with gzip.",
    });
  }
  try {
    return gunzipSync(body, { maxOutputLength: maxBytes });
  } catch (cause) {
    const isLarge = cause instanceof RangeError;
    throw new PawlError(isLarge ? "too-large" : "bad-request", isLarge ? "The traces are too large." : "Not gzip.", {
      hint: isLarge ? "Send fewer spans at once." : "Send the body as `content-encoding` says.",
      cause,
    });
  }
}

/** Attributes are read one by one (`plain`), so that deep nesting is cut and not followed. */
const attributes = z.array(z.unknown()).default([]);
const time = z.union([z.string().regex(/^\d+$/), z.number()]);

const WireSpan = z.object({
  traceId: z.string().regex(/^[0-9a-f]{32}$/i),
  spanId: z.string().regex(/^[0-9a-f]{16}$/i),
  parentSpanId: z.string().nullish(),
  name: z.string().default(""),
  startTimeUnixNano: time,
  endTimeUnixNano: time,
  attributes,
  events: z.array(z.object({ name: z.string().default(""), attributes })).default([]),
  status: z.object({ code: z.union([z.number(), z.string()]).optional(), message: z.string().optional() }).optional(),
});

const Request = z.object({
  resourceSpans: z
    .array(
      z.object({
        resource: z.object({ attributes }).optional(),
        scopeSpans: z.array(z.object({ spans: z.array(z.unknown()).default([]) })).default([]),
      }),
    )
    .default([]),
});
type Request = z.infer<typeof Request>;

function readJson(bytes: Uint8Array): Request {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new PawlError("malformed-json", "The traces are not JSON.", {
      hint: "Send an ExportTraceServiceRequest in OTLP's JSON encoding.",
      cause,
    });
  }
  const parsed = Request.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new PawlError("bad-request", `${issue?.path.join(".") || "The body"}: ${issue?.message}.`, {
    hint: "Send an ExportTraceServiceRequest: { resourceSpans: [ … ] }.",
  });
}

function spansOf(request: Request): ReadSpans {
  let rejected = 0;
  const spans = request.resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const sender = attributesOf(resource?.attributes ?? []);
    return scopeSpans.flatMap((scope) =>
      scope.spans.flatMap((value): ForeignSpan[] => {
        const { success, data: span } = WireSpan.safeParse(value);
        if (!success || /^0+$/.test(span.traceId)) {
          rejected += 1;
          return [];
        }
        const isFailed = span.status?.code === 2 || span.status?.code === "STATUS_CODE_ERROR";
        const startMs = milliseconds(span.startTimeUnixNano);
        return [
          {
            trace: span.traceId.toLowerCase(),
            id: span.spanId.toLowerCase(),
            parent: /^0*$/.test(span.parentSpanId ?? "") ? null : (span.parentSpanId ?? "").toLowerCase(),
            name: span.name,
            startMs,
            endMs: Math.max(startMs, milliseconds(span.endTimeUnixNano)),
            attributes: attributesOf(span.attributes),
            events: span.events.map((event) => ({ ...event, attributes: attributesOf(event.attributes) })),
            failure: isFailed ? (span.status?.message ?? "") : null,
            resource: sender,
          },
        ];
      }),
    );
  });
  return { spans, rejected };
}

/** Nanoseconds, mostly as text, to milliseconds with fractions. */
function milliseconds(nano: string | number): number {
  return Number(nano) / 1e6;
}

function attributesOf(list: readonly unknown[], depth = 0): Attributes {
  return Object.fromEntries(
    list.flatMap((pair) =>
      isObject(pair) && typeof pair.key === "string" ? [[pair.key, plain(pair.value, depth)]] : [],
    ),
  );
}

/** An `AnyValue` as a plain value. */
function plain(value: unknown, depth: number): Value {
  if (!isObject(value) || depth > maxDepth) return null;
  if (typeof value.stringValue === "string") return value.stringValue;
  if (typeof value.boolValue === "boolean") return value.boolValue;
  const number = Number(value.intValue ?? value.doubleValue ?? Number.NaN); // 64-bit integers are texts
  if (Number.isFinite(number)) return number;
  if (isObject(value.arrayValue)) return listed(value.arrayValue.values).map((member) => plain(member, depth + 1));
  if (isObject(value.kvlistValue)) return attributesOf(listed(value.kvlistValue.values), depth + 1);
  return null;
}

function listed(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The same request in protobuf; field numbers are those of opentelemetry-proto's `trace.proto` and `common.proto`. */
function readProtobuf(bytes: Uint8Array): Request {
  const reader = new PbfReader(bytes);
  try {
    const request = message(reader, reader.length, {
      1: ["resourceSpans", () => sub(reader, { 1: ["resource", resource], 2: ["scopeSpans", scopeSpans, true] }), true],
    });
    if (reader.pos !== reader.length) throw new RangeError("it ends within a field");
    return Request.parse(request);
  } catch (cause) {
    throw new PawlError("bad-request", "The traces are not an ExportTraceServiceRequest in protobuf.", {
      hint: "Send what an OTLP/HTTP exporter sends, with the content-type that it has.",
      cause,
    });
  }

  function resource() {
    return sub(reader, { 1: ["attributes", attribute, true] });
  }
  function scopeSpans() {
    return sub(reader, { 2: ["spans", span, true] });
  }
  function span() {
    return sub(reader, {
      1: ["traceId", hex],
      2: ["spanId", hex],
      4: ["parentSpanId", hex],
      5: ["name", text],
      7: ["startTimeUnixNano", () => reader.readFixed64()],
      8: ["endTimeUnixNano", () => reader.readFixed64()],
      9: ["attributes", attribute, true],
      11: ["events", () => sub(reader, { 2: ["name", text], 3: ["attributes", attribute, true] }), true],
      15: ["status", () => sub(reader, { 2: ["message", text], 3: ["code", () => reader.readVarint()] })],
    });
  }
  function attribute() {
    return sub(reader, { 1: ["key", text], 2: ["value", () => value(0)] });
  }
  function value(depth: number): Members {
    if (depth > maxDepth) throw new RangeError("values are nested too deep");
    const inner = () => value(depth + 1);
    const pair = () => sub(reader, { 1: ["key", text], 2: ["value", inner] });
    return sub(reader, {
      1: ["stringValue", text],
      2: ["boolValue", () => reader.readBoolean()],
      3: ["intValue", () => reader.readVarint(true)],
      4: ["doubleValue", () => reader.readDouble()],
      5: ["arrayValue", () => sub(reader, { 1: ["values", inner, true] })],
      6: ["kvlistValue", () => sub(reader, { 1: ["values", pair, true] })],
    });
  }
  function text() {
    return reader.readString();
  }
  function hex() {
    return Buffer.from(reader.readBytes()).toString("hex");
  }
}

type Members = Record<string, unknown>;
/** A member's name, how its value is read, and whether there may be several. */
type Fields = Record<number, readonly [name: string, read: () => unknown, isList?: true]>;

function sub(reader: PbfReader, fields: Fields): Members {
  return message(reader, reader.readVarint() + reader.pos, fields);
}

function message(reader: PbfReader, end: number, fields: Fields): Members {
  if (end > reader.length) throw new RangeError("a field is longer than the body");
  const members: Members = {};
  for (let field = reader.nextField(end); field !== 0; field = reader.nextField(end)) {
    const known = fields[field];
    if (!known) continue; // the next field skips what was not read
    const [name, read, isList] = known;
    if (!isList) members[name] = read();
    else {
      const list = members[name];
      if (Array.isArray(list)) list.push(read());
      else members[name] = [read()];
    }
  }
  return members;
}
