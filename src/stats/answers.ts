/** The normal form of SQuAD's official evaluation (v1.1): lower case, no punctuation, no articles, single spaces. */
export function normalizeAnswer(text: string): string {
  return text
    .toLowerCase()
    .replace(/[!-/:-@[-`{-~]/g, "")
    .replace(/\b(?:a|an|the)\b/g, " ")
    .replace(/\s+/g, " ")
    .trim();
}

/** 1 where an answer equals one of the references in normal form, else 0. */
export function exactMatch(answer: string, references: readonly string[]): number {
  const normal = normalizeAnswer(answer);
  return references.some((reference) => normalizeAnswer(reference) === normal) ? 1 : 0;
}

/** F1 over tokens (as a bag) against the reference that fits best, as SQuAD's evaluation makes it. */
export function tokenF1(answer: string, references: readonly string[]): number {
  return references.reduce((best, reference) => Math.max(best, f1(tokens(answer), tokens(reference))), 0);
}

function tokens(text: string): string[] {
  return normalizeAnswer(text).split(" ").filter(Boolean);
}

function f1(answer: readonly string[], reference: readonly string[]): number {
  const left = new Map<string, number>();
  for (const token of reference) left.set(token, (left.get(token) ?? 0) + 1);
  let common = 0;
  for (const token of answer) {
    const count = left.get(token) ?? 0;
    if (count > 0) common++;
    left.set(token, count - 1);
  }
  if (common === 0) return 0;
  const precision = common / answer.length;
  const recall = common / reference.length;
  return (2 * precision * recall) / (precision + recall);
}
