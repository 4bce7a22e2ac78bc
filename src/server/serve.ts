import type { AddressInfo } from "node:net";
import { serve as listen, type ServerType } from "@hono/node-server";
import { Hono } from "hono";
import { compress } from "hono/compress";
import type { Host } from "#host";
import { PawlError, version } from "#kernel";
import { serveConsole } from "./console.ts";
import { contract } from "./contract.ts";
import { guardRequests } from "./guard.ts";
import { type Handlers, handlersOf } from "./handlers.ts";
import { errorResponse, readInput } from "./http.ts";
import type { Route } from "./route.ts";

/** How long a stop waits for answers that are being written. */
const drainMs = 10_000;

/** The HTTP application over a host: the contract's requests, the API's document, the console. */
export function createApp(host: Host): Hono {
  const app = new Hono();
  app.onError((error, c) => {
    if (process.env.PAWL_DEBUG) console.error(error);
    return errorResponse(c.req.path, error);
  });
  app.use(guardRequests({ apiKey: host.config.apiKey }));

  const handlers: Handlers = handlersOf(host);
  for (const [name, route] of Object.entries<Route>(contract)) {
    // The table's types tie each handler to its route; a loop over names cannot see that.
    const handle = handlers[name as keyof Handlers] as (parts: unknown, c: unknown) => Promise<unknown>;
    app.on(route.method, route.path.replace(/\{(\w+)\}/g, ":$1"), async (c) => {
      const out = await handle(await readInput(route, c), c);
      if (out instanceof Response) return out;
      if (route.out === "text")
        return c.body(String(out), 200, {
          "content-type": "text/plain; charset=utf-8",
          "x-content-type-options": "nosniff",
        });
      // The status of a route is one that has a body.
      return c.json(out as object, (route.status ?? 200) as 200);
    });
  }

  let document: Promise<object> | undefined; // made when it is asked for: it takes a while
  app.get("/openapi.json", async (c) => {
    document ??= import("./openapi.ts").then(({ openApiDocument }) => openApiDocument(version));
    return c.json(await document);
  });
  app.get("/docs/:file?", async (c) => {
    const { docsPage } = await import("./openapi.ts");
    const page = await docsPage(c.req.path);
    return page ? c.body(page.body, 200, { "content-type": page.type }) : c.notFound();
  });
  app.all("/v1/*", (c) => errorResponse(c.req.path, notHere(c.req.method, c.req.path)));
  app.all("/api/*", (c) => errorResponse(c.req.path, notHere(c.req.method, c.req.path)));
  app.get("*", compress(), serveConsole);
  return app;
}

function notHere(method: string, path: string): PawlError {
  return new PawlError("not-found", `There is no ${method} ${path}.`, {
    hint: "The OpenAPI document at /openapi.json lists what there is.",
  });
}

export type Server = { url: string; close(): Promise<void> };

/**
 * Listens as the host's configuration says.
 *
 * @throws PawlError `port-taken`, `bind-refused`
 */
export async function startServer(host: Host): Promise<Server> {
  const { hostname, port } = host.config;
  const app = createApp(host);
  const server = await new Promise<ServerType>((resolve, reject) => {
    const started = listen({ fetch: app.fetch, hostname, port });
    started.once("listening", () => resolve(started));
    started.once("error", (error: NodeJS.ErrnoException) => reject(listenError(error, hostname, port)));
  });
  const address = server.address() as AddressInfo; // a TCP server that listens has one
  const name = hostname.includes(":") ? `[${hostname}]` : hostname;
  return {
    url: `http://${name}:${address.port}`,
    async close() {
      const ended = new Promise<void>((resolve) => server.close(() => resolve()));
      if ("closeIdleConnections" in server) server.closeIdleConnections();
      const drained = new Promise<void>((resolve) => setTimeout(resolve, drainMs).unref());
      await Promise.race([ended, drained]);
      if ("closeAllConnections" in server) server.closeAllConnections();
    },
  };
}

function listenError(cause: NodeJS.ErrnoException, hostname: string, port: number): PawlError {
  if (cause.code === "EADDRINUSE") {
    return new PawlError("port-taken", `Port ${port} is taken.`, {
      hint: "Stop what listens there, or set PAWL_PORT to another port (0 takes any free one).",
      cause,
    });
  }
  return new PawlError("bind-refused", `pawl cannot listen on ${hostname}:${port}: ${cause.message}.`, {
    hint: "Choose another address or port.",
    cause,
  });
}
