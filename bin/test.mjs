// `npm test`: the whole suite; arguments go to vitest (a file, -t NAME, --project fast).
import { join } from "node:path";
import { ensureConsole } from "./console.mjs";
import { ensureInstalled, handOver, root, sourceArguments } from "./ensure.mjs";

ensureInstalled();
ensureConsole();
handOver([...sourceArguments, join(root, "node_modules", "vitest", "vitest.mjs"), "run", ...process.argv.slice(2)]);
