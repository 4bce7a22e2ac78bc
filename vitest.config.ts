import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { TallyReporter } from "./tests/reporter/tally.ts";

const root = fileURLToPath(new URL(".", import.meta.url));
// As Node resolves: `module` is a bundler's word and leads to files that Node cannot load.
const conditions = ["pawl-source", "node", "default"];

/** `pawl` and `pawl/…` as the package exports them, at their sources. */
const own: { exports: Record<string, string | { "pawl-source"?: string }> } = JSON.parse(
  readFileSync(`${root}package.json`, "utf8"),
);
const alias = Object.entries(own.exports).flatMap(([door, target]) =>
  typeof target === "object" && target["pawl-source"] !== undefined
    ? [{ find: new RegExp(`^pawl${door.slice(1)}$`), replacement: `${root}${target["pawl-source"].slice(2)}` }]
    : [],
);

/** Tests that read the repository's files and open no door. */
const aboutSources = ["tests/rooms.test.ts", "tests/docs.test.ts"];

export default defineConfig({
  resolve: { conditions, alias },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    pool: "forks",
    maxWorkers: 2,
    // Children of a test (engine, worker, host) inherit nothing: they are started with kernel's nodeArguments.
    execArgv: ["--conditions=pawl-source", "--no-warnings"],
    testTimeout: 20_000,
    hookTimeout: 120_000,
    globalSetup: "./tests/setup.ts",
    reporters: ["default", new TallyReporter()],
    projects: [
      {
        extends: true,
        test: {
          name: "fast",
          include: ["{src,web,examples}/**/*.test.{ts,tsx}", ...aboutSources],
          exclude: ["**/*.slow.test.ts", "**/node_modules/**"],
        },
      },
      {
        extends: true,
        test: {
          name: "doors",
          // Some of these open the console: it is built once, before the first of them.
          globalSetup: "./tests/console-built.mjs",
          include: ["tests/**/*.test.ts", "src/**/*.slow.test.ts"],
          exclude: [...aboutSources, "**/node_modules/**"],
          testTimeout: 120_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
