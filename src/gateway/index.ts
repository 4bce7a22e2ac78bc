export { createModels, type Gateway, type ModelsOptions } from "./models.ts";
export { costOf, Price, priceOf } from "./prices.ts";
export { chatRoute, type Routed, type RouteNote } from "./route.ts";
