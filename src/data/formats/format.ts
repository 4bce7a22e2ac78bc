import type { ExampleLine } from "#schema";

/** A line that cannot become an example, and why. `at` is the file and the line, as in `questions.jsonl:12`. */
export type Refused = { at: string; message: string };

/** Something that a file holds and a dataset cannot: named, never dropped in silence. `at` is where it stands first. */
export type NotCarried = { at: string; name: string; message: string };

/** A line that was read, with where it stood and in which format: its example's provenance. */
export type SourceLine = { line: ExampleLine; at: string; source: string };

export type Parsed = { lines: SourceLine[]; refused: Refused[]; notCarried: NotCarried[] };

/** A file format. */
export type Format = {
  name: "jsonl" | "csv" | "openai" | "promptfoo";
  /** Whether a file is of this format, by its name (lower case) and its text. */
  detects(file: string, text: string): boolean;
  /** Throws `dataset-unreadable` where the file as a whole is not of the format. */
  parse(text: string, file: string): Promise<Parsed>;
};

/** Takes what a format finds. The same thing not carried in many lines is named once, with how often. */
export type Collector = {
  add(at: string, line: ExampleLine): void;
  refuse(at: string, message: string): void;
  drop(at: string, name: string, message: string): void;
  parsed(): Parsed;
};

export function collector(source: Format["name"]): Collector {
  const lines: SourceLine[] = [];
  const refused: Refused[] = [];
  const dropped = new Map<string, NotCarried & { times: number }>();
  return {
    add: (at, line) => void lines.push({ line, at, source }),
    refuse: (at, message) => void refused.push({ at, message }),
    drop(at, name, message) {
      const key = `${name}\0${message}`;
      const known = dropped.get(key);
      if (known) known.times += 1;
      else dropped.set(key, { at, name, message, times: 1 });
    },
    parsed: () => ({
      lines,
      refused,
      notCarried: [...dropped.values()].map(({ at, name, message, times }) => ({
        at,
        name,
        message: times === 1 ? message : `${message} (${times} times)`,
      })),
    }),
  };
}
