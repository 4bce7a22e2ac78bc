import { enableCompileCache } from "node:module";

// Who reads only the beginning (`pawl trace | head`) has what he wanted: the rest is for nobody, and that is no error.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}

enableCompileCache(); // before anything else is loaded: a third of a short command's time
const { run } = await import("./program.ts");
process.exitCode = await run(process.argv.slice(2));
