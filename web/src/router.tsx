import { createRootRoute, createRoute, createRouter, redirect } from "@tanstack/react-router";
import * as z from "zod";
import { splits } from "./parts/splits.ts";
import { stages } from "./parts/stage-words.ts";
import { turnTabs } from "./parts/turn-tabs.ts";
import { NotFound } from "./shell/not-found.tsx";
import { Shell } from "./shell/shell.tsx";

// The URL holds the whole state of a screen. What does not fit is dropped, so that an old link still opens.
const id = z.string().optional().catch(undefined);
const offset = z.coerce.number().int().nonnegative().optional().catch(undefined);
const document = { doc: id, start: offset, end: offset };
const turn = { turn: id, tab: z.enum(turnTabs).optional().catch(undefined), span: id };

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound });

const home = createRoute({
  getParentRoute: () => root,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/try" });
  },
});

const tryRoute = createRoute({
  getParentRoute: () => root,
  path: "/try",
  validateSearch: z.object({
    app: id,
    session: id,
    trace: z.boolean().optional().catch(undefined),
    replays: z.boolean().optional().catch(undefined),
    ...turn,
    ...document,
  }),
}).lazy(() => import("./places/try/route.tsx").then((module) => module.Route));

const turnsRoute = createRoute({
  getParentRoute: () => root,
  path: "/turns",
  validateSearch: z.object({
    q: id,
    app: id,
    release: id,
    session: id,
    status: z.enum(["done", "failed", "cancelled"]).optional().catch(undefined),
    thumb: z.enum(["up", "down", "none"]).optional().catch(undefined),
    // Typed by hand it is read as a boolean.
    abstained: z
      .union([z.enum(["true", "false"]), z.boolean().transform((value) => (value ? "true" : "false"))])
      .optional()
      .catch(undefined),
    ...turn,
    ...document,
  }),
}).lazy(() => import("./places/turns/route.tsx").then((module) => module.Route));

const besideRoute = createRoute({
  getParentRoute: () => root,
  path: "/turns/beside",
  validateSearch: z.object({ left: id, right: id, ...document }),
}).lazy(() => import("./places/turns/beside-route.tsx").then((module) => module.Route));

const knowledgeRoute = createRoute({
  getParentRoute: () => root,
  path: "/knowledge",
  validateSearch: z.object({
    view: z.enum(["documents", "search", "gaps"]).optional().catch(undefined),
    app: id,
    q: id,
    list: z.enum(["questions", "silent", "documents"]).optional().catch(undefined),
    stage: z.enum(stages).optional().catch(undefined),
    ...turn,
    ...document,
  }),
}).lazy(() => import("./places/knowledge/route.tsx").then((module) => module.Route));

const evaluateRoute = createRoute({
  getParentRoute: () => root,
  path: "/evaluate",
  validateSearch: z.object({
    view: z.enum(["releases", "experiments", "datasets"]).optional().catch(undefined),
    app: id,
    checks: z.boolean().optional().catch(undefined),
    experiment: id,
    slice: id,
    metric: id,
    dataset: id,
    split: z.enum(splits).optional().catch(undefined),
    q: id,
    example: id,
    release: id,
    ...turn,
    ...document,
  }),
}).lazy(() => import("./places/evaluate/route.tsx").then((module) => module.Route));

const improveRoute = createRoute({
  getParentRoute: () => root,
  path: "/improve",
  validateSearch: z.object({
    view: z.enum(["causes", "feedback", "tuning", "loops"]).optional().catch(undefined),
    app: id,
    kind: z.enum(["thumb", "correction", "choice"]).optional().catch(undefined),
    rater: id,
    release: id,
    tuning: id,
    loop: id,
    ...turn,
    ...document,
  }),
}).lazy(() => import("./places/improve/route.tsx").then((module) => module.Route));

export const router = createRouter({
  routeTree: root.addChildren([home, tryRoute, turnsRoute, besideRoute, knowledgeRoute, evaluateRoute, improveRoute]),
  defaultPreload: "intent",
  // A conversation scrolls itself: to a new question, which restoring would undo.
  scrollRestoration: ({ location }) => location.pathname !== "/try",
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
