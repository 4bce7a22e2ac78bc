import type { Encoded, Result } from "./executor.ts";
import type { Row, Statement } from "./store.ts";

/*
 * Values cross the store as PostgreSQL's own texts, so that both homes give the same value for the same column
 * whatever their drivers would make of it.
 */

/**
 * A statement with its parameters as texts. Arrays become PostgreSQL arrays, plain objects become JSON (pass a JSON
 * array as its text), dates ISO 8601, bytes `\x…`. PostgreSQL can hold neither U+0000 nor half a surrogate pair: each
 * becomes U+FFFD, which keeps every offset of the text.
 */
export function encode(statement: Statement): Encoded {
  return { sql: statement.sql, params: statement.params.map(encodeValue) };
}

export function encodeValue(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  switch (typeof value) {
    case "string":
      return storable(value);
    case "number":
    case "bigint":
    case "boolean":
      return String(value);
  }
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array)
    return `\\x${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("hex")}`;
  if (value instanceof Float32Array) return vectorText(value);
  if (Array.isArray(value)) return arrayText(value);
  return json(value);
}

/** JSON text that `jsonb` accepts. */
export function json(value: unknown): string {
  return JSON.stringify(value, (_, member) => (typeof member === "string" ? storable(member) : member)) ?? "null";
}

/** The text as PostgreSQL can hold it, of the same length in UTF-16 code units. */
export function storable(text: string): string {
  const whole = text.isWellFormed() ? text : text.toWellFormed();
  return whole.includes("\0") ? whole.replaceAll("\0", "\ufffd") : whole;
}

/** pgvector's text of a vector: `[0.1,0.2]`. */
export function vectorText(vector: Float32Array): string {
  return `[${vector.join(",")}]`;
}

/** An SQL string literal, for the few places where a parameter is not allowed (DDL, predicates of partial indexes). */
export function literal(text: string): string {
  return `'${storable(text).replaceAll("'", "''")}'`;
}

/** Rows as objects by column name. */
export function rowsOf(result: Result): Row[] {
  return result.rows.map((row) =>
    Object.fromEntries(result.columns.map((column, at) => [column.name, decode(row[at] ?? null, column.type)])),
  );
}

/** Rows as arrays in the order of the columns. */
export function arraysOf(result: Result): unknown[][] {
  return result.rows.map((row) => result.columns.map((column, at) => decode(row[at] ?? null, column.type)));
}

/**
 * One value from its text: numbers for integers that are exact in a double and for floats, booleans, parsed JSON,
 * `Uint8Array` for bytea, ISO 8601 in UTC for timestamps with time zone, arrays of text; anything else stays text.
 * The numbers are object ids of `pg_type`, fixed by PostgreSQL.
 */
export function decode(text: string | null, type: number): unknown {
  if (text === null) return null;
  switch (type) {
    case 16: // bool
      return text === "t";
    case 20: {
      const value = Number(text); // int8
      return Number.isSafeInteger(value) ? value : text;
    }
    case 21: // int2
    case 23: // int4
    case 26: // oid
    case 700: // float4
    case 701: // float8
      return Number(text);
    case 114: // json
    case 3802: // jsonb
      return JSON.parse(text);
    case 17: // bytea
      return new Uint8Array(Buffer.from(text.slice(2), "hex"));
    case 1184: // timestamptz
      return isoTime(text);
    case 1009: // text[]
    case 1015: // varchar[]
    case 2951: // uuid[]
      return textArray(text);
    default:
      return text;
  }
}

/** Little-endian 32-bit floats, as `embedding_cache` keeps them. */
export function floatsToBytes(vector: Float32Array): Uint8Array {
  return new Uint8Array(vector.buffer.slice(vector.byteOffset, vector.byteOffset + vector.byteLength));
}

export function bytesToFloats(bytes: Uint8Array): Float32Array {
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

/** `2026-01-02 03:04:05.678+00` as `2026-01-02T03:04:05.678Z`; `infinity` stays as it is. */
function isoTime(text: string): string {
  const time = new Date(text.replace(" ", "T").replace(/([+-]\d\d)$/, "$1:00"));
  return Number.isNaN(time.getTime()) ? text : time.toISOString();
}

function arrayText(items: readonly unknown[]): string {
  const elements = items.map((item) => {
    if (Array.isArray(item)) return arrayText(item);
    const text = encodeValue(item);
    return text === null ? "NULL" : `"${text.replace(/["\\]/g, "\\$&")}"`;
  });
  return `{${elements.join(",")}}`;
}

function textArray(text: string): (string | null)[] {
  const items: (string | null)[] = [];
  for (const match of text.slice(1, -1).matchAll(/"((?:[^"\\]|\\.)*)"|([^",]+)/g)) {
    const [, quoted, bare] = match;
    items.push(quoted !== undefined ? quoted.replace(/\\(.)/g, "$1") : bare === "NULL" ? null : (bare ?? null));
  }
  return items;
}
