import { defineConfig } from "tsdown";

/** dist/ mirrors src/, file by file: `#room` in package.json and the paths of child processes hold in both. */
export default defineConfig({
  entry: ["src/**/*.ts", "!src/**/*.test.ts"],
  format: "esm",
  platform: "node",
  target: "node24",
  unbundle: true,
  fixedExtension: false,
  dts: false, // TypeScript 7 has no API for it; its own compiler makes the declarations (tsconfig.types.json)
  deps: { neverBundle: [/^#/, /^[^./]/] },
  outDir: "dist",
  logLevel: "warn",
});
