import { createRequire } from "node:module";

/** pawl's own version, from its package. */
export const version: string = createRequire(import.meta.url)("pawl/package.json").version;
