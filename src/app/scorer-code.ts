import { dirname } from "node:path";
import { hashOf } from "#kernel";
import { bare, hashCode, type parseSource, resolveFile } from "./code.ts";

type Parsed = Awaited<ReturnType<typeof parseSource>>;

/**
 * The hash of each scorer's code: its own syntax tree, and what of the app file and of the user's other files it uses.
 * So an edit of the instructions leaves a scorer what it was. Where a scorer does not stand in the file as
 * `evals: { scorers: { name: … } }`, all code counts.
 */
export async function scorerVersions(of: {
  file: string;
  program: Parsed["program"];
  module: Parsed["module"];
  /** The object that `defineApp` is given, as written. */
  app: unknown;
  names: readonly string[];
  code: string;
}): Promise<Record<string, string>> {
  const declared = declarations(of.program);
  const imported = new Map(
    of.module.staticImports.flatMap(({ moduleRequest, entries }) =>
      entries.map((entry) => [entry.localName.value, moduleRequest.value] as const),
    ),
  );
  const scorers = property(property(of.app, "evals"), "scorers");
  const versions: [string, string][] = [];
  for (const name of of.names) {
    const node = property(scorers, name);
    versions.push([name, node === undefined ? of.code : await versionOf(node)]);
  }
  return Object.fromEntries(versions);

  async function versionOf(node: unknown): Promise<string> {
    const parts = new Map<string, unknown>();
    const modules = new Set<string>();
    const queue = identifiers(node);
    for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
      const module = imported.get(name);
      if (module !== undefined) modules.add(module);
      const used = declared.get(name);
      if (used === undefined || parts.has(name)) continue;
      parts.set(name, bare(used));
      queue.push(...identifiers(used));
    }
    const files = await Promise.all([...modules].sort().map(fileOf));
    return hashOf({ own: bare(node), parts: [...parts].sort(([a], [b]) => (a < b ? -1 : 1)), files });
  }

  async function fileOf(specifier: string): Promise<string> {
    const file = specifier.startsWith(".") ? await resolveFile(dirname(of.file), specifier) : null;
    return file === null ? specifier : (await hashCode(file)).hash;
  }
}

/** As much of a syntax tree as is walked here. */
type Node = {
  type?: string;
  name?: string;
  id?: Node;
  declaration?: unknown;
  declarations?: Node[];
  body?: unknown;
  properties?: Node[];
  key?: { name?: string; value?: unknown };
  value?: unknown;
};

/** Functions, classes and values at the top of the file, by name. */
function declarations(program: unknown): Map<string, unknown> {
  const { body } = program as { body: Node[] }; // a program is statements
  const found = new Map<string, unknown>();
  for (const statement of body) {
    const inner = statement.type === "ExportNamedDeclaration" ? (statement.declaration as Node | null) : statement; // a statement or none
    if (inner?.declarations) for (const one of inner.declarations) if (one.id?.name) found.set(one.id.name, one);
    if (inner?.id?.name) found.set(inner.id.name, inner);
  }
  return found;
}

function property(value: unknown, name: string): unknown {
  const node = value as Node | undefined; // an expression or nothing; every member is looked at before it is used
  return node?.properties?.find(({ key }) => key?.name === name || key?.value === name)?.value;
}

function identifiers(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(identifiers);
  if (typeof value !== "object" || value === null) return [];
  const node = value as Node; // a syntax tree is objects and arrays
  if (node.type === "Identifier" && node.name !== undefined) return [node.name];
  return Object.values(value).flatMap(identifiers);
}
