import { evaluateRoutes } from "./contract/evaluate.ts";
import { hostRoutes } from "./contract/host.ts";
import { benchRoutes, causesRoutes, feedbackRoutes, loopRoutes } from "./contract/improve.ts";
import { knowledgeRoutes } from "./contract/knowledge.ts";
import { openaiRoutes } from "./contract/openai.ts";
import { questionsRoutes } from "./contract/questions.ts";
import { shipRoutes } from "./contract/ship.ts";
import { turnsRoutes } from "./contract/turns.ts";
import type { Route } from "./route.ts";

/** Every request that pawl answers. Paths under `/v1` are other programs' protocols. */
export const contract = {
  ...hostRoutes,
  ...openaiRoutes,
  ...turnsRoutes,
  ...knowledgeRoutes,
  ...evaluateRoutes,
  ...shipRoutes,
  ...feedbackRoutes,
  ...causesRoutes,
  ...loopRoutes,
  ...benchRoutes,
  ...questionsRoutes,
} as const satisfies Record<string, Route>;

export type Contract = typeof contract;
