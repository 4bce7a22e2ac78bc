import { asPawlError, fromProblem, type Progress, type Report } from "#kernel";

/** Results go to stdout, everything else to stderr. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Colour, only on a terminal that wants it. */
const isColoured = process.stderr.isTTY && !process.env.NO_COLOR;
const paint = (code: number) => (text: string) => (isColoured ? `\u001b[${code}m${text}\u001b[0m` : text);
export const bold = paint(1);
export const dim = paint(2);
export const red = paint(31);
export const green = paint(32);

/** An error as the terminal shows it: the sentence, the hint, the code. */
export function drawError(thrown: unknown): void {
  // An error of the server's is drawn as if it had happened here.
  const isOfServer = thrown instanceof Error && thrown.name === "ClientError"; // its class comes with the whole contract
  const error = isOfServer ? fromProblem({ ...thrown, title: thrown.message }) : asPawlError(thrown);
  say(`${red("pawl:")} ${error.message} ${dim(`(${error.code})`)}`);
  if (error.hint) say(`      ${error.hint}`);
  if (process.env.PAWL_DEBUG)
    say(String((error.cause instanceof Error ? error.cause.stack : undefined) ?? error.stack));
}

/** Draws progress on stderr: one line that is rewritten on a terminal, a line for each tenth elsewhere. */
export function progressDrawer(): { report: Report; end(): void } {
  let last = "";
  let hasLine = false;
  const told = new Set<string>();
  const report = (progress: Progress) => {
    // Who looks at the last report only finds the note on each; it is told once.
    if (progress.note && !told.has(progress.note)) {
      told.add(progress.note);
      say(`${hasLine ? "\n" : ""}  ${progress.note}`);
    }
    const line = lineOf(progress);
    if (line === last) return;
    if (process.stderr.isTTY) {
      process.stderr.write(`\r\u001b[2K${dim(line)}`);
      hasLine = true;
    } else if (tenth(progress) !== tenthOf.get(progress.task)) {
      tenthOf.set(progress.task, tenth(progress));
      say(line);
    }
    last = line;
  };
  const tenthOf = new Map<string, number>();
  return {
    report,
    end() {
      if (hasLine) process.stderr.write("\r\u001b[2K");
      hasLine = false;
    },
  };
}

function tenth({ done, total }: Progress): number {
  return total ? Math.floor((10 * done) / total) : 0;
}

function lineOf({ task, done, total, unit, now }: Progress): string {
  const amount = (value: number) => (unit === "bytes" ? `${(value / 1e6).toFixed(0)} MB` : `${Math.floor(value)}`);
  const share = total ? `${amount(done)} of ${amount(total)}${unit && unit !== "bytes" ? ` ${unit}` : ""}` : "";
  // Documents of a folder that is no app's lie outside of the app that is made for them.
  return `${task.replace(/ (?:\.\.\/)+/, " ")}${share ? ` · ${share}` : ""}${now ? ` · ${now}` : ""}`;
}

/** Rows as columns of equal width, two blanks between. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows.reduce<number[]>((most, row) => row.map((cell, i) => Math.max(cell.length, most[i] ?? 0)), []);
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
