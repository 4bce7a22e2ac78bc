import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fail, root, runOnNode } from "./ensure.mjs";

/** Builds the console into web/dist when it is missing or older than what it is made of. */
export function ensureConsole() {
  const web = join(root, "web");
  if (!existsSync(join(web, "vite.config.ts"))) return;
  const built = statSync(join(web, "dist", "index.html"), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const sources = [web, join(root, "src", "server"), join(root, "src", "schema"), join(root, "package-lock.json")];
  if (Math.max(...sources.map(newest)) <= built) return;
  process.stderr.write("pawl: building the console\n");
  const vite = join(root, "node_modules", "vite", "bin", "vite.js");
  if (runOnNode(["--conditions=pawl-source", vite, "build", web, "--logLevel", "warn"]) !== 0) {
    fail("internal", "The console does not build.", "The lines above say where.");
  }
}

/** The latest change below a path, in ms since 1970; what the build itself writes is not counted. */
function newest(path) {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return 0;
  if (!found.isDirectory()) return found.mtimeMs;
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.name !== "dist" && entry.name !== "node_modules" && !entry.name.includes(".test."))
    .reduce((latest, entry) => Math.max(latest, newest(join(path, entry.name))), 0);
}
