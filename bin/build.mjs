// `npm run build`: dist/, as it is published: the rooms, the migrations, the console and the examples.
import { cpSync, existsSync } from "node:fs";
import { join } from "node:path";
import { ensureConsole } from "./console.mjs";
import { ensureInstalled, fail, root, runOnNode } from "./ensure.mjs";

ensureInstalled();
ensureConsole();
run("The sources do not build.", ["tsdown", "dist", "run.mjs"], "--config", join(root, "tsdown.config.ts"));
run("The declarations cannot be made.", ["typescript", "bin", "tsc"], "-p", join(root, "tsconfig.types.json"));
copy("src/store/migrations", "dist/store/migrations");
copy("web/dist", "dist/web");
copy("examples", "dist/examples");

/** Copies a folder into dist/; what a run left in it (a store, packages, logs) stays behind. */
function copy(from, to) {
  if (!existsSync(join(root, from))) return;
  const left = /[\\/](\.pawl|node_modules)([\\/]|$)|\.log$/;
  cpSync(join(root, from), join(root, to), { recursive: true, filter: (path) => !left.test(path.slice(root.length)) });
}

function run(failure, program, ...args) {
  if (runOnNode([join(root, "node_modules", ...program), ...args]) !== 0)
    fail("internal", failure, "The lines above say where.");
}
