import { asPawlError, PawlError } from "#kernel";

/** Rows that a violated rule speaks of are never named: a driver's message and detail carry users' text and vectors. */
const sentences: Readonly<Record<string, string>> = {
  "22001": "A value is too long for its column.",
  "22003": "A number is out of range.",
  "22021": "A text is not valid in the database's encoding.",
  "22P02": "A value has not the form that its column needs.",
  "22P05": "A text holds a character that the database cannot store.",
  "23502": "A value that must be there is missing.",
  "23503": "A row refers to another that is not there.",
  "23505": "A row with this key is there already.",
  "23514": "A value breaks a rule of its table.",
  "40001": "Another writer was in the way.",
  "40P01": "Two writers waited for each other.",
  "57014": "The statement was cancelled.",
  "57P01": "The database server is shutting down.",
  "57P03": "The database server is starting up.",
  "28P01": "The database server refuses this password.",
  "3D000": "The database named in DATABASE_URL does not exist.",
};

/** SQLSTATE classes whose messages speak only of the statement's text, which holds no values: 42 syntax and names, 0A not supported. */
const speaksOfText = /^(42|0A|26|3F)/;

/**
 * A driver's error as one of pawl's: with SQLSTATE, table, column and constraint, without the values of parameters,
 * and without the original as its cause, which carries them.
 */
export function storeFailure(error: unknown): PawlError {
  if (error instanceof PawlError) return error;
  const code = field(error, "code");
  if (
    code === "53100" ||
    code === "ENOSPC" ||
    (error instanceof Error && /No space left on device/i.test(error.message))
  ) {
    return new PawlError("disk-full", "The disk that holds pawl's data is full.", {
      hint: "Free some space and try again; nothing that was stored is lost.",
    });
  }
  if (code === undefined) {
    if (error instanceof Error && error.name === "AbortError") return asPawlError(error);
    return new PawlError("store-failed", `The database failed: ${nameOf(error)}.`, {
      hint: "If it happens again, stop pawl and start it anew; stored data is kept.",
    });
  }
  if (/^E[A-Z]+$/.test(code) || code.startsWith("08")) {
    return new PawlError("store-failed", `The database server cannot be reached (${code}).`, {
      hint: "Check DATABASE_URL and that the server is running.",
      details: { sqlState: code },
    });
  }
  const sentence =
    sentences[code] ?? (speaksOfText.test(code) && error instanceof Error ? `${error.message}.` : undefined);
  const table = field(error, "table");
  const column = field(error, "column");
  const constraint = field(error, "constraint");
  const where = [
    table && `table ${table}`,
    column && `column ${column}`,
    constraint && `constraint ${constraint}`,
    `SQLSTATE ${code}`,
  ].filter(Boolean);
  return new PawlError("store-failed", `${sentence ?? "The database refused a statement."} (${where.join(", ")})`, {
    details: { sqlState: code, ...(table && { table }), ...(column && { column }), ...(constraint && { constraint }) },
  });
}

/** The SQLSTATE that a store's error carries, if any. */
export function sqlStateOf(error: unknown): string | undefined {
  if (!(error instanceof PawlError)) return undefined;
  const state = error.details?.sqlState;
  return typeof state === "string" ? state : undefined;
}

function field(error: unknown, name: string): string | undefined {
  if (typeof error !== "object" || error === null || !(name in error)) return undefined;
  const value = Object.entries(error).find(([key]) => key === name)?.[1];
  return typeof value === "string" && value !== "" ? value : undefined;
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
