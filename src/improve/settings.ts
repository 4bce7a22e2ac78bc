import { type KnowledgeOverride, KnowledgeSettings, type ReleaseSpec } from "#schema";

/** Another value of one retrieval setting. */
export type SettingArm = { name: string; change: KnowledgeOverride };

const defaults = KnowledgeSettings.parse({});

/**
 * What else retrieval could be set to, one change at a time, cheapest first: what an index has answers at once, another
 * chunk size wants a new one. A setting that differs from the default is tried at the default.
 */
export function settingArms(now: KnowledgeSettings): SettingArm[] {
  const arm = (change: KnowledgeOverride): SettingArm => ({
    name: Object.entries(change)
      .map(([name, value]) => `${name}: ${JSON.stringify(value)}`)
      .join(", "),
    change,
  });
  const others = (["sum", "rrf", "bm25", "vector"] as const).filter((fusion) => fusion !== now.fusion);
  const back = (["candidates", "minSupport", "queryPrefix", "pooling", "queryPooling", "embedder"] as const)
    .filter((name) => JSON.stringify(now[name]) !== JSON.stringify(defaults[name]))
    .map((name) => arm({ [name]: defaults[name] }));
  const sizes = [
    defaults.chunkTokens,
    Math.min(512, now.chunkTokens * 2),
    Math.max(8, Math.round(now.chunkTokens / 2)),
  ];
  return [
    ...[5, 10, 20].filter((passages) => passages > now.passages).map((passages) => arm({ passages })),
    ...back,
    ...others.map((fusion) => arm({ fusion })),
    ...[...new Set(sizes)].filter((size) => size !== now.chunkTokens).map((chunkTokens) => arm({ chunkTokens })),
    // Last of equals: more is answered, also of what the documents do not say.
    ...[0.35, 0.2].filter((minSupport) => minSupport < now.minSupport).map((minSupport) => arm({ minSupport })),
  ];
}

/** How sure a sentence must be to be an answer, where answers are given that the documents do not hold. */
export function stricterArms(now: KnowledgeSettings): SettingArm[] {
  return [0.6, 0.7, 0.8, 0.9]
    .filter((minSupport) => minSupport > now.minSupport)
    .map((minSupport) => ({ name: `minSupport: ${minSupport}`, change: { minSupport } }));
}

/** The spec with this change in every collection. */
export function withSettings(spec: ReleaseSpec, change: KnowledgeOverride): ReleaseSpec {
  const knowledge = Object.entries(spec.knowledge).map(([name, one]) => [
    name,
    { ...one, settings: { ...one.settings, ...change } },
  ]);
  return { ...spec, knowledge: Object.fromEntries(knowledge) };
}
