export type { ServedApp } from "./apps.ts";
export { collectionOf } from "./apps.ts";
export { type Config, readConfig } from "./config.ts";
export type { Asked, Host } from "./host.ts";

/** Opens everything; see `host.ts`. */
export const openHost: typeof import("./host.ts").openHost = async (...input) =>
  (await import("./host.ts")).openHost(...input);
