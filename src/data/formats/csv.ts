import { PawlError } from "#kernel";
import { aliases, fieldName, takeRecord } from "./fields.ts";
import { type Collector, collector, type Format } from "./format.ts";

/**
 * CSV (RFC 4180) with a header; `;` and tab are delimiters too. Columns are found by name (`fields.ts`). An empty cell is
 * nothing given; an answer that is the word `null` says that the documents do not say. `answers` and `groups` are
 * separated by `|`, or a JSON list.
 */
export const csv: Format = {
  name: "csv",
  detects: (file) => /\.(csv|tsv)$/.test(file),
  async parse(text, file) {
    const into = collector("csv");
    const rows = await readRows(text, file, into);
    const header = rows.shift();
    if (!header) throw unreadable(file, "has no header.");
    const names = header.cells.map((name) => name.trim());
    checkHeader(names, file);
    for (const [column, name] of names.entries()) {
      if (name.startsWith("__"))
        into.drop(`${file}:1`, name, "promptfoo's special columns are not read; import its YAML.");
      if (name === "") into.drop(`${file}:1`, `column ${column + 1}`, "A column without a name is left out.");
    }
    for (const { cells, line } of rows) {
      const at = `${file}:${line}`;
      if (cells.length !== names.length) {
        into.refuse(at, `It has ${cells.length} cells, the header has ${names.length}.`);
        continue;
      }
      const record = toRecord(names, cells);
      if (typeof record === "string") into.refuse(at, record);
      else takeRecord(record, at, into);
    }
    return into.parsed();
  },
};

type Row = { cells: string[]; line: number };

async function readRows(text: string, file: string, into: Collector): Promise<Row[]> {
  const { parse } = await import("csv-parse/sync");
  const rows: Row[] = [];
  let line = 1;
  try {
    parse(text, {
      bom: true,
      delimiter: delimiterOf(text),
      relax_column_count: true,
      relax_quotes: true,
      skip_records_with_error: true,
      on_record(record: string[], { lines }) {
        // A blank line is a row with one empty cell.
        if (record.length > 1 || record[0] !== "") rows.push({ cells: record, line });
        line = lines + 1;
        return null;
      },
      on_skip(error) {
        if (error) into.refuse(`${file}:${line}`, `${error.message}.`);
        line = Number(error?.lines ?? line) + 1;
        return undefined;
      },
    });
  } catch (cause) {
    throw unreadable(
      file,
      `stops being CSV in the row that begins in line ${line}: ${cause instanceof Error ? cause.message : cause}.`,
      cause,
    );
  }
  return rows;
}

/** The delimiter that stands most often in the header, outside of quotes. */
function delimiterOf(text: string): string {
  const header = (/^(?:"(?:[^"]|"")*"|[^"\r\n])*/.exec(text)?.[0] ?? "").replace(/"(?:[^"]|"")*"/g, "");
  const counts = [",", ";", "\t"].map((delimiter) => ({ delimiter, times: header.split(delimiter).length }));
  return counts.reduce((most, next) => (next.times > most.times ? next : most)).delimiter;
}

function checkHeader(names: readonly string[], file: string): void {
  const known = names.map(fieldName);
  const twice = known.find((name, index) => name !== "" && known.indexOf(name) !== index);
  if (twice !== undefined) throw unreadable(file, `has two columns called ${twice}.`);
  const questions: readonly string[] = [...aliases.question, ...aliases.messages];
  if (!known.some((name) => questions.includes(name)))
    throw unreadable(file, `has no column for the question; its columns are ${names.join(", ")}.`);
}

const json = new Set(["messages", "sources", "expect", "tags"]);
const lists = new Set(["answers", "groups"]);

/** A row by its columns' names, or why it cannot be one. */
function toRecord(names: readonly string[], cells: readonly string[]): Record<string, unknown> | string {
  const record: Record<string, unknown> = {};
  const answers: readonly string[] = aliases.answer;
  for (const [index, name] of names.entries()) {
    const cell = cells[index] ?? "";
    const field = fieldName(name);
    if (cell === "" || name === "" || name.startsWith("__")) continue;
    if (answers.includes(field) && cell === "null") record[name] = null;
    else if (json.has(field) || (lists.has(field) && cell.startsWith("["))) {
      try {
        record[name] = JSON.parse(cell);
      } catch {
        return `The cell \`${name}\` is not JSON.`;
      }
    } else if (lists.has(field)) record[name] = cell.split("|").map((part) => part.trim());
    else record[name] = cell;
  }
  return record;
}

function unreadable(file: string, what: string, cause?: unknown): PawlError {
  return new PawlError("dataset-unreadable", `${file} ${what}`, {
    hint: `The question's column is called ${aliases.question.join(", ")} or messages; docs/datasets.md has the others.`,
    ...(cause === undefined ? {} : { cause }),
  });
}
