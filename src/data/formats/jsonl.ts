import { PawlError } from "#kernel";
import { takeRecord } from "./fields.ts";
import { collector, type Format } from "./format.ts";
import { isRecord } from "./messages.ts";

/** pawl's own form: a JSON object in each line (or a JSON array of objects); see `ExampleLine`. */
export const jsonl: Format = {
  name: "jsonl",
  detects: (file, text) => /\.(jsonl|ndjson|json)$/.test(file) || /^\s*[{[]/.test(text),
  async parse(text, file) {
    const into = collector("jsonl");
    for (const { at, value, problem } of records(text, file)) {
      if (problem !== undefined) into.refuse(at, problem);
      else takeRecord(value, at, into);
    }
    return into.parsed();
  },
};

type ReadRecord =
  | { at: string; value: Record<string, unknown>; problem?: undefined }
  | { at: string; problem: string; value?: undefined };

/** The objects of JSON lines, or of one JSON array, each with its place. Blank lines do not count. */
export function* records(text: string, file: string): Generator<ReadRecord> {
  if (/^\s*\[/.test(text)) {
    for (const [index, value] of parseArray(text, file).entries()) {
      const at = `${file}[${index}]`;
      yield isRecord(value) ? { at, value } : { at, problem: "It is not a JSON object." };
    }
    return;
  }
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    const at = `${file}:${index + 1}`;
    try {
      const value: unknown = JSON.parse(line);
      yield isRecord(value) ? { at, value } : { at, problem: "It is not a JSON object." };
    } catch (error) {
      yield { at, problem: `It is not JSON: ${error instanceof Error ? error.message : error}.` };
    }
  }
}

function parseArray(text: string, file: string): unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : [value];
  } catch (cause) {
    throw new PawlError(
      "dataset-unreadable",
      `${file} is not JSON: ${cause instanceof Error ? cause.message : cause}.`,
      {
        hint: "Write one JSON object in each line: a bad line is then refused alone.",
        cause,
      },
    );
  }
}
