import type { Span } from "#schema";

/** In a stored input, a part that is another span's output: the span and the path of members to the part. */
type Reference = { $span: string; at: (string | number)[] };

/**
 * Remembers the objects that steps gave out, so that an input which holds one of them is stored as a reference:
 * five passages of two kilobytes are kept once, not at every step that they pass through.
 */
export function outputRegistry() {
  const places = new WeakMap<object, Reference>();

  function add(span: string, value: unknown, at: (string | number)[] = []): void {
    if (typeof value !== "object" || value === null || places.has(value)) return;
    places.set(value, { $span: span, at });
    for (const [name, member] of Object.entries(value)) {
      add(span, member, [...at, Array.isArray(value) ? Number(name) : name]);
    }
  }

  function referring(value: unknown): unknown {
    if (typeof value !== "object" || value === null) return value;
    const place = places.get(value);
    if (place) return place;
    if (Array.isArray(value)) return value.map(referring);
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, referring(member)]));
  }

  return { add, referring };
}

/** Spans with every reference replaced by the value that it names; a reference to a span that is not there stays. */
export function resolveSpans(spans: readonly Span[]): Span[] {
  const outputs = new Map(spans.map((span) => [span.id, span.output]));

  function resolve(value: unknown): unknown {
    if (typeof value !== "object" || value === null) return value;
    if (isReference(value)) {
      if (!outputs.has(value.$span)) return value;
      return value.at.reduce<unknown>((part, name) => member(part, name), outputs.get(value.$span));
    }
    if (Array.isArray(value)) return value.map(resolve);
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, resolve(part)]));
  }

  return spans.map((span) => ({ ...span, input: resolve(span.input) }));
}

function isReference(value: object): value is Reference {
  return "$span" in value && typeof value.$span === "string" && "at" in value && Array.isArray(value.at);
}

function member(value: unknown, name: string | number): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string | number, unknown>)[name] : undefined;
}
