import type { Context } from "hono";
import { PbfWriter } from "pbf";
import type { Host } from "#host";
import { readTraces } from "#trace";

/** `POST /v1/traces`: what an OTLP/HTTP exporter sends; answered in the encoding that it came in. */
export async function receiveTraces(host: Host, bytes: Uint8Array, c: Context): Promise<Response> {
  const type = c.req.header("content-type") ?? "";
  const { spans, rejected } = await readTraces(bytes, type, c.req.header("content-encoding"));
  const { refused } = await host.traces.receive(spans);
  const reasons = [
    ...(rejected > 0 ? [`${rejected} spans lack an id or a time.`] : []),
    ...(refused > 0 ? [`${refused} spans are above the most that a trace may have.`] : []),
  ];
  const rejectedSpans = rejected + refused;
  const errorMessage = reasons.join(" ");
  if (type.startsWith("application/json")) {
    return c.json(rejectedSpans === 0 ? {} : { partialSuccess: { rejectedSpans, errorMessage } });
  }
  const body = rejectedSpans === 0 ? new Uint8Array() : partialSuccess(rejectedSpans, errorMessage);
  return new Response(new Uint8Array(body), { headers: { "content-type": "application/x-protobuf" } });
}

/** `ExportTraceServiceResponse { partial_success = 1: { rejected_spans = 1, error_message = 2 } }` */
function partialSuccess(rejectedSpans: number, errorMessage: string): Uint8Array {
  const writer = new PbfWriter();
  writer.writeMessage(
    1,
    (_, inner) => {
      inner.writeVarintField(1, rejectedSpans);
      inner.writeStringField(2, errorMessage);
    },
    null,
  );
  return writer.finish();
}
