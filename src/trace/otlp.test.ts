import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { PbfWriter } from "pbf";
import { expect, test } from "vitest";
import { PawlError } from "#kernel";
import { readTraces } from "./otlp.ts";

const trace = "5b8efff798038103d269b633813fc60c";
const id = "eee19b7ec3c1b174";
/** The example of the OTLP specification, shortened (opentelemetry-proto, examples/trace.json). */
const request = {
  resourceSpans: [
    {
      resource: { attributes: [{ key: "service.name", value: { stringValue: "my.service" } }] },
      scopeSpans: [
        {
          spans: [
            {
              traceId: trace.toUpperCase(),
              spanId: id,
              parentSpanId: "",
              name: "I'm a server span",
              startTimeUnixNano: "1544712660000000000",
              endTimeUnixNano: "1544712661500000000",
              attributes: [
                { key: "n", value: { intValue: "41" } },
                { key: "x", value: { doubleValue: 0.5 } },
                { key: "list", value: { arrayValue: { values: [{ stringValue: "a" }, { boolValue: true }] } } },
                { key: "map", value: { kvlistValue: { values: [{ key: "k", value: { stringValue: "v" } }] } } },
              ],
              events: [{ name: "e", attributes: [{ key: "a", value: { stringValue: "b" } }] }],
              status: { code: 2, message: "bad" },
            },
          ],
        },
      ],
    },
  ],
};
const wanted = {
  trace,
  id,
  parent: null,
  name: "I'm a server span",
  startMs: 1_544_712_660_000,
  endMs: 1_544_712_661_500,
  attributes: { n: 41, x: 0.5, list: ["a", true], map: { k: "v" } },
  events: [{ name: "e", attributes: { a: "b" } }],
  failure: "bad",
  resource: { "service.name": "my.service" },
};
const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

/** The same in protobuf, written field by field. */
function inProtobuf(): Uint8Array {
  const writer = new PbfWriter();
  type Write = (inner: PbfWriter) => void;
  const sub = (out: PbfWriter, field: number, write: Write) =>
    out.writeMessage(field, (_: null, inner) => write(inner), null);
  const pair = (out: PbfWriter, field: number, key: string, value: Write) =>
    sub(out, field, (kv) => {
      kv.writeStringField(1, key);
      sub(kv, 2, value);
    });
  const text = (value: string) => (out: PbfWriter) => out.writeStringField(1, value);
  sub(writer, 1, (resourceSpans) => {
    sub(resourceSpans, 1, (resource) => pair(resource, 1, "service.name", text("my.service")));
    sub(resourceSpans, 2, (scopeSpans) =>
      sub(scopeSpans, 2, (span) => {
        span.writeBytesField(1, Buffer.from(trace, "hex"));
        span.writeBytesField(2, Buffer.from(id, "hex"));
        span.writeStringField(5, "I'm a server span");
        span.writeFixed64Field(7, 1544712660000000000);
        span.writeFixed64Field(8, 1544712661500000000);
        pair(span, 9, "n", (out) => out.writeVarintField(3, 41));
        pair(span, 9, "x", (out) => out.writeDoubleField(4, 0.5));
        pair(span, 9, "list", (out) =>
          sub(out, 5, (list) => {
            sub(list, 1, text("a"));
            sub(list, 1, (flag) => flag.writeBooleanField(2, true));
          }),
        );
        pair(span, 9, "map", (out) => sub(out, 6, (map) => pair(map, 1, "k", text("v"))));
        sub(span, 11, (event) => {
          event.writeStringField(2, "e");
          pair(event, 3, "a", text("b"));
        });
        span.writeVarintField(12, 3); // a field that is not read
        sub(span, 15, (status) => {
          status.writeStringField(2, "bad");
          status.writeVarintField(3, 2);
        });
      }),
    );
  });
  return writer.finish();
}

test("JSON and protobuf, packed or not, are read to the same span", () => {
  expect(readTraces(bytes(request), "application/json", undefined)).toEqual({ spans: [wanted], rejected: 0 });
  expect(readTraces(gzipSync(bytes(request)), "application/json; charset=utf-8", "gzip").spans).toEqual([wanted]);
  expect(readTraces(inProtobuf(), "application/x-protobuf", undefined)).toEqual({ spans: [wanted], rejected: 0 });
});

test("any bytes are spans or a PawlError, and no cut or changed request is anything else", () => {
  const whole = inProtobuf();
  const changed = fc.tuple(fc.nat(whole.length - 1), fc.nat(255), fc.nat(whole.length)).map(([at, value, end]) => {
    const copy = Uint8Array.from(whole);
    copy[at] = value;
    return copy.slice(0, end);
  });
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), changed), (body) => {
      for (const type of ["application/x-protobuf", "application/json"]) {
        try {
          readTraces(body, type, undefined);
        } catch (error) {
          if (!(error instanceof PawlError)) throw error;
        }
      }
    }),
    { numRuns: 2_000 },
  );
});

test("a body that unpacks to more than is taken is refused", () => {
  const bomb = gzipSync(new Uint8Array(70_000_000));
  expect(() => readTraces(bomb, "application/json", "gzip")).toThrow("too large");
});

test("values nested without end are refused or cut, not followed", () => {
  const nested = `${'{"arrayValue":{"values":['.repeat(3_000)}${"]}}".repeat(3_000)}`;
  const body = `{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"${trace}","spanId":"${id}","startTimeUnixNano":"1","endTimeUnixNano":"2","attributes":[{"key":"a","value":${nested}}]}]}]}]}`;
  try {
    readTraces(new TextEncoder().encode(body), "application/json", undefined);
  } catch (error) {
    expect(error).toBeInstanceOf(PawlError);
  }
});
