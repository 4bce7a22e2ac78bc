/** A text with its variables filled in, or what it uses that is not filled in here. */
export type Rendered = { text: string } | { unsupported: string };

/**
 * Fills `{{ name }}`, `{{ name.member }}` and `{{ name[0] }}` in, as nunjucks does without escaping: an unknown variable
 * is nothing. Anything else of that language (filters, blocks) is named instead.
 */
export function fillIn(template: string, variables: Readonly<Record<string, unknown>>): Rendered {
  const block = /\{%.*?%\}|\{#.*?#\}/s.exec(template);
  if (block) return { unsupported: block[0] };
  let unsupported: string | undefined;
  const text = template.replace(/\{\{-?(.*?)-?\}\}/gs, (whole, inside: string) => {
    const path = /^\s*([A-Za-z_$][\w$]*)((?:\.[A-Za-z_$][\w$]*|\[\d+\])*)\s*$/.exec(inside);
    if (!path || path[1] === "env") {
      unsupported ??= whole;
      return whole;
    }
    const members = [path[1]!, ...[...(path[2] ?? "").matchAll(/[\w$]+/g)].map(([name]) => name)];
    return asText(members.reduce<unknown>(memberOf, variables));
  });
  return unsupported === undefined ? { text } : { unsupported };
}

/** Variables whose values are templates themselves are filled in from the others, a few levels deep. */
export function resolveVariables(variables: Readonly<Record<string, unknown>>): Record<string, unknown> {
  let resolved: Record<string, unknown> = { ...variables };
  for (let level = 0; level < 5; level += 1) {
    const next = Object.fromEntries(
      Object.entries(resolved).map(([name, value]) => {
        if (typeof value !== "string" || !value.includes("{{")) return [name, value];
        const { [name]: _, ...others } = resolved;
        const filled = fillIn(value, others);
        return [name, "text" in filled ? filled.text : value];
      }),
    );
    if (Object.keys(next).every((name) => next[name] === resolved[name])) break;
    resolved = next;
  }
  return resolved;
}

/** The names of the variables that a template uses. */
export function variablesOf(template: string): string[] {
  return [...template.matchAll(/\{\{-?\s*([A-Za-z_$][\w$]*)/g)].map(([, name = ""]) => name);
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
  return new Map<string, unknown>(Object.entries(value)).get(name);
}

function asText(value: unknown): string {
  if (value === undefined || value === null) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
