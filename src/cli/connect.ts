import { dirname, resolve } from "node:path";
import { PawlError } from "#kernel";
import { type Client, createClient } from "#server";
import { progressDrawer } from "./draw.ts";

/** A client of pawl: of the server that holds the app's folder, or of one that this process opens for itself. */
export type Connection = { client: Client; url: string; app: string; close(): Promise<void> };

/** The folder of an app that is named by its folder or its file. */
export function folderOf(app: string): string {
  return resolve(/\.(m?[tj]s)$/.test(app) ? dirname(app) : app);
}

/** How long to wait for a server that holds the folder but does not listen yet. */
const announceMs = 15_000;

/**
 * Connects to the server that holds this app's folder; where none does, opens one in this process, on a free port.
 *
 * @param options.isReady wait until the app's documents are read (default)
 */
export async function connect(app: string, options: { isReady?: boolean } = {}): Promise<Connection> {
  const from = Date.now();
  for (;;) {
    try {
      return await openOwn(app, options.isReady ?? true);
    } catch (error) {
      if (!(error instanceof PawlError) || error.code !== "store-locked") throw error;
      const url = error.details?.url;
      if (typeof url === "string") return await throughServer(url);
      if (Date.now() - from > announceMs) throw error;
      await new Promise((done) => setTimeout(done, 200));
    }
  }
}

async function throughServer(url: string): Promise<Connection> {
  const key = process.env.PAWL_API_KEY;
  const client = createClient({ baseUrl: url, ...(key ? { key } : {}) });
  const { apps } = await client.apps();
  return { client, url, app: apps[0]?.name ?? "", close: async () => {} };
}

async function openOwn(app: string, isReady: boolean): Promise<Connection> {
  const [{ openHost, readConfig }, { startServer }] = await Promise.all([import("#host"), import("#server")]);
  const config = await readConfig({ appFolder: folderOf(app), env: process.env, port: 0 });
  const drawer = progressDrawer();
  const host = await openHost(config, { apps: [app], report: drawer.report });
  const server = await startServer(host);
  host.announce(server.url);
  const client = createClient({ baseUrl: server.url, ...(config.apiKey ? { key: config.apiKey } : {}) });
  const close = async () => {
    await server.close();
    await host.close();
  };
  try {
    const [name] = [...host.apps.keys()];
    if (name !== undefined && isReady) await host.reload(name, { report: drawer.report });
    return { client, url: server.url, app: name ?? "", close };
  } catch (error) {
    await close();
    throw error;
  } finally {
    drawer.end();
  }
}
