import { canonicalJson } from "#kernel";
import type { ReleaseSpec } from "#schema";

/** True where two releases differ in nothing but the documents that were there. */
export function sameButDocuments(a: ReleaseSpec, b: ReleaseSpec): boolean {
  return canonicalJson(withoutDocuments(a)) === canonicalJson(withoutDocuments(b));
}

/** The same release over other documents: what a candidate is compared with, so that only the edit differs. */
export function onDocumentsOf(spec: ReleaseSpec, other: ReleaseSpec): ReleaseSpec {
  const knowledge = Object.entries(spec.knowledge).map(([name, part]) => {
    const documentsVersion = other.knowledge[name]?.documentsVersion ?? part.documentsVersion;
    return [name, { ...part, documentsVersion }] as const;
  });
  return { ...spec, knowledge: Object.fromEntries(knowledge) };
}

function withoutDocuments(spec: ReleaseSpec): ReleaseSpec {
  const knowledge = Object.entries(spec.knowledge).map(
    ([name, part]) => [name, { ...part, documentsVersion: "" }] as const,
  );
  return { ...spec, knowledge: Object.fromEntries(knowledge) };
}

/** What changed from one release to the next, a line for each part: `instructions: 2 lines changed`, `model: a → b`. */
export function changesOf(live: ReleaseSpec, candidate: ReleaseSpec): string[] {
  const changes: string[] = [];
  if (live.instructions !== candidate.instructions) {
    const lines = changedLines(live.instructions, candidate.instructions);
    changes.push(`instructions: ${lines} ${lines === 1 ? "line" : "lines"} changed`);
  }
  const models = (spec: ReleaseSpec) => spec.route.map((step) => step.model).join(", ");
  if (models(live) !== models(candidate)) changes.push(`model: ${models(live)} → ${models(candidate)}`);
  else if (canonicalJson(live.route) !== canonicalJson(candidate.route))
    changes.push(`model: ${models(live)} has another file or version`);
  if (live.answer !== candidate.answer) changes.push(`answer: ${live.answer} → ${candidate.answer}`);
  if (canonicalJson(live.examples) !== canonicalJson(candidate.examples))
    changes.push(`examples: ${live.examples.length / 2} → ${candidate.examples.length / 2}`);
  if (canonicalJson(live.format) !== canonicalJson(candidate.format))
    changes.push(`output: ${live.format.type} → ${candidate.format.type}`);
  const adapter = (spec: ReleaseSpec) => spec.adapter?.sha256.slice(0, 12) ?? "none";
  if (adapter(live) !== adapter(candidate)) changes.push(`adapter: ${adapter(live)} → ${adapter(candidate)}`);
  const reader = (spec: ReleaseSpec) => canonicalJson(spec.reader ?? null);
  if (live.answer === candidate.answer && reader(live) !== reader(candidate))
    changes.push("reader: another file or skill");
  changes.push(...members("sampling", live.sampling, candidate.sampling));
  for (const name of new Set([...Object.keys(live.knowledge), ...Object.keys(candidate.knowledge)])) {
    const [before, after] = [live.knowledge[name], candidate.knowledge[name]];
    if (!before || !after) {
      changes.push(`knowledge ${name}: ${before ? "removed" : "added"}`);
      continue;
    }
    changes.push(...members(`knowledge ${name}`, before.settings, after.settings));
    if (canonicalJson(before.sources) !== canonicalJson(after.sources))
      changes.push(`knowledge ${name}: sources changed`);
    if (before.embedderVersion !== after.embedderVersion) changes.push(`knowledge ${name}: another embedder file`);
    if (before.documentsVersion !== after.documentsVersion) changes.push(`knowledge ${name}: documents changed`);
  }
  if (live.code !== candidate.code) changes.push("code: changed");
  return changes;
}

function members(where: string, before: object, after: object): string[] {
  const [a, b] = [new Map(Object.entries(before)), new Map(Object.entries(after))];
  const names = [...new Set([...a.keys(), ...b.keys()])];
  return names
    .filter((name) => canonicalJson(a.get(name)) !== canonicalJson(b.get(name)))
    .map((name) => `${where} ${name}: ${shown(a.get(name))} → ${shown(b.get(name))}`);
}

function shown(value: unknown): string {
  return value === undefined ? "not set" : canonicalJson(value);
}

/** Lines that are in one text and not in the other, by the longest common subsequence (an edited line counts once). */
function changedLines(before: string, after: string): number {
  const [a, b] = [before.split("\n"), after.split("\n")];
  let above = new Array<number>(b.length + 1).fill(0);
  for (const line of a) {
    const row = [0];
    for (let j = 1; j <= b.length; j++)
      row.push(line === b[j - 1] ? (above[j - 1] ?? 0) + 1 : Math.max(above[j] ?? 0, row[j - 1] ?? 0));
    above = row;
  }
  const common = above[b.length] ?? 0;
  return Math.max(a.length, b.length) - common;
}
