import { readFile } from "node:fs/promises";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import type { MiddlewareHandler } from "hono";
import { fromSource } from "#kernel";

/** Where the built console lies: `web/dist` in the repository, `dist/web` in the package. */
const folder = fileURLToPath(new URL(fromSource ? "../../web/dist/" : "../web/", import.meta.url));

const types: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".woff2": "font/woff2",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".json": "application/json",
};

/** Nothing but our own files runs; whatever text a document holds, it is text. */
const securityHeaders = {
  "content-security-policy":
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
};

/** Serves the console: its files, and `index.html` for every place of it. */
export const serveConsole: MiddlewareHandler = async (c) => {
  const path = normalize(decodeURIComponent(c.req.path)).replace(/^([/\\.])+/, "");
  const asset = extname(path) === "" ? "index.html" : path;
  const bytes = await readFile(join(folder, asset)).catch(() => null);
  if (!bytes) {
    if (asset === "index.html") return c.text("The console is not built. Run `npm start`, or `npm run build`.", 404);
    return c.text("Not found.", 404);
  }
  const immutable = path.startsWith("assets/");
  return c.body(new Uint8Array(bytes), 200, {
    ...securityHeaders,
    "content-type": types[extname(asset)] ?? "application/octet-stream",
    "cache-control": immutable ? "public, max-age=31536000, immutable" : "no-cache",
  });
};
