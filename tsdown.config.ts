import { join, resolve } from "node:path";
import { defineConfig } from "tsdown";

const outDir = "dist";

/**
 * What consists of hundreds of small files, which take most of a short command's time to find: bundled into dist/vendor.
 * Their types come from the packages, and so they stay dependencies.
 */
const vendored = ["drizzle-orm", "drizzle-orm/pg-core", "drizzle-orm/pg-proxy"];
/** As seen from src/, which dist/ mirrors. */
const vendorFile = (name: string) => resolve("src", "vendor", `${name.replaceAll("/", "-")}.js`);

export default defineConfig([
  /** dist/ mirrors src/, file by file: `#room` in package.json and the paths of child processes hold in both. */
  {
    entry: ["src/**/*.ts", "!src/**/*.test.ts"],
    format: "esm",
    platform: "node",
    target: "node24",
    unbundle: true,
    fixedExtension: false,
    dts: false, // TypeScript 7 has no API for it; its own compiler makes the declarations (tsconfig.types.json)
    deps: { neverBundle: [/^#/, /^(?!drizzle-orm)[^./]/], alwaysBundle: [/^drizzle-orm/] },
    plugins: [
      {
        name: "vendored",
        resolveId: {
          order: "pre",
          handler: (id: string) =>
            vendored.includes(id) ? { id: vendorFile(id), external: "relative" as const } : null,
        },
      },
    ],
    outDir,
    logLevel: "warn",
  },
  {
    entry: Object.fromEntries(vendored.map((name) => [name.replaceAll("/", "-"), name])),
    format: "esm",
    platform: "node",
    target: "node24",
    fixedExtension: false,
    dts: false,
    deps: { alwaysBundle: [/./], onlyBundle: ["drizzle-orm"] },
    outDir: join(outDir, "vendor"),
    logLevel: "warn",
  },
]);
