/** True when this code runs as written (sources, types stripped by Node); false in the built package. */
export const fromSource = import.meta.url.endsWith(".ts");

/** Arguments that a child Node process or a worker thread of pawl needs in order to resolve `#room` as its parent does. */
export const nodeArguments: readonly string[] = fromSource
  ? ["--conditions=pawl-source", "--no-warnings"]
  : ["--no-warnings"];

/** The URL of a sibling module of `from` (its `import.meta.url`), with the extension that this run uses: `sibling(import.meta.url, "./engine")`. */
export function sibling(from: string, path: string): URL {
  return new URL(`${path}${fromSource ? ".ts" : ".js"}`, from);
}
