// `npm test`: the whole suite; arguments go to vitest (a file, -t NAME, --project fast).
import { join } from "node:path";
import { ensureInstalled, handOver, root, sourceArguments } from "./ensure.mjs";

ensureInstalled();
handOver([...sourceArguments, join(root, "node_modules", "vitest", "vitest.mjs"), "run", ...process.argv.slice(2)]);
