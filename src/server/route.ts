import type * as z from "zod";

/** One request of the contract, as data: handlers, typed client, OpenAPI document and command line come from it. */
export type Route = {
  method: "GET" | "POST" | "PUT" | "DELETE";
  /** Path parameters in braces: `/api/turns/{id}`. */
  path: string;
  summary: string;
  /** The group it is shown under. */
  tag: string;
  params?: z.ZodObject;
  query?: z.ZodObject;
  body?: z.ZodType;
  /** A JSON body, plain text, raw bytes in (`upload`), or a stream of server-sent events. */
  out: z.ZodType | "text";
  /** The raw request body is a file; its type is `content-type`. */
  upload?: true;
  /** The JSON body holds a file's text, and may be as large as an upload. */
  isLarge?: true;
  /** The answer is a stream of events of this type when the body asks for it. */
  events?: z.ZodType;
  status?: number;
  errors?: readonly string[];
};

/** What a client gives for a route: path parameters, query and body in one object each. */
export type RouteInput<R extends Route> = (R["params"] extends z.ZodObject
  ? { params: z.input<R["params"]> }
  : object) &
  (R["query"] extends z.ZodObject ? { query?: z.input<R["query"]> } : object) &
  (R["body"] extends z.ZodType ? { body: z.input<R["body"]> } : object) &
  (R["upload"] extends true ? { bytes: Uint8Array<ArrayBuffer> | Blob; contentType?: string } : object);

/** What a client gets back. */
export type RouteOutput<R extends Route> = R["out"] extends z.ZodType ? z.output<R["out"]> : string;
