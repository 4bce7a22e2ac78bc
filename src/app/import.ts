import { registerHooks } from "node:module";
import { fromSource } from "#kernel";

/** This package's own entry points, so that an app finds `pawl` wherever it was installed, or run by `npx`. */
const entries: Record<string, URL> = {
  pawl: new URL(fromSource ? "../index.ts" : "../index.js", import.meta.url),
  "pawl/client": new URL(fromSource ? "../server/client.ts" : "../server/client.js", import.meta.url),
};

let hooked = false;

/**
 * Imports a module of the user's, and the modules of the user's that it imports, anew for each `version`: Node keeps a
 * module for life by its URL, so the version goes into it.
 */
export async function importFresh(url: URL, version: string): Promise<{ default?: unknown }> {
  if (!hooked) {
    hooked = true;
    registerHooks({
      resolve(specifier, context, next) {
        const own = entries[specifier];
        if (own) return { url: own.href, shortCircuit: true };
        const resolved = next(specifier, context);
        const parent = context.parentURL ? new URL(context.parentURL) : undefined;
        const inherited = parent?.searchParams.get("pawl");
        if (!inherited || !specifier.startsWith(".") || !resolved.url.startsWith("file:")) return resolved;
        return { ...resolved, url: `${resolved.url}?pawl=${inherited}` };
      },
    });
  }
  return import(`${url.href}?pawl=${version}`);
}
