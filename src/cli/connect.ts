import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { PawlError, type Report } from "#kernel";
import type { Client } from "#server";
import { homeOf, openStore, type Store } from "#store";
import { progressDrawer } from "./draw.ts";

/** A client of pawl: of the server that holds the app's folder, or of one that this process opens for itself. */
export type Connection = { client: Client; url: string; app: string; close(): Promise<void> };

/** The folder of an app that is named by its folder, its file, or the name that it has in the current folder's pawl. */
export function folderOf(app: string): string {
  if (isServedName(app)) return resolve(".");
  return resolve(/\.(m?[tj]s)$/.test(app) ? dirname(app) : app);
}

/** pawl's own folder for an app. */
function pawlFolder(app: string): string {
  return resolve(process.env.PAWL_HOME ?? join(folderOf(app), ".pawl"));
}

function isServedName(app: string): boolean {
  return /^[a-z0-9][a-z0-9-]*$/.test(app) && !existsSync(app);
}

/** How long to wait for a server that holds the folder but does not listen yet. */
const announceMs = 15_000;

/** `isReady`: wait until the app's documents are read (default). `isAppNeeded`: without an app there is nothing to do (default). */
type ConnectOptions = { isReady?: boolean; isAppNeeded?: boolean };
type Need = Required<ConnectOptions>;

/**
 * Connects to the server that holds this app's folder; where none does, opens one in this process, on a free port. A
 * folder without an app whose store holds turns of other programs is opened too, unless the app must be ready.
 *
 * @throws PawlError `app-file-missing` where there is neither an app nor a store; none is made then
 */
export async function connect(app: string, options: ConnectOptions = {}): Promise<Connection> {
  const need = { isReady: true, isAppNeeded: true, ...options };
  const from = Date.now();
  for (;;) {
    try {
      return await openOwn(app, need);
    } catch (error) {
      if (!(error instanceof PawlError) || error.code !== "store-locked") throw error;
      const { url, pid } = error.details ?? {};
      const connection = typeof url === "string" ? await throughServer(url, app, need).catch(unlessSilent) : null;
      if (connection) return connection;
      if (Date.now() - from > announceMs) {
        throw new PawlError("store-locked", `${error.message} It does not answer.`, {
          hint: `End that process${pid === undefined ? "" : ` (${pid})`}, or set PAWL_HOME to another folder.`,
          cause: error,
        });
      }
      await new Promise((done) => setTimeout(done, 200));
    }
  }
}

/** A server that starts or stops has the lock and takes no connection: null. What it answers is thrown on. */
function unlessSilent(error: unknown): null {
  if (error instanceof TypeError && error.message === "fetch failed") return null;
  throw error;
}

async function throughServer(url: string, app: string, { isReady }: Need): Promise<Connection> {
  const key = process.env.PAWL_API_KEY;
  const { createClient } = await import("#server");
  const client = createClient({ baseUrl: url, ...(key ? { key } : {}) });
  const { apps } = await client.apps();
  if (apps.length === 0 && !isReady) return { client, url, app: "", close: async () => {} };
  const name = await nameOf(
    app,
    apps.map((served) => served.name),
  );
  if (isReady) await untilReady(client, name);
  return { client, url, app: name, close: async () => {} };
}

/** Waits while the server reads the app's documents; why an app failed is what asking it says. */
async function untilReady(client: Client, name: string): Promise<void> {
  const drawer = progressDrawer();
  try {
    for (;;) {
      const served = (await client.health()).apps.find((one) => one.name === name);
      if (served?.state !== "loading" && served?.state !== "ingesting") return;
      drawer.report(served.progress ?? { task: `the running pawl is loading ${name}`, done: 0 });
      await new Promise((done) => setTimeout(done, 200));
    }
  } finally {
    drawer.end();
  }
}

/** Which of a server's apps is meant. */
async function nameOf(app: string, served: readonly string[]): Promise<string> {
  const [only] = served;
  if (served.length === 1 && only !== undefined && !isServedName(app)) return only;
  const { loadApp } = await import("#app");
  const name = isServedName(app) ? app : (await loadApp(app)).app.name;
  if (served.includes(name)) return name;
  throw new PawlError("app-unknown", `The running pawl does not serve ${name}.`, {
    hint: `It serves: ${served.join(", ")}.`,
  });
}

async function openOwn(app: string, need: Need): Promise<Connection> {
  const drawer = progressDrawer();
  const { report } = drawer;
  const home = homeOf(pawlFolder(app), process.env);
  const isEmbedded = home.kind === "embedded";
  // A database that is there opens in a thread of its own while everything else is loaded.
  const store = isEmbedded && existsSync(home.folder) ? openStore(home, { report, isBrief: true }) : undefined;
  store?.catch(() => {}); // it is told where the store is awaited
  setImmediate(() => globalThis.Headers); // so does Node's own HTTP client, at its first use
  let isTaken = false;
  try {
    return await openAround(app, need, {
      report,
      take: () => {
        isTaken = true;
        return store;
      },
    });
  } finally {
    drawer.end();
    if (!isTaken) await store?.then((opened) => opened.close()).catch(() => {}); // what went wrong before is the error
  }
}

/** `take` gives the store that is being opened, if any; whoever takes it closes it. */
async function openAround(
  app: string,
  { isReady, isAppNeeded }: Need,
  { report, take }: { report: Report; take: () => Promise<Store> | undefined },
): Promise<Connection> {
  const [{ openHost, readConfig }, { createClient, loadServer, startServer }] = await Promise.all([
    import("#host"),
    import("#server"),
  ]);
  const read = await readConfig({ appFolder: folderOf(app), env: process.env, port: 0, hostname: "127.0.0.1" });
  const config = { ...read, mayNamePlaces: true }; // the command's own server: who asks is who runs it
  const path = isServedName(app) ? "." : app;
  const isNeeded = isReady || (isAppNeeded && !existsSync(config.folder));
  const { findAppFile } = await import("#app");
  const apps = await findAppFile(path).then(
    () => [path],
    (missing) => (isNeeded ? Promise.reject(missing) : []),
  );
  const [host] = await Promise.all([openHost(config, { apps, report, store: take() }), loadServer()]);
  const server = await startServer(host).catch(async (error) => {
    await host.close();
    throw error;
  });
  host.announce(server.url);
  const client = createClient({ baseUrl: server.url, ...(config.apiKey ? { key: config.apiKey } : {}) });
  const close = async () => {
    await server.close();
    await host.close();
  };
  try {
    const name = isServedName(app) ? host.app(app).name : ([...host.apps.keys()][0] ?? "");
    if (isReady) await host.reload(name, { report });
    return { client, url: server.url, app: name, close };
  } catch (error) {
    await close();
    throw error;
  }
}
