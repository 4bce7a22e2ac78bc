import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from "zod-openapi";
import { contract } from "./contract.ts";
import type { Route } from "./route.ts";

/** The OpenAPI 3.1 document, made from the contract. */
export function openApiDocument(version: string) {
  const paths: ZodOpenApiPathsObject = {};
  for (const [name, route] of Object.entries<Route>(contract)) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operation(name, route) };
  }
  return createDocument({
    openapi: "3.1.0",
    info: {
      title: "pawl",
      version,
      description: "A local-first workbench for AI engineering. Paths under /v1 are OpenAI's.",
    },
    components: { securitySchemes: { key: { type: "http", scheme: "bearer" } } },
    security: [{ key: [] }, {}],
    paths,
  });
}

function operation(name: string, route: Route): ZodOpenApiOperationObject {
  const content =
    route.out === "text"
      ? { "text/plain": { schema: { type: "string" as const } } }
      : {
          "application/json": { schema: route.out },
          ...(route.events ? { "text/event-stream": { schema: route.events } } : {}),
        };
  return {
    operationId: name,
    summary: route.summary,
    tags: [route.tag],
    requestParams: { ...(route.params ? { path: route.params } : {}), ...(route.query ? { query: route.query } : {}) },
    ...(route.body ? { requestBody: { required: true, content: { "application/json": { schema: route.body } } } } : {}),
    ...(route.upload
      ? {
          requestBody: {
            required: true,
            content: { "application/octet-stream": { schema: { type: "string" as const, format: "binary" } } },
          },
        }
      : {}),
    responses: {
      [String(route.status ?? 200)]: { description: route.summary, content },
      default: { description: "An error: problem details with a stable `code`" },
    },
  };
}

/** Files of the page that shows the document. */
const pageFiles: Record<string, string> = {
  "swagger-ui.css": "text/css; charset=utf-8",
  "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
};

/** The page at `/docs`, or one of its files (`/docs/swagger-ui.css`); null where there is none. */
export async function docsPage(path: string): Promise<{ body: string; type: string } | null> {
  const name = basename(path);
  if (name === "docs") return { body: page, type: "text/html; charset=utf-8" };
  if (name === "start.js") return { body: start, type: "text/javascript; charset=utf-8" };
  const type = pageFiles[name];
  if (!type) return null;
  const folder = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));
  return { body: await readFile(join(folder, name), "utf8"), type };
}

const page = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>pawl API</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="stylesheet" href="/docs/swagger-ui.css"></head>
<body><div id="page"></div><script src="/docs/swagger-ui-bundle.js"></script><script src="/docs/start.js"></script></body></html>`;

const start = `SwaggerUIBundle({ url: "/openapi.json", dom_id: "#page", deepLinking: true });`;
