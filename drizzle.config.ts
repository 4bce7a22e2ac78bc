import { defineConfig } from "drizzle-kit";

/** `npx drizzle-kit generate --name WHAT` writes the next migration from `src/store/tables.ts`. */
export default defineConfig({
  dialect: "postgresql",
  schema: "./src/store/tables.ts",
  out: "./src/store/migrations",
});
