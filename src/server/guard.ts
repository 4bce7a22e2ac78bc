import { createHash, timingSafeEqual } from "node:crypto";
import type { MiddlewareHandler } from "hono";
import { PawlError } from "#kernel";

const loopbackHosts = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/;

/**
 * Who may ask. With a key: whoever sends it (`authorization: Bearer …`); the console's own files and `/health` are open.
 * Without one the server listens on loopback only, and a browser that was sent there by another site is refused: the
 * request's `host` must be a loopback name (DNS rebinding), its `origin` our own (cross-site requests).
 */
export function guardRequests(options: { apiKey: string | undefined }): MiddlewareHandler {
  return async (c, next) => {
    const origin = c.req.header("origin");
    const host = c.req.header("host") ?? "";
    if (options.apiKey === undefined) {
      if (!loopbackHosts.test(host))
        throw new PawlError("forbidden", `Requests to the host "${host}" are refused.`, {
          hint: "Ask 127.0.0.1 or localhost, or set PAWL_API_KEY.",
        });
      if (origin !== undefined && !sameOrigin(origin, host))
        throw new PawlError("forbidden", `Requests from ${origin} are refused.`, {
          hint: "Let a server of yours ask, or serve the page and pawl behind one proxy, with PAWL_API_KEY.",
        });
    } else if (needsKey(c.req.path) && !sameText(c.req.header("authorization") ?? "", `Bearer ${options.apiKey}`)) {
      throw new PawlError("unauthorized", "The API key is missing or wrong.", {
        hint: "Send `authorization: Bearer KEY` with the server's PAWL_API_KEY.",
      });
    }
    await next();
  };
}

/**
 * Refuses names of places on the server's side, addresses and files, where others than this machine's user may ask: they
 * would be a way into its network (SSRF) and its disk.
 *
 * @throws PawlError `forbidden`
 */
export function refusePlaces(places: readonly string[], config: { mayNamePlaces: boolean }, hint: string): void {
  const [place] = places;
  if (config.mayNamePlaces || place === undefined) return;
  throw new PawlError("forbidden", `A request to a server with a key may not name ${place}.`, { hint });
}

/** As {@link refusePlaces}, of a model that is named by its address (`url:…`) or its file (`file:…`). */
export function refusePlaceOfModel(model: string, config: { mayNamePlaces: boolean }): void {
  const hint = "Configure a provider in pawl.config.ts, or name the model in the app.";
  refusePlaces(/^(url|file):/.test(model) ? [model] : [], config, hint);
}

function needsKey(path: string): boolean {
  return path.startsWith("/v1/") || path.startsWith("/api/");
}

function sameOrigin(origin: string, host: string): boolean {
  try {
    return new URL(origin).host === host;
  } catch {
    return false;
  }
}

function sameText(a: string, b: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
