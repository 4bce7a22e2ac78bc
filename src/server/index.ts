export { type Client, ClientError, type ClientOptions, createClient } from "./client.ts";
export { type Contract, contract } from "./contract.ts";
export type { RouteInput, RouteOutput } from "./route.ts";
export type { Server } from "./serve.ts";

/** Listens; see `serve.ts`. */
export const startServer: typeof import("./serve.ts").startServer = async (host) =>
  (await import("./serve.ts")).startServer(host);

/** Loads what `startServer` needs; for who has to wait for something else meanwhile. */
export const loadServer = async (): Promise<void> => {
  await import("./serve.ts");
};
