import { PawlError } from "#kernel";
import type { TuneLine } from "#schema";

/** One line in so many validates, at most `most` of them; lines over the same passages stay together. */
const validationEvery = 20;
const usualValidation = 48;

/**
 * Lines to train on and lines to validate on.
 *
 * @throws PawlError `dataset-empty` where there are too few for both
 */
export function dividedLines(
  lines: readonly TuneLine[],
  most = usualValidation,
): { train: TuneLine[]; validation: TuneLine[] } {
  if (lines.length < 4)
    throw new PawlError("dataset-empty", `${lines.length} lines are too few to train on and to validate on.`, {
      hint: "Give at least 4; a few hundred are a good beginning.",
    });
  const every = Math.max(2, Math.min(validationEvery, lines.length));
  const groups = new Map<string, TuneLine[]>();
  for (const line of lines) {
    const key = line.passages.length > 0 ? line.passages.join("\n") : line.question;
    groups.set(key, [...(groups.get(key) ?? []), line]);
  }
  const train: TuneLine[] = [];
  const validation: TuneLine[] = [];
  for (const [at, group] of [...groups.values()].entries())
    (at % every === every - 1 && validation.length < most ? validation : train).push(...group);
  if (validation.length === 0) validation.push(...train.splice(-1));
  return { train, validation };
}
