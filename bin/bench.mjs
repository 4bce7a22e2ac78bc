// `npm run bench -- NAME [--json]`: runs bench/NAME.ts. With `npm run -s`, stdout is the result and nothing else.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { ensureInstalled, fail, handOver, root, sourceArguments } from "./ensure.mjs";

const [name, ...rest] = process.argv.slice(2);
const folder = join(root, "bench");
const file = join(folder, `${name}.ts`);
if (name === undefined || !/^[a-z0-9-]+$/.test(name) || !existsSync(file)) {
  const names = (existsSync(folder) ? readdirSync(folder) : [])
    .filter((entry) => entry.endsWith(".ts") && !entry.includes(".test."))
    .map((entry) => entry.slice(0, -3));
  fail(
    "bad-request",
    `There is no bench ${name ?? "without a name"}.`,
    `npm run bench -- NAME, with NAME one of: ${names.join(", ")}.`,
  );
}
ensureInstalled();
handOver([...sourceArguments, file, ...rest]);
