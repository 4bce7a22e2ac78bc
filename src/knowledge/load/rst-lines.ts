/** Lines as one. */
export function joined(lines: readonly string[]): string {
  return lines
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .join(" ");
}

/** The first line from `from` on that does not pass. */
export function endOf(lines: readonly string[], from: number, passes: (line: string) => boolean): number {
  let at = from;
  while (at < lines.length && passes(lines[at] ?? "")) at++;
  return at;
}

export function indentedEnd(lines: readonly string[], from: number): number {
  return endOf(lines, from, (line) => line.trim() === "" || line.startsWith(" "));
}

export function dedent(lines: readonly string[]): string[] {
  let indent = Number.POSITIVE_INFINITY;
  for (const line of lines) if (line.trim() !== "") indent = Math.min(indent, line.length - line.trimStart().length);
  return lines.map((line) => line.slice(indent));
}

export function expandTabs(line: string): string {
  if (!line.includes("\t")) return line;
  let expanded = "";
  for (const part of line.split(/(\t)/)) expanded += part === "\t" ? " ".repeat(8 - (expanded.length % 8)) : part;
  return expanded;
}
