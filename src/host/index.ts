export type { ServedApp } from "./apps.ts";
export { collectionOf } from "./apps.ts";
export { type Config, readConfig } from "./config.ts";
export type { Asked, ReplayOptions } from "./core.ts";
export { syncDatasets, textOf } from "./datasets.ts";
export type { Place } from "./found-at.ts";
export type { Host } from "./host.ts";
export type { Pawl } from "./open.ts";
export { readSettings, writeSettings } from "./settings.ts";

/** Opens everything; see `host.ts`. */
export const openHost: typeof import("./host.ts").openHost = async (...input) =>
  (await import("./host.ts")).openHost(...input);

/** Opens one app without a server; see `open.ts`. */
export const openPawl: typeof import("./open.ts").openPawl = async (options) =>
  (await import("./open.ts")).openPawl(options);
