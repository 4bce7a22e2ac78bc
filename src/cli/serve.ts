import { openHost, readConfig } from "#host";
import { asPawlError } from "#kernel";
import { startServer } from "#server";
import { folderOf } from "./connect.ts";
import { bold, dim, drawError, print, progressDrawer, say } from "./draw.ts";

/** Signals closer to each other than this are one press of a key. */
const sameKeyMs = 300;

/** `pawl serve` and `pawl dev`: until Ctrl-C or SIGTERM; answers that are being written are finished first. */
export async function serve(
  paths: string[],
  options: { port?: number; host?: string; collect?: boolean; isWatching: boolean },
): Promise<number> {
  const config = await readConfig({
    appFolder: folderOf(paths[0] ?? "."),
    env: process.env,
    ...(options.port === undefined ? {} : { port: options.port }),
    ...(options.host === undefined ? {} : { hostname: options.host }),
  });
  const drawer = progressDrawer();
  const host = await openHost(config, {
    apps: options.collect ? [] : paths,
    report: drawer.report,
    answersWith: options.isWatching ? "candidate" : "live",
  });
  const server = await startServer(host).catch(async (error) => {
    await host.close();
    throw error;
  });
  host.announce(server.url);
  print(`pawl: ${server.url}`);
  say(dim(`      API ${server.url}/docs · folder ${config.folder}`));
  if (options.collect) say(dim("      no app: calls of other programs are recorded (docs/bring-your-own.md)"));

  const stop = new AbortController();
  let askedMs = 0;
  const stopped = new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      process.on(signal, () => {
        // One Ctrl-C may come twice, from the terminal and from the bootstrap; a person's second means "at once".
        if (stop.signal.aborted && performance.now() - askedMs > sameKeyMs) process.exit(130);
        if (stop.signal.aborted) return;
        askedMs = performance.now();
        stop.abort();
        resolve();
      });
    }
  });

  const load = async (name: string) => {
    try {
      const release = await host.reload(name, { signal: stop.signal, report: drawer.report });
      drawer.end();
      say(`${bold(name)} is ready ${dim(`(${release.id})`)}`);
    } catch (error) {
      drawer.end();
      if (!stop.signal.aborted) drawError(error);
    }
  };
  const watching = options.isWatching ? (await import("./watch.ts")).watchApps(host, load) : undefined;
  const loading = watching ? undefined : Promise.all([...host.apps.keys()].map(load));

  await stopped;
  say(dim("pawl: finishing what is being answered"));
  await watching?.close();
  await server.close();
  await loading;
  await host.close().catch((error) => drawError(asPawlError(error)));
  return 0;
}
