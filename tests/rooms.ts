import { parseSync, Visitor } from "oxc-parser";

/** The order of rooms: a line imports only lines below it; rooms on one line do not import each other. */
export const lines: readonly (readonly string[])[] = [
  ["cli"],
  ["server"],
  ["host"],
  ["improve", "assess", "lab"],
  ["ship"],
  ["tune", "feedback", "monitor"],
  ["evaluate"],
  ["app"],
  ["data"],
  ["agent", "knowledge", "guard", "memory"],
  ["gateway"],
  ["models"],
  ["trace"],
  ["store", "tensor", "stats"],
  ["schema"],
  ["kernel"],
];

const levelOf = new Map(lines.flatMap((rooms, level) => rooms.map((room) => [room, level] as const)));

/** One import in one file: what was asked for, in which line, and whether it is loaded when the file is. */
export type Import = { specifier: string; line: number; atLoad: boolean };

/** Every import of a file: static, dynamic, of types (`import type`, `import("x").T`), and re-exports. */
export function importsOf(file: string, source: string): Import[] {
  const parsed = parseSync(file, source);
  const broken = parsed.errors[0];
  if (broken !== undefined) throw new Error(`${file} does not parse: ${broken.message}`);
  const found: Import[] = [];
  const add = (specifier: string, start: number, atLoad: boolean) =>
    found.push({ specifier, line: source.slice(0, start).split("\n").length, atLoad });
  new Visitor({
    ImportDeclaration: (node) => add(node.source.value, node.start, node.importKind !== "type"),
    ExportAllDeclaration: (node) => add(node.source.value, node.start, node.exportKind !== "type"),
    ExportNamedDeclaration: (node) => {
      if (node.source !== null) add(node.source.value, node.start, node.exportKind !== "type");
    },
    ImportExpression: (node) => {
      const { source: asked } = node;
      if (asked.type === "Literal" && typeof asked.value === "string") add(asked.value, node.start, false);
      else if (asked.type === "TemplateLiteral")
        add(asked.quasis.map((quasi) => quasi.value.raw).join("*"), node.start, false);
    },
    TSImportType: (node) => add(node.source.value, node.start, false),
    TSExternalModuleReference: (node) => add(node.expression.value, node.start, true),
  }).visit(parsed.program);
  return found;
}

/** Why one import of a file (path from the repository's root, with `/`) breaks the rule; undefined when it keeps it. */
export function breach(file: string, { specifier }: Import): string | undefined {
  const [top, room = "", ...rest] = file.split("/");
  if (top === "web") return insideOr(file, "web/", specifier, ["pawl/client"]);
  if (top === "examples" || top === "recipes") return insideOr(file, `${top}/${room}/`, specifier, ["pawl", "pawl/*"]);
  if (top !== "src") return undefined;
  if (rest.length === 0) return undefined; // src/index.ts is the package's face: it may name every door
  const level = levelOf.get(room);
  if (level === undefined) return `src/${room} is in no line of the room table (tests/rooms.ts, DESIGN §3)`;
  if (/^[.#].*\*/.test(specifier)) return "the build cannot follow a computed import; name each file";
  if (specifier === "pawl" || specifier.startsWith("pawl/")) return "a room does not import the package it is part of";
  if (specifier.startsWith(".")) {
    const path = resolved(file, specifier);
    if (file.endsWith(".test.ts") && path.startsWith("tests/")) return undefined; // real parts that tests share
    return path.startsWith(`src/${room}/`) ? undefined : `leaves the room; use its door (#room)`;
  }
  if (!specifier.startsWith("#")) return undefined;
  const asked = specifier.slice(1);
  const below = levelOf.get(asked);
  if (below === undefined) return `${specifier} is no room's door`;
  if (asked === room) return "inside a room imports are relative";
  if (below === level) return `${room} and ${asked} are on one line`;
  return below > level ? undefined : `${asked} is above ${room}`;
}

/** Relative imports stay in `folder`; of pawl only `doors` may be named; other packages are free. */
function insideOr(file: string, folder: string, specifier: string, doors: readonly string[]): string | undefined {
  if (specifier.startsWith(".")) {
    return resolved(file, specifier).startsWith(folder)
      ? undefined
      : `leaves ${folder}; only ${doors[0]} is known here`;
  }
  if (specifier.startsWith("#")) return `a room's door is not known here; only ${doors[0]} is`;
  if (specifier !== "pawl" && !specifier.startsWith("pawl/")) return undefined;
  const known = doors.some(
    (door) => door === specifier || (door.endsWith("*") && specifier.startsWith(door.slice(0, -1))),
  );
  return known ? undefined : `only ${doors[0]} is known here`;
}

/** A relative specifier as a path from the repository's root. */
export function resolved(file: string, specifier: string): string {
  const path = file.split("/").slice(0, -1);
  for (const part of specifier.split("/")) {
    if (part === "..") path.pop();
    else if (part !== ".") path.push(part);
  }
  return path.join("/");
}
