import * as z from "zod";

/** A range of a text in UTF-16 code units, `end` exclusive. */
export const Range = z.object({ start: z.int().nonnegative(), end: z.int().nonnegative() });
export type Range = z.infer<typeof Range>;

/** Any JSON value. */
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
export const Json: z.ZodType<Json> = z.json();
