import { enableCompileCache } from "node:module";

enableCompileCache(); // before anything else is loaded: a third of a short command's time
const { run } = await import("./program.ts");
process.exitCode = await run(process.argv.slice(2));
