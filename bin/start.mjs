// `npm start`: the handbook example, served from the sources.
import { join } from "node:path";
import { ensureConsole } from "./console.mjs";
import { ensureInstalled, handOver, leanHeap, root, sourceArguments } from "./ensure.mjs";

ensureInstalled();
ensureConsole();
handOver([
  ...leanHeap,
  ...sourceArguments,
  join(root, "src", "cli", "main.ts"),
  "serve",
  join(root, "examples", "handbook"),
  ...process.argv.slice(2),
]);
