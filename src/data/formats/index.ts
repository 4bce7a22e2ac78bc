/**
 * Formats: how a file becomes lines of a dataset.
 *
 * To add one, write a file beside this one that exports a `Format` (see format.ts): its name, how it is recognised, and
 * `parse`, which gives lines, what it refused and what it could not carry over, each with its place. Put it into
 * `formats` below; a format that looks closer stands before one that takes more.
 */
import { PawlError } from "#kernel";
import { csv } from "./csv.ts";
import type { Format, Parsed } from "./format.ts";
import { jsonl } from "./jsonl.ts";
import { openai } from "./openai.ts";
import { promptfoo } from "./promptfoo.ts";

export const formats: readonly Format[] = [csv, promptfoo, openai, jsonl];

/**
 * Reads a file of examples.
 *
 * @param file its name, for messages and provenance; with `format` `auto` its ending counts too
 * @throws PawlError `dataset-unreadable` where it is of no format, `dataset-empty` where nothing is in it
 */
export async function parseDataset(input: {
  text: string;
  file: string;
  format?: Format["name"] | "auto" | undefined;
}): Promise<Parsed> {
  const { file, format = "auto" } = input;
  const text = input.text.replace(/^\uFEFF/, "").replace(/\r\n?/g, "\n");
  if (text.trim() === "") throw emptyFile(file);
  const chosen = formats.find((one) =>
    format === "auto" ? one.detects(file.toLowerCase(), text) : one.name === format,
  );
  if (!chosen)
    throw new PawlError("dataset-unreadable", `${file} is in no format that pawl knows.`, {
      hint: `Name it with --format: ${formats.map((one) => one.name).join(", ")}.`,
    });
  const parsed = await chosen.parse(text, file);
  if (parsed.lines.length === 0 && parsed.refused.length === 0) throw emptyFile(file);
  return parsed;
}

function emptyFile(file: string): PawlError {
  return new PawlError("dataset-empty", `${file} has no examples.`, {
    hint: 'A line is, at the least, {"question": "…"}.',
  });
}
