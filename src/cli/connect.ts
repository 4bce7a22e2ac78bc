import { dirname, resolve } from "node:path";
import type { Client } from "#server";
import { createClient } from "#server";
import { progressDrawer } from "./draw.ts";

/** A client of pawl: of the server that holds the app's folder, or of one that this process opens for itself. */
export type Connection = { client: Client; url: string; app: string; close(): Promise<void> };

/** The folder of an app that is named by its folder or its file. */
export function folderOf(app: string): string {
  return resolve(/\.(m?[tj]s)$/.test(app) ? dirname(app) : app);
}

/**
 * Connects to the server that runs for this app's folder; where none does, opens one in this process, on a free port,
 * and waits until its documents are read.
 */
export async function connect(app: string, options: { isReady?: boolean } = {}): Promise<Connection> {
  const { readConfig, openHost } = await import("#host");
  const { startServer } = await import("#server");
  const { ownerOf } = await import("#store");
  const config = await readConfig({ appFolder: folderOf(app), env: process.env, port: 0 });
  const key = config.apiKey ? { key: config.apiKey } : {};
  const running = config.home.kind === "embedded" ? await ownerOf(config.home.folder) : null;
  if (running?.url) {
    const client = createClient({ baseUrl: running.url, ...key });
    return { client, url: running.url, app: await nameOf(client), close: async () => {} };
  }
  const drawer = progressDrawer();
  const host = await openHost(config, { apps: [app], report: drawer.report });
  const server = await startServer(host);
  const client = createClient({ baseUrl: server.url, ...key });
  const close = async () => {
    await server.close();
    await host.close();
  };
  try {
    const [name] = [...host.apps.keys()];
    if (name !== undefined && options.isReady !== false) await host.reload(name, { report: drawer.report });
    drawer.end();
    return { client, url: server.url, app: name ?? "", close };
  } catch (error) {
    drawer.end();
    await close();
    throw error;
  }
}

async function nameOf(client: Client): Promise<string> {
  const { apps } = await client.apps();
  return apps[0]?.name ?? "";
}
